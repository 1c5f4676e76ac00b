// Pairs by the levels of their fields: what expectation maximization counts. Term frequencies and
// values do not matter to it, so that millions of pairs come down to some thousand patterns.
#ifndef YILAN_CORE_MATCHING_PATTERNS_H_
#define YILAN_CORE_MATCHING_PATTERNS_H_

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/matching/comparison.h"

namespace yilan::core {

// Three bits for each field, by its number.
using Pattern = uint64_t;

Pattern PatternOf(const PartyComparison& comparison);
constexpr Level LevelIn(Pattern pattern, Field field) {
  return static_cast<Level>(pattern >> (3 * Index(field)) & 7);
}

// How many pairs have each pattern, and, sorted by pattern, so that sums do not depend on the order
// in which they were found. Pairs that no probability decides (verified documents that differ, a
// person and an organization) are to be left out by the caller.
class PatternCounts {
 public:
  void Add(Pattern pattern, double count = 1) { counts_[pattern] += count; }
  void Add(const PatternCounts& other) {
    for (const auto& [pattern, count] : other.counts_) counts_[pattern] += count;
  }
  std::vector<std::pair<Pattern, double>> Sorted() const;

 private:
  absl::flat_hash_map<Pattern, double> counts_;
};

// A table of probabilities: of each level, given that both records state the field.
using LevelTable = std::array<std::array<double, kLevelLimit>, kFieldLimit>;

// What expectation maximization is given and finds. m starts as it is; u and the look-alikes are
// held fixed.
struct MixtureStart {
  LevelTable m;
  LevelTable u;
  // Each field of a kind: probabilities, or u where it is like any strangers.
  std::vector<LevelTable> look_alikes;
  std::array<bool, kFieldLimit> used;  // Fields that count.
};

struct Mixture {
  double match_share = 0;  // Of the pairs.
  double expected_matches = 0;
  // Expected number of matches with each level, and of matches that state the field.
  LevelTable level_matches = {};
  std::array<double, kFieldLimit> field_matches = {};
  uint32_t rounds = 0;
};

// Until nothing moves by more than 1e-5, or 200 rounds. `m` is kept from the edges by `prior_pairs`
// pairs that look as the start says.
Mixture MaximizeExpectation(const std::vector<std::pair<Pattern, double>>& patterns,
                            const MixtureStart& start, double prior_pairs);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PATTERNS_H_
