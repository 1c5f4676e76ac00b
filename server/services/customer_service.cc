#include "server/services/services.h"
#include "yilan/v1/customer_service.pb.h"

namespace yilan::server {

using core::Call;
using core::Platform;

ServiceMethods CustomerServiceMethods() {
  ServiceMethods methods(v1::GetCustomerRequest::descriptor()->file(), "CustomerService");
  methods.Serve<v1::GetCustomerRequest, v1::GetCustomerResponse>(
      "GetCustomer", [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.customers.Get(call, request, response);
      });
  methods.Serve<v1::ListCustomersRequest, v1::ListCustomersResponse>(
      "ListCustomers",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.customers.List(call, request, response);
      });
  methods.Serve<v1::SearchCustomersRequest, v1::SearchCustomersResponse>(
      "SearchCustomers",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.customers.Search(call, request, response);
      });
  methods.Serve<v1::GetStatisticsRequest, v1::GetStatisticsResponse>(
      "GetStatistics",
      [](Platform& platform, const Call& call, const auto& request, auto& response) {
        return platform.customers.GetStatistics(call, request, response);
      });
  methods.ServeFacts();  // Source records.
  return methods;
}

}  // namespace yilan::server
