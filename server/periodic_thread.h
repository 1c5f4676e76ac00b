// PeriodicThread: does something from time to time, on a thread of its own.
//
//   PeriodicThread thread(absl::Seconds(1), [this] { LookOnce(); });  // The last member.
#ifndef YILAN_SERVER_PERIODIC_THREAD_H_
#define YILAN_SERVER_PERIODIC_THREAD_H_

#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace yilan::server {

// Calls `task` once per interval, the first time one interval after its start, until it is
// destroyed; that waits for a call under way.
class PeriodicThread {
 public:
  PeriodicThread(absl::Duration interval, std::function<void()> task);
  ~PeriodicThread();
  PeriodicThread(const PeriodicThread&) = delete;
  PeriodicThread& operator=(const PeriodicThread&) = delete;

 private:
  void Loop();

  const absl::Duration interval_;
  const std::function<void()> task_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_PERIODIC_THREAD_H_
