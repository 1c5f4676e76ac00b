// Scores many pairs of which few matter: of those that cannot reach a probability it finds out no
// more than that.
//
//   PairScorer scorer(*model, 0.5);
//   PackedParties::Rest rest = parties.ReadHead(b, right);
//   if (!scorer.MayMatter(left, right, rest.has_addresses())) continue;
//   parties.ReadAddresses(rest, right);
//   if (const PairScore* score = scorer.Score(left, right)) …
//
// Not thread-safe: each thread has its own. The model must outlive it.
#ifndef YILAN_CORE_MATCHING_PAIR_SCORER_H_
#define YILAN_CORE_MATCHING_PAIR_SCORER_H_

#include "core/matching/comparison.h"
#include "core/matching/match_model.h"
#include "core/matching/pair_score.h"
#include "core/matching/party_view.h"

namespace yilan::core {

class PairScorer {
 public:
  // Pairs below `least`, and those of probability 0, do not matter.
  PairScorer(const MatchModel& model, double least);
  PairScorer(const PairScorer&) = delete;
  PairScorer& operator=(const PairScorer&) = delete;

  // Compares all but the addresses, which neither party needs to have yet; `have_addresses`: both
  // will have one. False where the pair does not matter, whatever the addresses say.
  bool MayMatter(const PartyView& a, const PartyView& b, bool have_addresses);

  // The score of the pair that MayMatter was asked of last, as ScorePair gives it; null where it
  // does not matter. Good until the next call.
  const PairScore* Score(const PartyView& a, const PartyView& b);

 private:
  // The most that addresses can add.
  double MostOfAddresses(const PartyView& a, const PartyView& b) const;

  const MatchModel& model_;
  const double least_;
  const double least_sum_;  // Of weights, for the probability to be `least`.
  const FrequencyOf frequency_of_;
  PartyComparison found_;
  double sum_ = 0;               // Of all fields but the addresses.
  bool rule_may_raise_ = false;  // A rule may say more than the sum.
  PairScore score_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PAIR_SCORER_H_
