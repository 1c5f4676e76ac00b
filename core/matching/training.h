// Fits a match model to records without labels.
//
//   PackedParties parties = …;
//   ASSIGN_OR_RETURN(const v1::MatchModel model,
//                    TrainMatchModel(parties, ShippedMatchModel(), {.version = "2026-11"}));
//
// 1. u is measured on pairs drawn at random, nearly all of which are strangers.
// 2. m is estimated for each blocking rule on its own by expectation maximization (Dempster, Laird,
//    Rubin 1977; Winkler 1988) over the pairs of its blocks, without the fields that the rule makes
//    agree, and with u held fixed; look-alikes are classes of their own there, so that families do
//    not count as matches. A field's m is then averaged over the rules that leave it free, by the
//    matches that each is expected to have. (All pairs pooled would teach that what blocks agree on
//    is what matches agree on.)
// 3. The prior, and how frequent look-alikes are, are such that the blocked pairs hold as many of
// them
//    as the probabilities say. What look-alikes have in common is the base model's.
// 4. Steps 1 to 3 once more, with each random pair counted as far as it is no match: in a small
//    file, matches are a part of the random pairs that tells.
//
// Levels that were seen seldom or never have the parameters of the base model, so far as there is
// little to say otherwise; fields that no pair states have them unchanged (provenance lists them).
// Term frequencies are those of the records. Thresholds and blocking are the base's.
//
// Deterministic: the same records in the same order, base and seed give the same model.
#ifndef YILAN_CORE_MATCHING_TRAINING_H_
#define YILAN_CORE_MATCHING_TRAINING_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/matching/packed_parties.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

struct TrainingOptions {
  std::string version;      // Of the model that is made.
  std::string description;  // For its provenance.
  // As BlockIndex::Options.
  size_t first_set = 0;
  size_t threads = 1;
  uint64_t seed = 1;
  uint64_t most_random_pairs = 2'000'000;
  uint64_t most_pairs_per_rule = 500'000;
  // Told what is done now and which part of all is done, in [0, 1]; false cancels.
  std::function<bool(double, absl::string_view)> progress;
};

// The time of training is the caller's to set. Errors: CANCELLED; FAILED_PRECONDITION for fewer
// than two records; INVALID_ARGUMENT for a base that is no model.
absl::StatusOr<v1::MatchModel> TrainMatchModel(const PackedParties& parties,
                                               const v1::MatchModel& base,
                                               const TrainingOptions& options);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_TRAINING_H_
