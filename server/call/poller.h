// One completion queue of gRPC and the thread that polls it.
#ifndef YILAN_SERVER_CALL_POLLER_H_
#define YILAN_SERVER_CALL_POLLER_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "google/protobuf/arena.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/server.h"
#include "server/call/identity.h"
#include "server/metrics/call_metrics.h"

namespace yilan::server {

// Something that waits for an event of a completion queue; its address is the event's tag.
class Tag {
 public:
  // Called on the polling thread. `ok` is as CompletionQueue::Next has it.
  virtual void OnEvent(bool ok) = 0;

 protected:
  ~Tag() = default;
};

class UnaryCall;

// Belongs to the polling thread once that runs, except where said otherwise.
class Poller {
 public:
  // The rest are arguments of ClientIdentity.
  Poller(std::unique_ptr<grpc::ServerCompletionQueue> queue, absl::string_view unnamed_client,
         bool certificates);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // The thread's body: handles events until the queue is shut down and empty.
  void Loop();

  grpc::ServerCompletionQueue& queue() { return *queue_; }
  ClientIdentity& identity() { return identity_; }
  // Before the thread runs.
  void CountIn(CallMetrics::Cells* cells) { cells_ = cells; }
  // By the index of the method.
  CallMetrics::Cells& cells(size_t method) { return cells_[method]; }
  // For the messages of a call that is answered on this thread; reset after each.
  google::protobuf::Arena& arena() { return arena_; }

  // Calls that are served now. Any thread may read.
  size_t in_flight() const { return in_flight_.load(std::memory_order_acquire); }
  void CallBegan() { in_flight_.store(in_flight() + 1, std::memory_order_relaxed); }
  void CallEnded() { in_flight_.store(in_flight() - 1, std::memory_order_release); }

  // Calls that have ended, to be used again.
  std::vector<std::unique_ptr<UnaryCall>>& spare_calls() { return spare_calls_; }

 private:
  static google::protobuf::ArenaOptions ArenaOptionsOver(char* block, size_t size);

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  CallMetrics::Cells* cells_ = nullptr;
  ClientIdentity identity_;
  const std::unique_ptr<char[]> arena_block_;
  google::protobuf::Arena arena_;
  std::atomic<size_t> in_flight_{0};
  std::vector<std::unique_ptr<UnaryCall>> spare_calls_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_POLLER_H_
