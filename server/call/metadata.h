// The metadata of a call: HTTP/2 headers that the caller sent.
#ifndef YILAN_SERVER_CALL_METADATA_H_
#define YILAN_SERVER_CALL_METADATA_H_

#include "absl/strings/string_view.h"
#include "grpcpp/server_context.h"

namespace yilan::server {

// The first value under `key`, which is in lower case; empty when there is none. Not for the hot
// path: the first look makes gRPC build a map of all metadata.
inline absl::string_view MetadataValue(const grpc::ServerContextBase& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_METADATA_H_
