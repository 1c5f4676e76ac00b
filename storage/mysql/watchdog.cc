#include "storage/mysql/watchdog.h"

#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <utility>

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
// When to look again for a socket that was not there.
constexpr absl::Duration kNextSearch = absl::Milliseconds(20);

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
        if (guard->Cut()) continue;
        deadline = now + absl::ToInt64Nanoseconds(kNextSearch);
        int64_t cut = Guard::kCut;
        if (!guard->deadline_.compare_exchange_strong(cut, deadline)) continue;
      }
      next = std::min(next, deadline);
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

Watchdog::Guard::Guard(Watchdog& watchdog, std::function<int()> find)
    : watchdog_(watchdog), find_(std::move(find)), fd_(-1) {
  MutexLock lock(watchdog_.mutex_);
  watchdog_.guards_.insert(this);
}

Watchdog::Guard::~Guard() {
  MutexLock lock(watchdog_.mutex_);
  watchdog_.guards_.erase(this);
}

bool Watchdog::Guard::Cut() const {
  const int fd = find_ ? find_() : fd_;
  if (fd < 0) return false;
  shutdown(fd, SHUT_RDWR);
  return true;
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
