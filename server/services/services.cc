#include "server/services/services.h"

namespace yilan::server {

std::vector<ServiceMethods> AllServiceMethods() {
  std::vector<ServiceMethods> all;
  all.push_back(BillingServiceMethods());
  all.push_back(CareServiceMethods());
  all.push_back(CustomerServiceMethods());
  all.push_back(CustomerViewServiceMethods());
  all.push_back(IdentityServiceMethods());
  all.push_back(IngestServiceMethods());
  all.push_back(NetworkServiceMethods());
  all.push_back(QualityServiceMethods());
  return all;
}

}  // namespace yilan::server
