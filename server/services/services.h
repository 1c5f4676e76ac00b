// The services of yilan.v1: which function of core serves which method. One file per service; the
// rules are in core, the handling of calls in server/call.
#ifndef YILAN_SERVER_SERVICES_SERVICES_H_
#define YILAN_SERVER_SERVICES_SERVICES_H_

#include <vector>

#include "server/call/method.h"

namespace yilan::server {

ServiceMethods BillingServiceMethods();
ServiceMethods CareServiceMethods();
ServiceMethods CustomerServiceMethods();
ServiceMethods CustomerViewServiceMethods();
ServiceMethods IdentityServiceMethods();
ServiceMethods IngestServiceMethods();
ServiceMethods NetworkServiceMethods();
ServiceMethods QualityServiceMethods();

std::vector<ServiceMethods> AllServiceMethods();

}  // namespace yilan::server

#endif  // YILAN_SERVER_SERVICES_SERVICES_H_
