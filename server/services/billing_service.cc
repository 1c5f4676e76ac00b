#include "server/services/services.h"
#include "yilan/v1/billing_service.pb.h"

namespace yilan::server {

ServiceMethods BillingServiceMethods() {
  ServiceMethods methods(v1::UpsertPaymentRequest::descriptor()->file(), "BillingService");
  methods.ServeFacts();
  return methods;
}

}  // namespace yilan::server
