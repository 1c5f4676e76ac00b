// What two records' agreement is worth: the probability that they are one party, and why.
//
//   const PairScore score = ScorePair(*model, PartyView(a), PartyView(b));
//   if (score.probability >= model->join_probability()) …
//
// The sum of evidence is in bits (log2 of odds):
//
//   sum = prior + sum over fields of (weight + term_weight) + look_alike_weight
//   probability = 1 / (1 + 2^-sum), unless a rule decides.
//
// Pure and thread-safe; symmetric: ScorePair(a, b) and ScorePair(b, a) have the same probability.
#ifndef YILAN_CORE_MATCHING_PAIR_SCORE_H_
#define YILAN_CORE_MATCHING_PAIR_SCORE_H_

#include <array>
#include <vector>

#include "core/matching/comparison.h"
#include "core/matching/match_model.h"
#include "core/matching/party_view.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

// Whether look-alikes of a kind have no more of a name in common than strangers do, given the level
// of NAME_ORDER: relatives share the family name as such, and none is given as a first name to the
// other.
constexpr bool HaveOwnNames(v1::LookAlike kind, Level name_order) {
  return name_order != Level::kNotCompared &&
         (kind == v1::LOOK_ALIKE_HOUSEHOLD || kind == v1::LOOK_ALIKE_TWINS);
}

// What one field contributes.
struct FieldWeight {
  double m = 1;
  double u = 1;
  double weight = 0;  // log2(m / u).
  double log2_u = 0;
  // log2(u / frequency of the value they agree on): above 0 for rare values, below for frequent
  // ones; 0 where frequency does not count.
  double term_weight = 0;
  double term_frequency = 0;  // 0 where it does not count.
};

struct PairScore {
  double probability = 0;
  v1::MatchRule rule = v1::MATCH_RULE_UNSPECIFIED;
  double prior_weight = 0;  // log2 of the prior odds.
  // Levels and values; the values are parts of the two records that were scored.
  PartyComparison comparison;
  std::array<FieldWeight, kFieldLimit> fields;  // By number of the field.
  // What look-alikes take off, at most 0, and the kind that does most of it.
  double look_alike_weight = 0;
  v1::LookAlike look_alike = v1::LOOK_ALIKE_UNSPECIFIED;
  double sum = 0;         // Of all weights, also where a rule decided.
  bool referred = false;  // A source states that the two are one party.

  const FieldWeight& operator[](Field field) const { return fields[Index(field)]; }
};

// What a field that was compared contributes.
FieldWeight WeightOf(const MatchModel& model, Field field, const PartyComparison& comparison);

// `referred`: a source states that the two are one party.
PairScore ScorePair(const MatchModel& model, const PartyView& a, const PartyView& b,
                    bool referred = false);

// The same for evidence that is known already.
PairScore ScoreComparison(const MatchModel& model, const PartyComparison& comparison,
                          bool referred = false);

// Rules come first, in this order:
// - DIFFERENT_PARTY_TYPES: probability 0;
// - VERIFIED_DOCUMENT: both have the same one: probability 1;
// - DOCUMENT_OF_ANOTHER: both have the same one, but the given names differ and so does the family
//   name, sex or birth date, as where somebody showed that of a relative: to a steward, whatever
//   the probability (at least the review probability, below the join probability);
// - DIFFERENT_VERIFIED_DOCUMENTS: probability 0;
// - MSISDN_AND_NAME: the same telephone number at the same time, which is not shared by many, and
//   the same name, with nothing against it in birth date, sex and documents;
// - GIVEN_NAME_UNKNOWN: where the probability would join persons of whom one has no given name, and
//   no document or e-mail address agrees, it is just below the model's join probability;
// - SHARED_EVIDENCE_ONLY: likewise where all that agrees is what relatives, namesakes or neighbors
//   share as well, or where birth date or documents tell them apart;
// - STATED_REFERENCE: where a source states that the two are one party and none of the others has
//   decided for or against it, the source vouches for it: its prior odds are not those of any two.
//
// What a rule that finds a match makes of the probability, at least.
inline constexpr double kVerifiedDocumentProbability = 1;
inline constexpr double kMsisdnAndNameProbability = 0.999;
// Prior odds of two records of which one names the other: about 1,000 references are right for each
// that is not.
inline constexpr double kReferencePriorLog2Odds = 10;

// One piece of evidence, otherwise than it is.
struct EvidenceChange {
  Field field = Field::kGivenName;
  Level from = Level::kNotCompared;
  Level to = Level::kNotCompared;
};

// The smallest change that would put the pair on the other side of a threshold.
struct Counterfactual {
  std::vector<EvidenceChange> changes;  // At most three; empty when no three do it.
  bool documents_change = false;        // The verified documents must (dis)agree otherwise, too.
  double probability = 0;               // After the changes.
};

// What would flip the decision at `threshold`: as few fields as possible, and among these the ones
// whose change is worth least. A pair that a rule decides by its verified documents must lose these
// first. For party types that differ, no change does. That a source states that they are one party
// stays as it is.
Counterfactual FindCounterfactual(const MatchModel& model, const PairScore& score,
                                  double threshold);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_PAIR_SCORE_H_
