// What has arrived of a call before its message: metadata (HTTP/2 headers) and deadline, the same
// for gRPC's C++ and C interfaces.
#ifndef YILAN_SERVER_CALL_METADATA_H_
#define YILAN_SERVER_CALL_METADATA_H_

#include "absl/strings/string_view.h"
#include "grpc/grpc.h"
#include "grpcpp/server_context.h"

namespace yilan::server {

class ArrivedCall {
 public:
  // All live as long as this.
  ArrivedCall(grpc_call* call, gpr_timespec deadline, const grpc_metadata_array& metadata)
      : call_(call), deadline_(deadline), array_(&metadata) {}
  explicit ArrivedCall(grpc::ServerContext& context)
      : call_(context.c_call()), deadline_(context.raw_deadline()), context_(&context) {}

  grpc_call* call() const { return call_; }
  // The caller's; gpr_inf_future when it set none.
  gpr_timespec deadline() const { return deadline_; }
  // The first value under `key`, which is in lower case; empty when there is none.
  absl::string_view Metadata(absl::string_view key) const {
    if (array_ != nullptr) {
      for (size_t i = 0; i < array_->count; ++i) {
        if (ViewOf(array_->metadata[i].key) == key) return ViewOf(array_->metadata[i].value);
      }
      return {};
    }
    if (context_ == nullptr) return {};
    const auto found = context_->client_metadata().find(grpc::string_ref(key.data(), key.size()));
    if (found == context_->client_metadata().end()) return {};
    return {found->second.data(), found->second.size()};
  }

 private:
  static absl::string_view ViewOf(const grpc_slice& slice) {
    return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)), GRPC_SLICE_LENGTH(slice)};
  }

  grpc_call* const call_;
  const gpr_timespec deadline_;
  const grpc_metadata_array* const array_ = nullptr;
  grpc::ServerContext* const context_ = nullptr;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_METADATA_H_
