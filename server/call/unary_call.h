// One unary call from arrival to end, and then the next one: calls are used again, with their
// memory.
//
//   Armed ──arrival──▶ Active ──answer sent, and gRPC done with it──▶ Spare
//
// Everything happens on the polling thread, except what may block: that runs on the executor, which
// hands the answer to gRPC from there. After that the call belongs to the polling thread again.
#ifndef YILAN_SERVER_CALL_UNARY_CALL_H_
#define YILAN_SERVER_CALL_UNARY_CALL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "base/log.h"
#include "grpc/support/time.h"
#include "server/call/bound_service.h"
#include "server/call/core_call.h"
#include "server/call/gate.h"
#include "server/call/poller.h"
#include "server/executor.h"

namespace yilan::server {

// What all calls of a server share.
struct CallSurroundings {
  Gate& gate;
  Executor& executor;
  Log& log;
  std::function<void()> on_idle;  // Called on a polling thread, after the gate was closed, whenever
                                  // its last call ends.
  size_t pollers = 1;
  grpc_server* server = nullptr;  // Once it was started.
};

class UnaryCall final : public Tag, public Executor::Task {
 public:
  UnaryCall(const CallSurroundings& surroundings, Poller& poller)
      : surroundings_(surroundings),
        poller_(poller),
        event_(*this),
        over_tag_(*this),
        over_(over_tag_) {}

  // Has a call wait for the next one of the method; a spare one if there is.
  static void ArmOne(const CallSurroundings& surroundings, Poller& poller,
                     const BoundMethod& method);

  // Arrival, and later the end of the sending of the answer.
  void OnEvent(bool ok) override;

  // On the executor.
  bool Abandoned() const override;
  void Run(google::protobuf::Arena& arena) override;
  void Drop() override;

 private:
  // gRPC's notice that the call is over, for whatever reason; it may come before the answer. Only
  // asked for where a call may wait: it costs an event.
  class OverTag final : public Tag {
   public:
    explicit OverTag(UnaryCall& call) : call_(call) {}
    void OnEvent(bool) override { call_.OnOver(); }

   private:
    UnaryCall& call_;
  };

  // Waits for the next call of the method.
  void Arm(const BoundMethod& method);
  void OnArrival();
  void OnOver();
  void OnPartEnded();
  // Answers a method that is open to anybody.
  void AnswerOpen();
  absl::Status Admit();
  // Parses, validates, runs the handler and serializes.
  absl::StatusOr<grpc_slice> Serve(google::protobuf::Arena& arena);
  // Answers on this thread if the method can; false when it must go to the executor.
  bool ServeAtOnce();
  // Sends the response or the error. The call may be gone, or another one, when this returns.
  void Answer(absl::StatusOr<grpc_slice> answer);
  void RecordEnd();
  void Recycle();

  const CallSurroundings& surroundings_;
  Poller& poller_;
  CoreTag event_;
  OverTag over_tag_;
  CoreTag over_;

  const BoundMethod* method_ = nullptr;
  CoreCall call_;
  Caller caller_;
  gpr_timespec arrival_{};
  absl::Status status_;
  std::string request_id_;
  bool active_ = false;
  bool counted_ = false;  // Among the poller's calls in flight.
  int parts_ = 0;         // Notices that are still to come: answer sent, and over.
  std::atomic<bool> cancelled_{false};
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_UNARY_CALL_H_
