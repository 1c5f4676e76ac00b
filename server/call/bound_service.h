// A proto service as gRPC's server knows it: every method takes and gives raw bytes, through
// completion queues. Registered under its real names, so that reflection lists it.
#ifndef YILAN_SERVER_CALL_BOUND_SERVICE_H_
#define YILAN_SERVER_CALL_BOUND_SERVICE_H_

#include <cstddef>
#include <vector>

#include "grpcpp/completion_queue.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/call/method.h"

namespace yilan::server {

class BoundService;

// One method of a registered service.
struct BoundMethod {
  const Method* method = nullptr;
  BoundService* service = nullptr;
  int index = 0;          // In the service.
  size_t metric = 0;      // Index of its cells.
  int waiting_calls = 1;  // How many calls wait for callers on each completion queue.
};

using ByteStream = grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;

class BoundService final : public grpc::Service {
 public:
  // `methods` outlives this.
  explicit BoundService(const ServiceMethods& methods) {
    for (const auto& method : methods.methods()) {
      // The type decides whether gRPC reads the one message of the request by itself.
      registrations_.push_back(new grpc::internal::RpcServiceMethod(
          method->path.c_str(),
          method->streams() ? grpc::internal::RpcMethod::BIDI_STREAMING
                            : grpc::internal::RpcMethod::NORMAL_RPC,
          nullptr));
      AddMethod(registrations_.back());  // Owns it.
      const int index = static_cast<int>(bound_.size());
      MarkMethodRaw(index);
      bound_.push_back({.method = method.get(), .service = this, .index = index});
    }
  }

  // In the order of the descriptor.
  std::vector<BoundMethod>& methods() { return bound_; }

  // What gRPC's core knows the method by, once the server was started.
  void* RegistrationOf(const BoundMethod& method) const {
    return registrations_[static_cast<size_t>(method.index)]->server_tag();
  }
  // Asks for the next call of a streaming method; `tag` comes back when it is there.
  void RequestStream(int index, grpc::ServerContext& context, ByteStream& stream,
                     grpc::ServerCompletionQueue& queue, void* tag) {
    RequestAsyncBidiStreaming(index, &context, &stream, &queue, &queue, tag);
  }

 private:
  std::vector<grpc::internal::RpcServiceMethod*> registrations_;
  std::vector<BoundMethod> bound_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_BOUND_SERVICE_H_
