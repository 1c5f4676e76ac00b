// The backend against the model.
#include <cstdlib>
#include <iostream>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/storage/conformance.h"
#include "tests/storage/property.h"

namespace yilan::storage {
namespace {

// The number in an environment variable.
std::optional<uint64_t> NumberFrom(const char* variable) {
  const char* const text = std::getenv(variable);
  uint64_t number = 0;
  if (text == nullptr) return std::nullopt;
  EXPECT_TRUE(absl::SimpleAtoi(text, &number)) << variable << " is not a number: " << text;
  return number;
}

TEST_P(Conformance, AgreesWithTheModelWhateverIsDone) {
  const std::optional<uint64_t> given = NumberFrom("YILAN_SEED");
  const absl::Duration box =
      absl::Seconds(static_cast<int64_t>(NumberFrom("YILAN_SOAK_SECONDS").value_or(3)));
  const uint64_t first = given.has_value() ? *given : std::random_device()();
  std::cout << "the first sequence has YILAN_SEED=" << first << std::endl;
  const absl::Time end = absl::Now() + box;
  uint64_t seed = first;
  // A given seed is one sequence; otherwise as many as fit into the time.
  do {
    const Sequence sequence = GenerateSequence(seed);
    const auto find = [&](const Sequence& each) { return FindDifference(GetParam(), each); };
    if (find(sequence).has_value()) {
      const Sequence shrunk = Shrink(sequence, absl::Now() + absl::Minutes(1), find);
      const std::optional<Difference> difference = find(shrunk);
      FAIL() << "replay with YILAN_SEED=" << seed << "\nshrunk to:\n"
             << Describe(shrunk) << "but step " << (difference ? difference->step : 0) << " gave:\n"
             << (difference ? difference->actual : "nothing unusual when it was run again");
    }
    ++seed;
  } while (!given.has_value() && absl::Now() < end);
  std::cout << seed - first << " sequences agreed" << std::endl;
}

}  // namespace
}  // namespace yilan::storage
