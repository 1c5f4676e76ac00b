// Matching of many records at once: the pairs that ScorePair would find record by record, with the
// same probabilities, on several threads.
//
//   PackedParties parties = …;
//   BulkResult result = …;
//   ASSIGN_OR_RETURN(const BulkResult result,
//                    BulkMatch(*model, parties, {.threads = 2}));
//   for (const ScoredPair& pair : result.pairs) …
#ifndef YILAN_CORE_MATCHING_BULK_MATCH_H_
#define YILAN_CORE_MATCHING_BULK_MATCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/matching/block_index.h"
#include "core/matching/match_model.h"
#include "core/matching/packed_parties.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

// A pair of records by their numbers, a < b.
struct ScoredPair {
  uint32_t a = 0;
  uint32_t b = 0;
  double probability = 0;
  v1::MatchRule rule = v1::MATCH_RULE_UNSPECIFIED;
  friend bool operator==(const ScoredPair&, const ScoredPair&) = default;
};

struct BulkOptions {
  // Pairs below are not handed out; 0: the model's review probability. Pairs of probability 0 never
  // are.
  double least_probability = 0;
  // As BlockIndex::Options.
  size_t first_set = 0;
  size_t threads = 1;
  // Told now and then which part of the work is done, in [0, 1]; false cancels. Called by one
  // thread at a time.
  std::function<bool(double)> progress;
};

struct BulkResult {
  std::vector<ScoredPair> pairs;            // Sorted by a, then b; whatever the number of threads.
  uint64_t compared = 0;                    // Pairs that blocking found.
  std::vector<OverflowedBlock> overflowed;  // Sorted by key.
};

// Finds and scores the pairs. Memory: the block index (see there), and 24 bytes for each pair that
// is handed out. Errors: CANCELLED.
absl::StatusOr<BulkResult> BulkMatch(const MatchModel& model, const PackedParties& parties,
                                     const BulkOptions& options);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_BULK_MATCH_H_
