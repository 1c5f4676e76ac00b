#include "core/matching/match_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "core/matching/term_hash.h"

namespace yilan::core {
namespace {

// Probabilities of a file that somebody wrote with three digits.
constexpr double kSumTolerance = 5e-3;

bool IsProbability(double value) { return value > 0 && value <= 1; }

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("match model: ", what));
}

std::string Name(v1::MatchField field) { return v1::MatchField_Name(field); }

bool IsKnown(v1::MatchField field) {
  return field != v1::MATCH_FIELD_UNSPECIFIED && v1::MatchField_IsValid(field);
}

bool IsKnown(v1::MatchLevel level) { return v1::MatchLevel_IsValid(level); }

}  // namespace

bool TermIsHashed(Field field) {
  return field == Field::kPhone || field == Field::kEmail || field == Field::kDocument ||
         field == Field::kStreet || field == Field::kPlace;
}

std::string HashText(uint64_t term) { return absl::StrFormat("%016x", term); }

absl::StatusOr<std::shared_ptr<const MatchModel>> MatchModel::Make(v1::MatchModel parameters) {
  std::shared_ptr<MatchModel> model(new MatchModel(std::move(parameters)));
  RETURN_IF_ERROR(model->Init());
  return model;
}

absl::Status MatchModel::Init() {
  if (proto_.version().empty()) return Invalid("version is empty; give the model a name");
  if (!(proto_.prior() > 0 && proto_.prior() < 1)) return Invalid("prior must be between 0 and 1");
  if (!IsProbability(proto_.join_probability()) || !IsProbability(proto_.review_probability())) {
    return Invalid("join_probability and review_probability must be above 0 and at most 1");
  }
  if (proto_.review_probability() > proto_.join_probability()) {
    return Invalid("review_probability is above join_probability");
  }
  prior_log2_odds_ = std::log2(proto_.prior()) - std::log2(1 - proto_.prior());
  for (const v1::FieldParameters& field : proto_.fields()) RETURN_IF_ERROR(AddField(field));
  for (const v1::TermFrequencies& frequencies : proto_.term_frequencies()) {
    RETURN_IF_ERROR(AddFrequencies(frequencies));
  }
  for (const v1::LookAlikeParameters& look_alike : proto_.look_alikes()) {
    RETURN_IF_ERROR(AddLookAlike(look_alike));
  }
  for (const v1::BlockingParameters& blocking : proto_.blocking()) {
    if (!v1::BlockingRule_IsValid(blocking.rule()) ||
        blocking.rule() == v1::BLOCKING_RULE_UNSPECIFIED || blocking.cap() < 2) {
      return Invalid("blocking needs a rule and a cap of at least 2");
    }
    caps_[static_cast<size_t>(blocking.rule())] = blocking.cap();
  }
  SetMostWeights();
  return absl::OkStatus();
}

void MatchModel::SetMostWeights() {
  for (const Field field : kFields) {
    std::array<double, kLevelLimit>& most = most_weight_[Index(field)];
    for (size_t level = 1; level < kLevelLimit; ++level) {
      const Parameters& parameters = parameters_[Index(field)][level];
      most[level] = parameters.weight;
      double least = -1;
      if (level == Index(Level::kExact)) least = written_[Index(field)].least;
      if (level == Index(Level::kSameSpoken)) least = spoken_[Index(field)].least;
      if (least > 0 && parameters.weight != 0) {
        most[level] += std::max(0.0, std::log2(parameters.u / std::max(least, kLeastFrequency)));
      }
      most[0] = std::max(most[0], most[level]);
    }
  }
}

absl::Status MatchModel::AddField(const v1::FieldParameters& field) {
  if (!IsKnown(field.field())) return Invalid("a field is not stated or not known");
  const Field number = static_cast<Field>(field.field());
  std::array<Parameters, kLevelLimit>& levels = parameters_[Index(number)];
  std::array<bool, kLevelLimit> seen = {};
  double m = 0;
  double u = 0;
  for (const v1::LevelParameters& level : field.levels()) {
    if (!IsKnown(level.level()) || !HasLevel(number, static_cast<Level>(level.level()))) {
      return Invalid(
          absl::StrCat(Name(field.field()), " has no level ", v1::MatchLevel_Name(level.level())));
    }
    const size_t index = static_cast<size_t>(level.level());
    if (std::exchange(seen[index], true)) {
      return Invalid(absl::StrCat(Name(field.field()), " has a level twice"));
    }
    if (!IsProbability(level.m()) || !IsProbability(level.u())) {
      return Invalid(absl::StrCat("m and u of ", Name(field.field()), " ",
                                  v1::MatchLevel_Name(level.level()),
                                  " must be above 0 and at most 1"));
    }
    m += level.m();
    u += level.u();
    levels[index] = {.m = level.m(),
                     .u = level.u(),
                     .weight = std::log2(level.m()) - std::log2(level.u()),
                     .log2_u = std::log2(level.u())};
  }
  for (size_t i = 0; i < kLevelLimit; ++i) {
    if (HasLevel(number, static_cast<Level>(i)) && !seen[i]) {
      return Invalid(absl::StrCat(Name(field.field()), " lacks the level ",
                                  v1::MatchLevel_Name(static_cast<v1::MatchLevel>(i))));
    }
  }
  // The order of names has one level, with probabilities given that the names agree.
  if (number != Field::kNameOrder &&
      (std::abs(m - 1) > kSumTolerance || std::abs(u - 1) > kSumTolerance)) {
    return Invalid(absl::StrCat("m and u of ", Name(field.field()), " must each add up to 1"));
  }
  return absl::OkStatus();
}

