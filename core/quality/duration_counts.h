// How durations are distributed, in a few kilobytes, however many they are.
#ifndef YILAN_CORE_QUALITY_DURATION_COUNTS_H_
#define YILAN_CORE_QUALITY_DURATION_COUNTS_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/clock.h"

namespace yilan::core {

// Counts microseconds in eight steps for each power of two, so what it tells of them is at most an
// eighth too long. Not thread-safe.
class DurationCounts {
 public:
  // Negative durations count as 0.
  void Add(TimeMicros duration) {
    duration = std::max<TimeMicros>(duration, 0);
    ++counts_[StepOf(static_cast<uint64_t>(duration))];
    ++count_;
    max_ = std::max(max_, duration);
  }

  int64_t count() const { return count_; }
  TimeMicros max() const { return max_; }
  // A duration that `share` of all are no longer than; 0 when there are none.
  TimeMicros Quantile(double share) const {
    int64_t left = static_cast<int64_t>(share * static_cast<double>(count_) + 0.5);
    left = std::clamp<int64_t>(left, 1, std::max<int64_t>(count_, 1));
    for (size_t step = 0; step < counts_.size(); ++step) {
      left -= counts_[step];
      if (left <= 0 && counts_[step] > 0) {
        return std::min(max_, static_cast<TimeMicros>(LongestOf(step)));
      }
    }
    return max_;
  }

 private:
  static constexpr int kStepBits = 3;
  static constexpr uint64_t kSteps = uint64_t{1} << kStepBits;

  static size_t StepOf(uint64_t micros) {
    if (micros < kSteps) return static_cast<size_t>(micros);
    const int shift = std::bit_width(micros) - 1 - kStepBits;
    return static_cast<size_t>((static_cast<uint64_t>(shift) + 1) * kSteps +
                               ((micros >> shift) & (kSteps - 1)));
  }
  static uint64_t LongestOf(size_t step) {
    if (step < kSteps) return step;
    const uint64_t shift = step / kSteps - 1;
    return ((kSteps + step % kSteps + 1) << shift) - 1;
  }

  std::array<int64_t, (64 - kStepBits + 1)* kSteps> counts_ = {};
  int64_t count_ = 0;
  TimeMicros max_ = 0;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_QUALITY_DURATION_COUNTS_H_
