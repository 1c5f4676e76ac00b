// Random draws of property tests: prints its seed, and takes that of YILAN_SEED instead.
#ifndef YILAN_TESTS_CORE_MATCHING_SEED_H_
#define YILAN_TESTS_CORE_MATCHING_SEED_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>

namespace yilan::core {

class Seed {
 public:
  Seed() {
    const char* given = std::getenv("YILAN_SEED");
    const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10)
                                           : (uint64_t{std::random_device{}()} << 16);
    std::printf("YILAN_SEED=%llu\n", static_cast<unsigned long long>(seed));
    random_.seed(seed);
  }

  uint64_t Next() { return random_(); }
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool Chance(double probability) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < probability;
  }
  std::string Text(uint64_t size, const std::string& letters) {
    std::string text;
    for (uint64_t i = 0; i < size; ++i) text.push_back(letters[Below(letters.size())]);
    return text;
  }
  // With one letter put in, taken out, changed or exchanged with the next one.
  std::string Mistyped(std::string text, const std::string& letters) {
    const size_t at = text.empty() ? 0 : Below(text.size());
    const std::string letter = Text(1, letters);
    switch (Below(4)) {
      case 0:
        return text.substr(0, at) + letter + text.substr(at);
      case 1:
        return text.empty() ? text : text.substr(0, at) + text.substr(at + 1);
      case 2:
        return text.empty() ? letter : text.substr(0, at) + letter + text.substr(at + 1);
      default:
        if (at + 1 < text.size()) std::swap(text[at], text[at + 1]);
        return text;
    }
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_MATCHING_SEED_H_