absl::Status MatchModel::AddFrequencies(const v1::TermFrequencies& frequencies) {
  if (!IsKnown(frequencies.field()) || (frequencies.level() != v1::MATCH_LEVEL_EXACT &&
                                        frequencies.level() != v1::MATCH_LEVEL_SAME_SPOKEN)) {
    return Invalid("term_frequencies need a field, and the level EXACT or SAME_SPOKEN");
  }
  if (!IsProbability(frequencies.other_frequency())) {
    return Invalid(absl::StrCat("other_frequency of ", Name(frequencies.field()),
                                " must be above 0 and at most 1"));
  }
  const Field field = static_cast<Field>(frequencies.field());
  Frequencies& table =
      (frequencies.level() == v1::MATCH_LEVEL_EXACT ? written_ : spoken_)[Index(field)];
  table.other = frequencies.other_frequency();
  table.least = table.other;
  table.by_hash.reserve(static_cast<size_t>(frequencies.values_size()));
  for (const v1::TermFrequency& value : frequencies.values()) {
    if (!IsProbability(value.frequency())) {
      return Invalid(absl::StrCat("a frequency of ", Name(frequencies.field()),
                                  " is not above 0 and at most 1"));
    }
    uint64_t hash = 0;
    if (!TermIsHashed(field)) {
      hash = TermHash(value.value());
    } else if (!absl::SimpleHexAtoi(value.value(), &hash)) {
      return Invalid(absl::StrCat("a value of ", Name(frequencies.field()),
                                  " is not a hash of 16 hexadecimal digits"));
    }
    table.by_hash[hash] = value.frequency();
    table.least = std::min(table.least, value.frequency());
  }
  return absl::OkStatus();
}

absl::Status MatchModel::AddLookAlike(const v1::LookAlikeParameters& look_alike) {
  if (!(look_alike.relative_frequency() > 0)) {
    return Invalid("relative_frequency of look-alikes must be above 0");
  }
  LookAlikeModel model;
  model.kind = look_alike.kind();
  model.log2_odds = prior_log2_odds_ + std::log2(look_alike.relative_frequency());
  for (auto& levels : model.log2_probability) {
    levels.fill(std::numeric_limits<double>::quiet_NaN());
  }
  for (const v1::LookAlikeField& field : look_alike.fields()) {
    if (!IsKnown(field.field())) return Invalid("a field of look-alikes is not known");
    for (const v1::LevelParameters& level : field.levels()) {
      if (!IsKnown(level.level()) || !IsProbability(level.m())) {
        return Invalid(absl::StrCat("look-alikes: m of ", Name(field.field()),
                                    " must be above 0 and at most 1"));
      }
      model.log2_probability[static_cast<size_t>(field.field())]
                            [static_cast<size_t>(level.level())] = std::log2(level.m());
    }
  }
  look_alikes_.push_back(model);
  return absl::OkStatus();
}

double MatchModel::Frequency(Field field, Level level, uint64_t term) const {
  const Frequencies& table = (level == Level::kSameSpoken ? spoken_ : written_)[Index(field)];
  if (table.by_hash.empty()) return table.other;
  const auto it = table.by_hash.find(term);
  return it == table.by_hash.end() ? table.other : it->second;
}

bool MatchModel::IsSharedPhone(uint64_t term) const {
  return proto_.shared_phone_frequency() > 0 &&
         Frequency(Field::kPhone, Level::kExact, term) >= proto_.shared_phone_frequency();
}

uint32_t MatchModel::BlockCap(v1::BlockingRule rule) const {
  const size_t index = static_cast<size_t>(rule);
  return index < caps_.size() ? caps_[index] : 0;
}

}  // namespace yilan::core
