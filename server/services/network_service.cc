#include "server/services/services.h"
#include "yilan/v1/network_service.pb.h"

namespace yilan::server {

ServiceMethods NetworkServiceMethods() {
  ServiceMethods methods(v1::UpsertProductRequest::descriptor()->file(), "NetworkService");
  methods.ServeFacts();
  return methods;
}

}  // namespace yilan::server
