// One unary call on the C interface of gRPC's core.
//
// The C++ interface wraps every call in objects for what a server may want; together they cost as
// much as all that the adapter does. This is just what a unary call takes: it is asked for, arrives
// with its message, is answered in one batch, and is over.
//
// Used on the polling thread, except that SendAnswer may be called from any, once.
#ifndef YILAN_SERVER_CALL_CORE_CALL_H_
#define YILAN_SERVER_CALL_CORE_CALL_H_

#include <array>

#include "absl/strings/string_view.h"
#include "grpc/grpc.h"
#include "grpc/slice.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/impl/codegen/completion_queue_tag.h"
#include "grpcpp/support/status.h"
#include "server/call/metadata.h"
#include "server/call/poller.h"

namespace yilan::server {

// Turns the event of a core operation into the call of a Tag.
class CoreTag final : public grpc::internal::CompletionQueueTag {
 public:
  explicit CoreTag(Tag& tag) : tag_(tag) {}
  bool FinalizeResult(void** tag, bool*) override {
    *tag = &tag_;
    return true;
  }

 private:
  Tag& tag_;
};

class CoreCall {
 public:
  CoreCall();
  ~CoreCall();
  CoreCall(const CoreCall&) = delete;
  CoreCall& operator=(const CoreCall&) = delete;

  // Asks for the next call of a registered method; `arrived` is told. False when the server is
  // shutting down: then `arrived` is not told.
  bool Request(grpc_server* server, void* registered_method, grpc_completion_queue* queue,
               CoreTag& arrived);

  ArrivedCall arrived() const { return ArrivedCall(call_, deadline_, metadata_); }
  // Whether there was a message at all; without one, the caller broke the protocol.
  bool has_message() const { return payload_ != nullptr; }
  // Compressed messages are not expanded.
  bool is_compressed() const {
    return payload_ != nullptr && payload_->data.raw.compression != GRPC_COMPRESS_NONE;
  }
  size_t message_size() const;
  // The message in one piece; lives until Clear, or the next MessageBytes.
  absl::string_view MessageBytes();

  // Has `over` told when the call is over, be it that the caller gave up. Else SendAnswer does it.
  void WatchEnd(CoreTag& over);
  // Sends the one answer, of which it takes the slice …
  void SendAnswer(grpc_slice answer, CoreTag& sent);
  // … or an error. `sent` is told once it is sent and, unless WatchEnd was called, the call is
  // over.
  void SendError(const grpc::Status& status, CoreTag& sent);
  // After the end: whether the caller was gone before it got the answer.
  bool cancelled() const { return cancelled_ != 0; }

  // Lets go of the call, which is over, so that the object can be used again.
  void Clear();

 private:
  void Start(const grpc_op* ops, size_t count, CoreTag& tag);

  grpc_call* call_ = nullptr;
  gpr_timespec deadline_{};
  grpc_metadata_array metadata_;
  grpc_byte_buffer* payload_ = nullptr;
  grpc_slice joined_;  // The message, if it came in several pieces.
  grpc_byte_buffer* answer_ = nullptr;
  int cancelled_ = 0;
  bool watched_ = false;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_CORE_CALL_H_
