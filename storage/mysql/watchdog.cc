#include "storage/mysql/watchdog.h"

#include <sys/socket.h>
#include <time.h>

#include <algorithm>

#include "absl/time/clock.h"

namespace yilan::storage::mysql {
namespace {

// Not the wall clock: when that is set, no statement is to be cut, or left waiting.
int64_t MonotonicNanos() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::ToInt64Nanoseconds(absl::DurationFromTimespec(now));
}

constexpr absl::Duration kLongestSleep = absl::Hours(1);

}  // namespace

Watchdog::Watchdog() : thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  thread_.join();
}

void Watchdog::Run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    // In this order: a guard armed after its deadline was read here finds the look far away and
    // waits for the lock to wake us.
    next_look_.store(Guard::kDisarmed);
    const int64_t now = MonotonicNanos();
    int64_t next = Guard::kDisarmed;
    for (Guard* guard : guards_) {
      int64_t deadline = guard->deadline_.load();
      if (deadline == Guard::kCut) continue;
      // A guard that is disarmed, or armed anew, at this very moment is not cut.
      if (deadline <= now && guard->deadline_.compare_exchange_strong(deadline, Guard::kCut)) {
        shutdown(guard->fd_, SHUT_RDWR);
      } else {
        next = std::min(next, deadline);
      }
    }
    next_look_.store(next);
    const absl::Duration sleep = next == Guard::kDisarmed
                                     ? kLongestSleep
                                     : absl::Nanoseconds(std::max<int64_t>(next - now, 0));
    wake_.WaitFor(mutex_, std::min(sleep, kLongestSleep));
  }
}

Watchdog::Guard::Guard(Watchdog& watchdog, int fd) : watchdog_(watchdog), fd_(fd) {
  MutexLock lock(watchdog_.mutex_);
  watchdog_.guards_.insert(this);
}

Watchdog::Guard::~Guard() {
  MutexLock lock(watchdog_.mutex_);
  watchdog_.guards_.erase(this);
}

void Watchdog::Guard::Arm(absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return;
  const absl::Duration left =
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), absl::Hours(24));
  const int64_t at = MonotonicNanos() + absl::ToInt64Nanoseconds(left);
  deadline_.store(at);
  if (at >= watchdog_.next_look_.load()) return;
  MutexLock lock(watchdog_.mutex_);
  watchdog_.wake_.Signal();
}

bool Watchdog::Guard::Disarm() { return deadline_.exchange(kDisarmed) == kCut; }

}  // namespace yilan::storage::mysql
