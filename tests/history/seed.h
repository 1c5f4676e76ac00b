// What the environment says about a random test: YILAN_SEED, YILAN_SOAK_SECONDS, YILAN_KILLS.
#ifndef YILAN_TESTS_HISTORY_SEED_H_
#define YILAN_TESTS_HISTORY_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

#include "absl/strings/numbers.h"

namespace yilan::history {

// A number from the environment, or `otherwise`.
inline uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// The seed of a random test, printed so that it can be replayed.
inline uint64_t TestSeed() {
  const uint64_t seed = NumberFromEnvironment("YILAN_SEED", std::random_device()());
  std::cout << "replay with YILAN_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace yilan::history

#endif  // YILAN_TESTS_HISTORY_SEED_H_
