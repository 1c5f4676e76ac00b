#include "server/services/services.h"
#include "yilan/v1/care_service.pb.h"

namespace yilan::server {

ServiceMethods CareServiceMethods() {
  ServiceMethods methods(v1::UpsertTroubleTicketRequest::descriptor()->file(), "CareService");
  methods.ServeFacts();
  return methods;
}

}  // namespace yilan::server
