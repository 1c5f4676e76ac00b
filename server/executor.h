// The bounded pool of threads on which everything runs that may block: gRPC's threads never do.
//
// Work beyond what the queue takes is refused at once, so that an overloaded server answers "busy"
// instead of growing a backlog of calls that time out. Work whose caller has gone is dropped when
// its turn comes, unrun.
//
//   Executor executor({.workers = 16, .max_queued = 1024});
//   if (!executor.Submit(call)) call.Refuse();
//
// Thread-safe.
#ifndef YILAN_SERVER_EXECUTOR_H_
#define YILAN_SERVER_EXECUTOR_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "google/protobuf/arena.h"

namespace yilan::server {

class Executor {
 public:
  // A piece of work. The executor does not own it: it stays alive until Run or Drop was called,
  // which may destroy it.
  class Task {
   public:
    virtual ~Task() = default;
    // Whether the result is of no use to anybody any more. Called right before Run.
    virtual bool Abandoned() const = 0;
    // Does the work, on a worker. `arena` is empty, and is reset afterwards.
    virtual void Run(google::protobuf::Arena& arena) = 0;
    // Called instead of Run when the task was abandoned.
    virtual void Drop() = 0;
  };

  struct Options {
    int workers = 1;
    size_t max_queued = 1024;
  };

  struct Figures {
    uint64_t workers = 0;
    uint64_t busy = 0;      // Workers that run something now.
    uint64_t queued = 0;    // Tasks that wait now.
    uint64_t executed = 0;  // Since the start: run …
    uint64_t dropped = 0;   // … abandoned before their turn …
    uint64_t refused = 0;   // … and refused.
  };

  explicit Executor(const Options& options);
  // Runs what is queued, then ends the workers.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Takes the task, or returns false at once when the queue is full.
  bool Submit(Task& task);
  // Takes the task whatever the length of the queue: for work whose amount is bounded by something
  // else, as the batches of a stream are by the number of streams.
  void SubmitAlways(Task& task);

  // Runs task(0) … task(count - 1), several at a time, and returns when all are done. May be called
  // on a worker: the caller takes part, so there is no deadlock however busy the others are. Goes
  // before what is queued, since it is part of work that has begun.
  void RunParallel(size_t count, const std::function<void(size_t)>& task);

  Figures figures() const;

 private:
  // One RunParallel. Shared with workers that may look at it after it has ended.
  struct Parallel {
    Parallel(size_t size, const std::function<void(size_t)>& body) : count(size), task(&body) {}

    const size_t count;
    const std::function<void(size_t)>* const task;  // Alive while indexes are left or running.
    std::atomic<size_t> next{0};
    std::atomic<size_t> done{0};
    Mutex mutex;
    CondVar all_done;
  };

  void WorkLoop();
  // Runs indexes until none is left.
  static void TakePart(Parallel& parallel);
  void Enqueue(Task& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_queued_;
  mutable Mutex mutex_;
  CondVar work_;
  std::deque<Task*> queue_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Parallel>> parallel_ ABSL_GUARDED_BY(mutex_);
  Figures figures_ ABSL_GUARDED_BY(mutex_);
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> workers_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_EXECUTOR_H_
