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

// A class of pairs that are no mere strangers: matches, or look-alikes of one kind.
struct MixtureClass {
  LevelTable first;  // Where it starts.
  LevelTable least;  // What it may become.
  LevelTable most;
  std::array<bool, kFieldLimit> learnt;  // Fields that are learnt; the others stay as they are.
};

// What expectation maximization is given; u is held fixed.
struct MixtureStart {
  std::vector<MixtureClass> classes;  // Matches first.
  LevelTable u;
  std::array<bool, kFieldLimit> used;  // Fields that count.
};

// The expected numbers of pairs of one class.
struct ClassCounts {
  double pairs = 0;
  LevelTable levels = {};                       // That have each level.
  std::array<double, kFieldLimit> fields = {};  // That state the field.

  void Add(Pattern pattern, double count);
  // Those of the fields that are `used`.
  void Add(const ClassCounts& other, const std::array<bool, kFieldLimit>& used);
};

struct Mixture {
  std::vector<ClassCounts> classes;  // As in the start.
  uint32_t rounds = 0;
};

// Takes what levels have above their limits, and what levels below theirs lack, and evens that out
// among the others.
void LimitLevels(const std::array<double, kLevelLimit>& least,
                 const std::array<double, kLevelLimit>& most,
                 std::array<double, kLevelLimit>& levels);

// Estimates which pairs are of which class, until nothing moves by more than 1e-5, or for 200
// rounds. The levels of a class are kept from the edges by `prior_pairs` pairs that look as the
// start says, and within its limits: without these, classes exchange their meaning, for families,
// which blocks are full of, look like matches with wrong given names and birth dates.
Mixture MaximizeExpectation(const std::vector<std::pair<Pattern, double>>& patterns,
                            const MixtureStart& start, double prior_pairs);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PATTERNS_H_
