#include "core/matching/pair_score.h"

#include <algorithm>
#include <cmath>

namespace yilan::core {
namespace {

// Nothing is rarer than this for the adjustment: one value would outweigh all other evidence.
constexpr double kLeastFrequency = 1e-9;

bool HasFrequency(Level level) { return level == Level::kExact || level == Level::kSameSpoken; }

double Probability(double log2_odds) {
  // Either way without overflow.
  if (log2_odds >= 0) return 1 / (1 + std::exp2(-log2_odds));
  const double odds = std::exp2(log2_odds);
  return odds / (1 + odds);
}

FieldWeight WeightOf(const MatchModel& model, Field field, const FieldComparison& found) {
  const MatchModel::Parameters& parameters = model.Of(field, found.level);
  FieldWeight weight = {.m = parameters.m, .u = parameters.u, .weight = parameters.weight};
  if (!HasFrequency(found.level) || found.term == 0 || parameters.weight == 0) return weight;
  const double frequency = model.Frequency(field, found.level, found.term);
  if (frequency <= 0) return weight;
  weight.term_frequency = frequency;
  weight.term_weight = std::log2(parameters.u / std::max(frequency, kLeastFrequency));
  return weight;
}

// log2 of how much likelier the evidence is among these look-alikes than among any strangers,
// times their odds.
double LookAlikeLog2Odds(const LookAlikeModel& kind, const PairScore& score) {
  double sum = kind.log2_odds;
  for (const Field field : kFields) {
    const double shared = kind.log2_probability[Index(field)][Index(score.comparison[field].level)];
    if (std::isnan(shared)) continue;
    const FieldWeight& weight = score[field];
    // Among strangers: u, or the frequency of the value.
    sum += shared - std::log2(weight.u) + weight.term_weight;
  }
  return sum;
}

void WeighLookAlikes(const MatchModel& model, PairScore& score) {
  double ratio = 0;  // Of all look-alikes to other strangers.
  double most = 0;
  for (const LookAlikeModel& kind : model.look_alikes()) {
    const double odds = std::exp2(std::min(LookAlikeLog2Odds(kind, score), 1000.0));
    ratio += odds;
    if (odds > most) {
      most = odds;
      score.look_alike = kind.kind;
    }
  }
  score.look_alike_weight = -std::log2(1 + ratio);
}

bool Agrees(Level level) { return level == Level::kExact || level == Level::kSameSpoken; }

// Given names as they are written: those of siblings may sound alike.
bool NamesAgree(const PartyComparison& found) {
  if (found[Field::kFullName].level != Level::kNotCompared) {
    return Agrees(found[Field::kFullName].level);
  }
  return found[Field::kGivenName].level == Level::kExact && Agrees(found[Field::kFamilyName].level);
}

// One of a household showed the document of another: then it is theirs, and the name is not. A name
// that was changed leaves the rest to tell.
bool IsOfRelative(const PartyComparison& found) {
  const Level given = found[Field::kGivenName].level;
  const Level sex = found[Field::kSex].level;
  return given == Level::kDifferent || given == Level::kPartial || sex == Level::kDifferent;
}

// Two people with one name and one telephone, father and son say, have different birth dates.
bool SpeaksAgainst(const PartyComparison& found) {
  const Level birth = found[Field::kBirthDate].level;
  return birth == Level::kSimilar || birth == Level::kPartial || birth == Level::kDifferent ||
         found[Field::kSex].level == Level::kDifferent ||
         found[Field::kDocument].level == Level::kDifferent;
}

bool SamePhoneAndName(const MatchModel& model, const PartyComparison& found) {
  const FieldComparison& phone = found[Field::kPhone];
  return phone.level == Level::kExact && NamesAgree(found) && !SpeaksAgainst(found) &&
         !model.IsSharedPhone(phone.term);
}

// All that is known of them a family has in common.
bool MayBeAnyOfFamily(const PartyComparison& found) {
  const auto shared = [&](Field field) {
    return found[field].level == Level::kExact || found[field].level == Level::kNear;
  };
  return found[Field::kGivenName].level == Level::kNotCompared &&
         found[Field::kFullName].level == Level::kNotCompared && !shared(Field::kDocument) &&
         !shared(Field::kEmail);
}

void Decide(const MatchModel& model, PairScore& score) {
  const PartyComparison& found = score.comparison;
  score.rule = v1::MATCH_RULE_PROBABILITY;
  score.probability = Probability(score.sum);
  if (found.different_party_types) {
    score.rule = v1::MATCH_RULE_DIFFERENT_PARTY_TYPES;
    score.probability = 0;
  } else if (found.same_verified_document && !IsOfRelative(found)) {
    score.rule = v1::MATCH_RULE_VERIFIED_DOCUMENT;
    score.probability = kVerifiedDocumentProbability;
  } else if (found.different_verified_documents) {
    score.rule = v1::MATCH_RULE_DIFFERENT_VERIFIED_DOCUMENTS;
    score.probability = 0;
  } else if (SamePhoneAndName(model, found)) {
    score.rule = v1::MATCH_RULE_MSISDN_AND_NAME;
    score.probability = std::max(score.probability, kMsisdnAndNameProbability);
  } else if (score.probability >= model.join_probability() && MayBeAnyOfFamily(found)) {
    score.rule = v1::MATCH_RULE_GIVEN_NAME_UNKNOWN;
    score.probability = std::nextafter(model.join_probability(), 0.0);
  }
}

}  // namespace

PairScore ScoreComparison(const MatchModel& model, const PartyComparison& comparison) {
  PairScore score;
  score.comparison = comparison;
  score.prior_weight = model.prior_log2_odds();
  score.sum = score.prior_weight;
  for (const Field field : kFields) {
    if (comparison[field].level == Level::kNotCompared) continue;
    const FieldWeight weight = WeightOf(model, field, comparison[field]);
    score.fields[Index(field)] = weight;
    score.sum += weight.weight + weight.term_weight;
  }
  WeighLookAlikes(model, score);
  score.sum += score.look_alike_weight;
  Decide(model, score);
  return score;
}

PairScore ScorePair(const MatchModel& model, const PartyView& a, const PartyView& b) {
  const FrequencyOf frequency_of = [&model](Field field, uint64_t term) {
    return model.Frequency(field, Level::kExact, term);
  };
  return ScoreComparison(model, CompareParties(a, b, &frequency_of));
}

}  // namespace yilan::core
