// A score as people and programs outside read it.
#ifndef YILAN_CORE_MATCHING_PAIR_EXPLANATION_H_
#define YILAN_CORE_MATCHING_PAIR_EXPLANATION_H_

#include "core/matching/match_model.h"
#include "core/matching/pair_score.h"
#include "yilan/v1/identity_match.pb.h"

namespace yilan::core {

// What a probability leads to by this model.
v1::MatchDecision DecisionOf(const MatchModel& model, double probability);

// Fills in all of `explanation`, which is empty, that follows from the score: what was compared and
// what it is worth, the rule, and what would change whether the two are joined. Which records they
// are and which blocks they share is left to the caller. The values in `score` must still live.
// Pure.
void ExplainScore(const MatchModel& model, const PairScore& score,
                  v1::PairExplanation& explanation);

// The same where a source names a subject that has no source record: it is joined for that alone.
void ExplainReference(const MatchModel& model, v1::PairExplanation& explanation);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PAIR_EXPLANATION_H_
