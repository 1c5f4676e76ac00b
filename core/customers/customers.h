// Finding customers: by id, by name, by identifier, all of them, and how many there are.
#ifndef YILAN_CORE_CUSTOMERS_CUSTOMERS_H_
#define YILAN_CORE_CUSTOMERS_CUSTOMERS_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "core/call.h"
#include "core/survivorship/active_survivorship.h"
#include "storage/record_store.h"
#include "yilan/v1/customer_service.pb.h"

namespace yilan::core {

// Thread-safe. Errors are those documented at the RPCs.
class Customers {
 public:
  Customers(storage::RecordStore& store, const Clock& clock, ActiveSurvivorship& survivorship)
      : store_(store), clock_(clock), survivorship_(survivorship) {}

  absl::Status Get(const Call& call, const v1::GetCustomerRequest& request,
                   v1::GetCustomerResponse& response);
  absl::Status List(const Call& call, const v1::ListCustomersRequest& request,
                    v1::ListCustomersResponse& response);
  absl::Status Search(const Call& call, const v1::SearchCustomersRequest& request,
                      v1::SearchCustomersResponse& response);
  absl::Status GetStatistics(const Call& call, const v1::GetStatisticsRequest& request,
                             v1::GetStatisticsResponse& response);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
  ActiveSurvivorship& survivorship_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_CUSTOMERS_CUSTOMERS_H_
