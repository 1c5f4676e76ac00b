#include "core/operations/background_work.h"

#include <utility>

#include "absl/time/clock.h"

namespace yilan::core {

BackgroundWork::~BackgroundWork() {
  MutexLock start(start_mutex_);
  StopLocked();
}

void BackgroundWork::StopLocked() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

void BackgroundWork::Start(std::function<void()> work) {
  MutexLock start(start_mutex_);
  StopLocked();
  {
    MutexLock lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::thread(std::move(work));
}

bool BackgroundWork::Pause(absl::Duration duration) {
  MutexLock lock(mutex_);
  const absl::Time until = absl::Now() + duration;
  while (!stopping_ && absl::Now() < until) stop_.WaitFor(mutex_, until - absl::Now());
  return !stopping_;
}

}  // namespace yilan::core
