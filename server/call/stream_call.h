// Streaming calls: the three sorts of stream of method.h over one state machine.
//
// A stream is driven by the events of its polling thread and by the workers that serve its
// messages; its lock keeps the two apart. At most one message is served at a time, while the next
// one is being received. What a caller does not read is not produced: when kMaxUnsent answers wait,
// no further message is taken and no further part is made, and HTTP/2's flow control holds the
// caller back.
#ifndef YILAN_SERVER_CALL_STREAM_CALL_H_
#define YILAN_SERVER_CALL_STREAM_CALL_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "grpc/support/time.h"
#include "grpcpp/server_context.h"
#include "server/call/bound_service.h"
#include "server/call/gate.h"
#include "server/call/poller.h"
#include "server/call/unary_call.h"
#include "server/executor.h"

namespace yilan::server {

class StreamCall;

// The streams that are open. Thread-safe.
class OpenStreams {
 public:
  explicit OpenStreams(size_t max) : max_(max) {}

  // False when there are `max` already, or Close was called.
  bool Add(StreamCall& stream);
  void Remove(StreamCall& stream);
  size_t size() const;
  // Ends every stream once what it has in work is answered. No stream is added any more.
  void Close();
  // False when there are streams left at that time.
  bool WaitUntilEmpty(absl::Time until);

 private:
  const size_t max_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::set<StreamCall*> streams_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

// Owns itself from Arm on: it is gone when gRPC has nothing more to tell of it.
class StreamCall final : public Executor::Task {
 public:
  // Waits for the next stream of the method.
  static void ArmOne(const CallSurroundings& surroundings, OpenStreams& streams, Poller& poller,
                     const BoundMethod& method);

  // Ends the stream with SHUTTING_DOWN once what it has in work is answered. Any thread.
  void ShutDown() ABSL_LOCKS_EXCLUDED(mutex_);

  // On the executor: serves one message, or makes one part.
  bool Abandoned() const override ABSL_LOCKS_EXCLUDED(mutex_);
  void Run(google::protobuf::Arena& arena) override;
  void Drop() override;

  static constexpr size_t kMaxUnserved = 2;  // Messages received and not served yet.
  static constexpr size_t kMaxUnsent = 4;    // Answers not sent yet.

 private:
  // What a tag stands for is told by which of the call's tags it is.
  class EventTag final : public Tag {
   public:
    using Handler = void (StreamCall::*)(bool ok);
    EventTag(StreamCall& call, Handler handler) : call_(call), handler_(handler) {}
    void OnEvent(bool ok) override { (call_.*handler_)(ok); }

   private:
    StreamCall& call_;
    const Handler handler_;
  };

  StreamCall(const CallSurroundings& surroundings, OpenStreams& streams, Poller& poller,
             const BoundMethod& method);

  void OnArrival(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);

  absl::Status Begin();
  void OpenWatch(const grpc::ByteBuffer& message);
  void Tell(core::SharedBytes news) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<grpc::ByteBuffer> ServeMessage(const grpc::ByteBuffer& message);
  // The next part, empty when it says nothing, and whether there are more. The request is valid for
  // the first part only.
  struct Part {
    std::optional<grpc::ByteBuffer> bytes;
    bool more = false;
  };
  absl::StatusOr<Part> MakePart(const grpc::ByteBuffer& request);
  // The caller's call, with a deadline for what it does now.
  core::Call CallNow() const;

  // Starts whatever can be started: reading, serving, writing, ending.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether nothing is to come any more. Asked under the lock under which the asker has noted that
  // its own part is over: so exactly one, the last, is told yes, and must call End.
  bool IsOver() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_done_ && !reading_ && !serving_ && !writing_ && finishing_ == is_finished_;
  }
  // Deletes the call.
  void End() ABSL_LOCKS_EXCLUDED(mutex_);

  const CallSurroundings& surroundings_;
  OpenStreams& streams_;
  Poller& poller_;
  const BoundMethod& method_;
  grpc::ServerContext context_;
  ByteStream stream_;
  EventTag arrived_, read_, written_, finished_, done_;
  Caller caller_;
  gpr_timespec arrival_{};
  std::unique_ptr<AnsweringStream> answering_;  // Used by one worker at a time.
  PartSource parts_;                            // Likewise; set with the first part.
  std::unique_ptr<Watch> watch_;
  bool listed_ = false;  // In streams_.

  mutable Mutex mutex_;
  grpc::ByteBuffer incoming_;  // Belongs to gRPC while reading_.
  std::deque<grpc::ByteBuffer> unserved_ ABSL_GUARDED_BY(mutex_);
  std::deque<grpc::ByteBuffer> unsent_ ABSL_GUARDED_BY(mutex_);
  core::SharedBytes news_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_
      ABSL_GUARDED_BY(mutex_);  // How the stream ends, once that is clear.
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool serving_ ABSL_GUARDED_BY(mutex_) = false;
  bool more_parts_ ABSL_GUARDED_BY(mutex_) = false;  // After the first one.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;    // Finish was called …
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;  // … and is through.
  bool no_more_input_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_done_ ABSL_GUARDED_BY(mutex_) = false;  // gRPC is through with the call …
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_STREAM_CALL_H_
