// Random numbers that are the same on every machine.
//
// The distributions of <random> differ between standard libraries and those with logarithms between
// processors, so this uses integers only.
#ifndef YILAN_CLIENTS_SIMULATE_RANDOM_H_
#define YILAN_CLIENTS_SIMULATE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace yilan::simulate {

// A number from two, spread over all 64 bits.
uint64_t Mix(uint64_t a, uint64_t b);

// Not thread-safe; cheap to make.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next();
  // 0 to limit - 1; `limit` is at least 1.
  uint64_t Below(uint64_t limit);
  // first to last, both included.
  int64_t Between(int64_t first, int64_t last);
  bool Chance(int percent) { return Below(100) < static_cast<uint64_t>(percent); }
  // An index, by weights of which one at least is positive.
  size_t Weighted(absl::Span<const int> weights);
  template <typename T>
  const T& Pick(absl::Span<const T> choices) {
    return choices[Below(choices.size())];
  }
  // 1,000 times a log-normal number with median 1 and sigma 0.55: what people spend. 205 to 4,869.
  int64_t LogNormalPermille();

  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t left = items.size(); left > 1; --left) {
      std::swap(items[left - 1], items[Below(left)]);
    }
  }

 private:
  uint64_t state_;
};

}  // namespace yilan::simulate

#endif  // YILAN_CLIENTS_SIMULATE_RANDOM_H_
