// Time, as the platform sees it.
#ifndef YILAN_BASE_CLOCK_H_
#define YILAN_BASE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace yilan {

// Microseconds since 1970-01-01T00:00:00Z: the precision of every stored time.
using TimeMicros = int64_t;

// The range of google.protobuf.Timestamp: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z.
// Stored times lie within it.
inline constexpr TimeMicros kMinTime = -62135596800000000;
inline constexpr TimeMicros kMaxTime = 253402300799999999;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeMicros Now() const = 0;
};

// The machine's wall clock.
class SystemClock final : public Clock {
 public:
  TimeMicros Now() const override { return absl::GetCurrentTimeNanos() / 1000; }
};

// A clock that stands still until it is moved, for tests and harnesses.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeMicros now) : now_(now) {}
  TimeMicros Now() const override { return now_.load(std::memory_order_relaxed); }
  void Set(TimeMicros now) { now_.store(now, std::memory_order_relaxed); }
  void Advance(absl::Duration by) {
    now_.fetch_add(absl::ToInt64Microseconds(by), std::memory_order_relaxed);
  }

 private:
  std::atomic<TimeMicros> now_;
};

}  // namespace yilan

#endif  // YILAN_BASE_CLOCK_H_
