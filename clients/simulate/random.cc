#include "clients/simulate/random.h"

#include <array>

namespace yilan::simulate {
namespace {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
uint64_t Finalize(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// exp(0.55 z) at every 32nd of the standard normal distribution, its ends at 0.2 % and 99.8 %.
constexpr std::array<int64_t, 33> kQuantiles = {
    205,  359,  430,  484,  531,  574,  614,  652,  690,  727,  764,
    802,  839,  878,  917,  958,  1000, 1044, 1090, 1139, 1192, 1248,
    1308, 1375, 1449, 1533, 1629, 1743, 1883, 2065, 2325, 2786, 4869};

}  // namespace

uint64_t Mix(uint64_t a, uint64_t b) {
  return Finalize(Finalize(a + 0x9e3779b97f4a7c15) ^ (b + 0x9e3779b97f4a7c15));
}

uint64_t Random::Next() { return Finalize(state_ += 0x9e3779b97f4a7c15); }

uint64_t Random::Below(uint64_t limit) {
  // Lemire's multiplication, over 32 bits; its bias is below 2^-20 for the small limits here.
  return ((Next() >> 32) * limit) >> 32;
}

int64_t Random::Between(int64_t first, int64_t last) {
  return first + static_cast<int64_t>(Below(static_cast<uint64_t>(last - first) + 1));
}

size_t Random::Weighted(absl::Span<const int> weights) {
  int64_t sum = 0;
  for (const int weight : weights) sum += weight;
  auto drawn = static_cast<int64_t>(Below(static_cast<uint64_t>(sum)));
  size_t index = 0;
  while (drawn >= weights[index]) drawn -= weights[index++];
  return index;
}

int64_t Random::LogNormalPermille() {
  const uint64_t drawn = Next() >> 48;  // 16 bits: 5 for the interval, 11 within it.
  const size_t interval = drawn >> 11;
  const auto within = static_cast<int64_t>(drawn & 0x7ff);
  return kQuantiles[interval] + ((kQuantiles[interval + 1] - kQuantiles[interval]) * within >> 11);
}

}  // namespace yilan::simulate
