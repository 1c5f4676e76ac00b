// The pairs that a model is trained on, counted by their patterns: drawn at random, of the blocks
// of a rule, and all candidates. What training.h says of options, progress and cancelling holds
// here.
#ifndef YILAN_CORE_MATCHING_PAIR_COUNTER_H_
#define YILAN_CORE_MATCHING_PAIR_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/matching/block_index.h"
#include "core/matching/match_model.h"
#include "core/matching/packed_parties.h"
#include "core/matching/patterns.h"
#include "core/matching/training.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

using WeightedPatterns = std::vector<std::pair<Pattern, double>>;

// Sorted by pattern.
struct SortedPairs {
  WeightedPatterns open;   // The probability decides, or a verified document says that they match.
  WeightedPatterns never;  // Verified documents or party types say that they do not.
};

// Not thread-safe; works on the threads of the options. Parties and options must outlive it.
class PairCounter {
 public:
  PairCounter(const PackedParties& parties, const MatchModel& model,
              const TrainingOptions& options);

  // All pairs there are, or as many as the options say.
  absl::StatusOr<SortedPairs> CountRandomPairs();
  // The first blocks of a rule, as many as the options say; progress runs between `from` and `to`.
  absl::StatusOr<SortedPairs> CountBlock(v1::BlockingRule rule, double from, double to);
  // What blocking finds for every so many records, each pair once.
  absl::StatusOr<SortedPairs> CountCandidates();

  // Pairs that could match.
  double PairsInAll() const;
  // Candidates for each one that was counted.
  double candidate_scale() const { return candidate_scale_; }
  // What was counted so far.
  uint64_t random_pairs() const { return random_pairs_; }
  uint64_t blocked_pairs() const { return blocked_pairs_; }

 private:
  // Counts the pairs of each piece: pairs_of(piece, add) calls add(a, b).
  template <typename PairsOf>
  absl::StatusOr<SortedPairs> Count(size_t pieces, double from, double to, absl::string_view stage,
                                    const PairsOf& pairs_of, uint64_t* pairs);

  const PackedParties& parties_;
  const TrainingOptions& options_;
  const size_t threads_;
  const BlockIndex index_;
  double candidate_scale_ = 1;
  uint64_t random_pairs_ = 0;
  uint64_t blocked_pairs_ = 0;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PAIR_COUNTER_H_
