#include "core/matching/pair_score.h"

#include <algorithm>
#include <cmath>

namespace yilan::core {
namespace {

bool HasFrequency(Level level) { return level == Level::kExact || level == Level::kSameSpoken; }

double Probability(double log2_odds) {
  // Either way without overflow.
  if (log2_odds >= 0) return 1 / (1 + std::exp2(-log2_odds));
  const double odds = std::exp2(log2_odds);
  return odds / (1 + odds);
}

// The level whose parameters count. Of names in two scripts the given name pays for that, and the
// family name counts as if it were written alike, with the frequency of how it is spoken.
Level LevelThatCounts(const PartyComparison& found, Field field) {
  if (field == Field::kFamilyName && found.names_in_two_scripts &&
      found[Field::kFamilyName].level == Level::kSameSpoken &&
      found[Field::kGivenName].level == Level::kSameSpoken) {
    return Level::kExact;
  }
  return found[field].level;
}

}  // namespace

FieldWeight WeightOf(const MatchModel& model, Field field, const PartyComparison& comparison) {
  const FieldComparison& found = comparison[field];
  const Level level = LevelThatCounts(comparison, field);
  const MatchModel::Parameters& parameters = model.Of(field, level);
  FieldWeight weight = {.m = parameters.m,
                        .u = parameters.u,
                        .weight = parameters.weight,
                        .log2_u = parameters.log2_u};
  if (!HasFrequency(found.level) || found.term == 0 || parameters.weight == 0) return weight;
  double frequency = model.Frequency(field, found.level, found.term);
  if (frequency <= 0 && level != found.level) {
    frequency = parameters.u + model.Of(field, found.level).u;
  }
  if (frequency <= 0) return weight;
  weight.term_frequency = frequency;
  weight.term_weight = std::log2(parameters.u / std::max(frequency, kLeastFrequency));
  return weight;
}

namespace {

// log2 of how much likelier the evidence is among these look-alikes than among any strangers,
// times their odds.
double LookAlikeLog2Odds(const LookAlikeModel& kind, const PairScore& score) {
  double sum = kind.log2_odds;
  const bool own_names = HaveOwnNames(kind.kind, score.comparison[Field::kNameOrder].level);
  for (const Field field : kFields) {
    if (own_names && (field == Field::kGivenName || field == Field::kFamilyName)) continue;
    const double shared =
        kind.log2_probability[Index(field)][Index(LevelThatCounts(score.comparison, field))];
    if (std::isnan(shared)) continue;
    const FieldWeight& weight = score[field];
    // Among strangers: u, or the frequency of the value.
    sum += shared - weight.log2_u + weight.term_weight;
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

// One of a household showed the document of another: then it is theirs, and the name is not. A
// given name that was changed, or one wrong sex, says nothing; that two things differ does.
bool IsOfRelative(const PartyComparison& found) {
  const auto differs = [&](Field field) { return found[field].level == Level::kDifferent; };
  return differs(Field::kGivenName) &&
         (differs(Field::kFamilyName) || differs(Field::kSex) || differs(Field::kBirthDate));
}

// Two people with one name and one telephone, father and son say, have different birth dates.
bool SpeaksAgainst(const PartyComparison& found) {
  const Level birth = found[Field::kBirthDate].level;
  return birth == Level::kSimilar || birth == Level::kPartial || birth == Level::kDifferent ||
         found[Field::kSex].level == Level::kDifferent ||
         found[Field::kDocument].level == Level::kDifferent;
}

// Homes in two towns: where a number is an agency's, this is all that tells namesakes apart. It
// leaves the pair to the probability, for people do move.
bool LiveApart(const PartyComparison& found) {
  return found[Field::kPlace].level == Level::kDifferent &&
         found[Field::kStreet].level == Level::kDifferent;
}

bool SamePhoneAndName(const MatchModel& model, const PartyComparison& found) {
  const FieldComparison& phone = found[Field::kPhone];
  return phone.level == Level::kExact && NamesAgree(found) && !SpeaksAgainst(found) &&
         !LiveApart(found) && !model.IsSharedPhone(phone.term);
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

// Whether two persons have more in common than relatives, namesakes or neighbors do, and nothing
// that tells them apart. The probability knows how frequent these are as a rule; of two records it
// cannot know that they are not among them.
bool IsTheirOwn(const PartyComparison& found) {
  const auto level = [&](Field field) { return found[field].level; };
  const auto agrees = [&](Field field) {
    return level(field) == Level::kExact || level(field) == Level::kNear;
  };
  if (agrees(Field::kDocument)) return true;
  if (level(Field::kBirthDate) == Level::kDifferent) return false;
  if (level(Field::kEmail) == Level::kExact) return true;
  // In Chinese a character more, or another of the same sound, makes another name: that of a
  // brother.
  if (found.chinese_given_names && level(Field::kGivenName) != Level::kExact) return false;
  // In pinyin, one of another sound.
  if (found.names_in_two_scripts && level(Field::kGivenName) != Level::kSameSpoken) return false;
  const bool birth = agrees(Field::kBirthDate);
  // Namesakes take e-mail addresses of one name that differ in a digit.
  const bool contact = agrees(Field::kPhone) || agrees(Field::kEmail);
  const bool home = agrees(Field::kStreet) || level(Field::kStreet) == Level::kContained ||
                    level(Field::kStreet) == Level::kSimilar;
  // On one street of one town, somebody of this very name who was born on this very day.
  const bool street = !found.chinese_given_names && level(Field::kGivenName) == Level::kExact &&
                      level(Field::kStreet) == Level::kPartial &&
                      level(Field::kPlace) == Level::kExact;
  const bool two = (birth && (contact || home || street)) || (contact && home);
  const bool contradicted = level(Field::kSex) == Level::kDifferent ||
                            level(Field::kDocument) == Level::kDifferent ||
                            level(Field::kBirthDate) == Level::kPartial;
  if (two || contradicted) return two;
  // Outside China towns are smaller, and so there are fewer namesakes.
  const bool town = !found.chinese_given_names && agrees(Field::kPlace);
  return agrees(Field::kPhone) || level(Field::kStreet) == Level::kExact || (birth && town);
}

bool IsPerson(const PartyComparison& found) {
  return found[Field::kGivenName].level != Level::kNotCompared ||
         found[Field::kFamilyName].level != Level::kNotCompared;
}

// A source's word counts where only probability would decide.
void CountReference(PairScore& score) {
  if (score.rule != v1::MATCH_RULE_PROBABILITY && score.rule != v1::MATCH_RULE_GIVEN_NAME_UNKNOWN &&
      score.rule != v1::MATCH_RULE_SHARED_EVIDENCE_ONLY) {
    return;
  }
  const double sum = score.sum - score.prior_weight + kReferencePriorLog2Odds;
  const double probability = Probability(sum);
  if (probability <= score.probability) return;
  score.rule = v1::MATCH_RULE_STATED_REFERENCE;
  score.probability = probability;
  score.prior_weight = kReferencePriorLog2Odds;
  score.sum = sum;
}

void Decide(const MatchModel& model, PairScore& score) {
  const PartyComparison& found = score.comparison;
  const double below_join = std::nextafter(model.join_probability(), 0.0);
  score.rule = v1::MATCH_RULE_PROBABILITY;
  score.probability = Probability(score.sum);
  if (found.different_party_types) {
    score.rule = v1::MATCH_RULE_DIFFERENT_PARTY_TYPES;
    score.probability = 0;
  } else if (found.same_verified_document && !IsOfRelative(found)) {
    score.rule = v1::MATCH_RULE_VERIFIED_DOCUMENT;
    score.probability = kVerifiedDocumentProbability;
  } else if (found.same_verified_document) {
    score.rule = v1::MATCH_RULE_DOCUMENT_OF_ANOTHER;
    score.probability = std::clamp(score.probability, model.review_probability(),
                                   std::max(below_join, model.review_probability()));
  } else if (found.different_verified_documents) {
    score.rule = v1::MATCH_RULE_DIFFERENT_VERIFIED_DOCUMENTS;
    score.probability = 0;
  } else if (SamePhoneAndName(model, found)) {
    score.rule = v1::MATCH_RULE_MSISDN_AND_NAME;
    score.probability = std::max(score.probability, kMsisdnAndNameProbability);
  } else if (score.probability >= model.join_probability()) {
    if (MayBeAnyOfFamily(found)) {
      score.rule = v1::MATCH_RULE_GIVEN_NAME_UNKNOWN;
      score.probability = below_join;
    } else if (IsPerson(found) && !IsTheirOwn(found)) {
      score.rule = v1::MATCH_RULE_SHARED_EVIDENCE_ONLY;
      score.probability = below_join;
    }
  }
  if (score.referred) CountReference(score);
}

}  // namespace

PairScore ScoreComparison(const MatchModel& model, const PartyComparison& comparison,
                          bool referred) {
  PairScore score;
  score.comparison = comparison;
  score.referred = referred;
  score.prior_weight = model.prior_log2_odds();
  score.sum = score.prior_weight;
  for (const Field field : kFields) {
    if (comparison[field].level == Level::kNotCompared) continue;
    const FieldWeight weight = WeightOf(model, field, comparison);
    score.fields[Index(field)] = weight;
    score.sum += weight.weight + weight.term_weight;
  }
  WeighLookAlikes(model, score);
  score.sum += score.look_alike_weight;
  Decide(model, score);
  return score;
}

PairScore ScorePair(const MatchModel& model, const PartyView& a, const PartyView& b,
                    bool referred) {
  const FrequencyOf frequency_of = [&model](Field field, uint64_t term) {
    return model.Frequency(field, Level::kExact, term);
  };
  return ScoreComparison(model, CompareParties(a, b, &frequency_of), referred);
}

}  // namespace yilan::core
