#include "server/periodic_thread.h"

#include <utility>

#include "absl/time/clock.h"

namespace yilan::server {

PeriodicThread::PeriodicThread(absl::Duration interval, std::function<void()> task)
    : interval_(interval), task_(std::move(task)), thread_([this] { Loop(); }) {}

PeriodicThread::~PeriodicThread() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.SignalAll();
  }
  thread_.join();
}

void PeriodicThread::Loop() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      const absl::Time until = absl::Now() + interval_;
      while (!stopping_ && absl::Now() < until) stop_.WaitFor(mutex_, until - absl::Now());
      if (stopping_) return;
    }
    task_();
  }
}

}  // namespace yilan::server
