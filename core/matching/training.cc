#include "core/matching/training.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "base/status_macros.h"
#include "core/matching/match_model.h"
#include "core/matching/pair_counter.h"
#include "core/matching/pair_score.h"
#include "core/matching/patterns.h"
#include "core/matching/term_counts.h"

namespace yilan::core {
namespace {

// What the base model counts for in m, in matching pairs.
constexpr double kPriorMatches = 20;
// A rule whose blocks hold fewer matches says nothing.
constexpr double kLeastMatches = 10;
// Families and neighbors may be much more frequent than matches. What the records do not show may
// come tomorrow: so much of it is left.
constexpr double kLeastLookAlikes = 0.04;
constexpr double kLeastHidden = 0.12;
constexpr double kMostLookAlikes = 50;
constexpr double kNamesakesLeast = 1.2;
// How often a class may have a level that is unlike it: so much, and so many times what the base
// says.
constexpr double kMostUnlike = 0.02;
constexpr double kMostTimesUnlike = 4;
// Families share a good part of what the base says: what was counted as families may be neighbors.
constexpr double kLeastLevel = 0.6;
// Not so of telephone numbers: whether families share them differs more between operators than
// anything else, and it shows in the records.
constexpr double kLeastPhoneLevel = 0.2;
// A field tells something of a rule's pairs when so many of them state it.
constexpr double kLeastStated = 0.2;
constexpr int kPasses = 3;
constexpr int kPriorRounds = 50;
constexpr double kLeastProbability = 1e-12;

// Whether records can show how frequent look-alikes are. That of two records with one name and
// birth date the one is of a namesake, or that of two with other given names they are of twins,
// cannot be told from a match that is wrong in one field.
bool ShowsInRecords(v1::LookAlike kind) {
  return kind == v1::LOOK_ALIKE_HOUSEHOLD || kind == v1::LOOK_ALIKE_NEIGHBOR ||
         kind == v1::LOOK_ALIKE_SHARED_CONTACT;
}

// Fields that a blocking rule makes agree, or more alike than they are.
std::vector<Field> BlockedFields(v1::BlockingRule rule) {
  const auto names_and = [](std::initializer_list<Field> more) {
    std::vector<Field> fields = {Field::kGivenName, Field::kFamilyName, Field::kNameOrder,
                                 Field::kFullName};
    fields.insert(fields.end(), more);
    return fields;
  };
  switch (rule) {
    case v1::BLOCKING_RULE_PHONE:
      return {Field::kPhone};
    case v1::BLOCKING_RULE_DOCUMENT:
      return {Field::kDocument};
    case v1::BLOCKING_RULE_EMAIL:
    case v1::BLOCKING_RULE_EMAIL_LOCAL_PART:
      return {Field::kEmail, Field::kNameInEmail, Field::kBirthYearInEmail};
    case v1::BLOCKING_RULE_NAME:
    case v1::BLOCKING_RULE_ORGANIZATION_NAME_PART:
      return names_and({});
    case v1::BLOCKING_RULE_NAME_BIRTH_DATE:
    case v1::BLOCKING_RULE_NAME_PART_BIRTH_DATE:
    case v1::BLOCKING_RULE_NAME_SOUND_BIRTH_YEAR:
      return names_and({Field::kBirthDate, Field::kBirthYearInEmail});
    case v1::BLOCKING_RULE_NAME_CITY:
    case v1::BLOCKING_RULE_NAME_PART_POSTAL_CODE:
      return names_and({Field::kPlace});
    case v1::BLOCKING_RULE_BIRTH_DATE_POSTAL_CODE:
    case v1::BLOCKING_RULE_BIRTH_DATE_CITY:
      return {Field::kBirthDate, Field::kPlace};
    case v1::BLOCKING_RULE_BIRTH_DATE_HOUSE:
      return {Field::kBirthDate, Field::kStreet};
    case v1::BLOCKING_RULE_STREET_HOUSE:
      return {Field::kStreet};
    case v1::BLOCKING_RULE_STREET_POSTAL_CODE:
    case v1::BLOCKING_RULE_STREET_CITY:
      return {Field::kStreet, Field::kPlace};
    default:
      return {};
  }
}

double MostOf(double base) { return std::min(1.0, kMostUnlike + kMostTimesUnlike * base); }

// Whether the fields that a rule leaves free can tell who matches: of one field alone, any mixture
// is as good as another.
bool Tells(const WeightedPatterns& patterns, const std::array<bool, kFieldLimit>& used) {
  std::array<double, kFieldLimit> stated = {};
  double total = 0;
  for (const auto& [pattern, count] : patterns) {
    total += count;
    for (const Field field : kFields) {
      if (LevelIn(pattern, field) != Level::kNotCompared) stated[Index(field)] += count;
    }
  }
  int telling = 0;
  for (const Field field : kFields) {
    if (field == Field::kSex || field == Field::kNameOrder || field == Field::kNameInEmail ||
        field == Field::kBirthYearInEmail || !used[Index(field)])
      continue;
    if (stated[Index(field)] > kLeastStated * total) ++telling;
  }
  return telling >= 2;
}

// The probabilities of a field's levels in a class: as counted, with some pairs of the base model.
void Learn(const ClassCounts& counts, Field field, const MixtureClass& base, MixtureClass& learnt) {
  const size_t f = Index(field);
  double sum = 0;
  for (size_t level = 1; level < kLevelLimit; ++level) {
    if (!HasLevel(field, static_cast<Level>(level))) continue;
    const double value = (counts.levels[f][level] + kPriorMatches * base.first[f][level]) /
                         (counts.fields[f] + kPriorMatches);
    learnt.first[f][level] = std::max(value, kLeastProbability);
    sum += learnt.first[f][level];
  }
  if (field == Field::kNameOrder || sum == 0) return;
  for (double& probability : learnt.first[f]) probability /= sum;
  LimitLevels(base.least[f], base.most[f], learnt.first[f]);
  // Whoever is at a limit may push the others over theirs: of no account, but the sum is.
  sum = 0;
  for (const double probability : learnt.first[f]) sum += probability;
  for (double& probability : learnt.first[f]) probability /= sum;
}

class Trainer {
 public:
  Trainer(const PackedParties& parties, const MatchModel& base, const TrainingOptions& options)
      : parties_(parties), base_(base), options_(options), counter_(parties, base, options) {}

  absl::StatusOr<v1::MatchModel> Train();

 private:
  void StartFromBase();
  void MeasureStrangers(const SortedPairs& random);
  void LearnMatches();
  void LearnPrior(const SortedPairs& candidates);
  // On fields that look-alikes do not share they are like any strangers.
  void FillLookAlikes();
  // The probability that a pair is a match, or look-alikes of each kind.
  struct Explanations {
    double match = 0;
    absl::InlinedVector<double, v1::LookAlike_ARRAYSIZE> look_alikes;
  };
  Explanations Explain(Pattern pattern) const;
  v1::MatchModel Result();

  const PackedParties& parties_;
  const MatchModel& base_;
  const TrainingOptions& options_;
  PairCounter counter_;
  std::vector<std::pair<v1::BlockingRule, SortedPairs>> blocks_;

  double prior_ = 0;
  LevelTable u_ = {};
  std::vector<MixtureClass> classes_;  // Matches, and the kinds of look-alikes.
  std::vector<MixtureClass> base_classes_;
  std::vector<std::array<bool, kFieldLimit>> shared_;  // Fields of each kind.
  std::vector<double> relative_frequencies_;
  std::array<bool, kFieldLimit> stated_ = {};  // By both records of some pair.
  v1::ModelProvenance provenance_;
};

void Trainer::StartFromBase() {
  prior_ = base_.proto().prior();
  MixtureClass matches;
  matches.first = {};
  matches.least = {};
  matches.learnt.fill(true);
  for (const Field field : kFields) {
    for (size_t level = 1; level < kLevelLimit; ++level) {
      if (!HasLevel(field, static_cast<Level>(level))) continue;
      const MatchModel::Parameters& parameters = base_.Of(field, static_cast<Level>(level));
      matches.first[Index(field)][level] = parameters.m;
      u_[Index(field)][level] = parameters.u;
    }
  }
  for (auto& levels : matches.most) levels.fill(1);
  for (const Field field : kFields) {
    for (const Level level : {Level::kPartial, Level::kDifferent}) {
      if (field == Field::kNameOrder || !HasLevel(field, level)) continue;
      matches.most[Index(field)][Index(level)] = MostOf(matches.first[Index(field)][Index(level)]);
    }
  }
  classes_.push_back(matches);
  for (const v1::LookAlikeParameters& kind : base_.proto().look_alikes()) {
    relative_frequencies_.push_back(kind.relative_frequency());
    MixtureClass look_alikes;
    look_alikes.first = u_;
    look_alikes.least = {};
    look_alikes.learnt.fill(false);
    std::array<bool, kFieldLimit> shared = {};
    for (auto& levels : look_alikes.most) levels.fill(1);
    for (const v1::LookAlikeField& field : kind.fields()) {
      const size_t f = static_cast<size_t>(field.field());
      shared[f] = true;
      // What families are like can be learnt; what namesakes are like is what they are.
      look_alikes.learnt[f] = kind.kind() == v1::LOOK_ALIKE_HOUSEHOLD;
      // Levels that are not listed are those of any strangers, here as in the model.
      for (const v1::LevelParameters& level : field.levels()) {
        const size_t l = static_cast<size_t>(level.level());
        look_alikes.first[f][l] = level.m();
        const bool phone = field.field() == v1::MATCH_FIELD_PHONE;
        look_alikes.least[f][l] = (phone ? kLeastPhoneLevel : kLeastLevel) * level.m();
        if (level.m() < matches.first[f][l]) look_alikes.most[f][l] = MostOf(level.m());
      }
    }
    classes_.push_back(look_alikes);
    shared_.push_back(shared);
  }
  base_classes_ = classes_;
}

// As the model will say it, without term frequencies.
Trainer::Explanations Trainer::Explain(Pattern pattern) const {
  Explanations odds = {.match = prior_, .look_alikes = {}};
  double all = 1 - prior_;
  for (size_t kind = 0; kind < shared_.size(); ++kind) {
    odds.look_alikes.push_back(prior_ * relative_frequencies_[kind]);
  }
  for (const Field field : kFields) {
    const size_t level = Index(LevelIn(pattern, field));
    if (level == 0) continue;
    odds.match *= classes_[0].first[Index(field)][level];
    all *= u_[Index(field)][level];
    const bool name = field == Field::kGivenName || field == Field::kFamilyName;
    for (size_t kind = 0; kind < shared_.size(); ++kind) {
      const bool own =
          name && HaveOwnNames(base_.look_alikes()[kind].kind, LevelIn(pattern, Field::kNameOrder));
      odds.look_alikes[kind] *=
          own ? u_[Index(field)][level] : classes_[kind + 1].first[Index(field)][level];
    }
  }
  all += odds.match;
  for (const double look_alike : odds.look_alikes) all += look_alike;
  if (!(all > 0)) return {};
  odds.match /= all;
  for (double& look_alike : odds.look_alikes) look_alike /= all;
  return odds;
}

// u: of random pairs, so far as they do not match.
void Trainer::MeasureStrangers(const SortedPairs& random) {
  LevelTable levels = {};
  std::array<double, kFieldLimit> fields = {};
  const auto add = [&](Pattern pattern, double count) {
    for (const Field field : kFields) {
      const size_t level = Index(LevelIn(pattern, field));
      if (level == 0) continue;
      levels[Index(field)][level] += count;
      fields[Index(field)] += count;
    }
  };
  for (const auto& [pattern, count] : random.open)
    add(pattern, count * (1 - Explain(pattern).match));
  for (const auto& [pattern, count] : random.never) add(pattern, count);
  for (const Field field : kFields) {
    const size_t f = Index(field);
    if (field == Field::kNameOrder || fields[f] < 1) continue;
    stated_[f] = true;
    double sum = 0;
    for (size_t level = 1; level < kLevelLimit; ++level) {
      if (!HasLevel(field, static_cast<Level>(level))) continue;
      // A Gamma prior of shape 1 around the base's: with no pair seen among n, about 1/n, and less
      // where the base has less.
      const double base = base_.Of(field, static_cast<Level>(level)).u;
      u_[f][level] = (levels[f][level] + 1) / (fields[f] + 1 / base);
      sum += u_[f][level];
    }
    for (double& u : u_[f]) u = std::max(u / sum, kLeastProbability);
  }
  FillLookAlikes();
}

void Trainer::FillLookAlikes() {
  for (size_t kind = 0; kind < shared_.size(); ++kind) {
    for (size_t field = 0; field < kFieldLimit; ++field) {
      if (!shared_[kind][field]) classes_[kind + 1].first[field] = u_[field];
    }
  }
}

void Trainer::LearnMatches() {
  // Without the kinds that cannot be told from matches that are wrong in one field: those would
  // take them.
  std::vector<size_t> seen = {0};
  for (size_t kind = 0; kind < shared_.size(); ++kind) {
    if (ShowsInRecords(base_.look_alikes()[kind].kind)) seen.push_back(kind + 1);
  }
  std::vector<ClassCounts> counts(classes_.size());
  for (const auto& [rule, pairs] : blocks_) {
    MixtureStart start = {.classes = {}, .u = u_, .used = {}};
    for (const size_t k : seen) start.classes.push_back(classes_[k]);
    start.used.fill(true);
    for (const Field field : BlockedFields(rule)) start.used[Index(field)] = false;
    if (!Tells(pairs.open, start.used)) continue;
    const Mixture mixture = MaximizeExpectation(pairs.open, start, kPriorMatches);
    provenance_.set_rounds(provenance_.rounds() + mixture.rounds);
    for (size_t i = 0; i < seen.size(); ++i) {
      if (mixture.classes[i].pairs < kLeastMatches) continue;
      counts[seen[i]].Add(mixture.classes[i], start.used);
    }
  }
  for (size_t k = 0; k < counts.size(); ++k) {
    for (const Field field : kFields) {
      if (classes_[k].learnt[Index(field)]) Learn(counts[k], field, base_classes_[k], classes_[k]);
    }
  }
}

void Trainer::LearnPrior(const SortedPairs& candidates) {
  double matches = 0;
  for (int round = 0; round < kPriorRounds; ++round) {
    matches = 0;
    std::vector<double> look_alikes(shared_.size(), 0);
    for (const auto& [pattern, count] : candidates.open) {
      const Explanations found = Explain(pattern);
      matches += count * found.match;
      for (size_t kind = 0; kind < found.look_alikes.size(); ++kind) {
        look_alikes[kind] += count * found.look_alikes[kind];
      }
    }
    // One match is the least that can be believed of any file.
    const double next =
        std::clamp(std::max(matches * counter_.candidate_scale(), 1.0) / counter_.PairsInAll(),
                   kLeastProbability, 0.5);
    const bool settled = std::abs(next / prior_ - 1) < 1e-6;
    prior_ = next;
    for (size_t kind = 0; kind < look_alikes.size(); ++kind) {
      const double base = base_.proto().look_alikes(static_cast<int>(kind)).relative_frequency();
      const bool shows = ShowsInRecords(base_.look_alikes()[kind].kind);
      const v1::LookAlike name = base_.look_alikes()[kind].kind;
      const bool namesakes =
          name == v1::LOOK_ALIKE_NAMESAKE || name == v1::LOOK_ALIKE_NAMESAKE_NEARBY;
      double least = base * (shows ? kLeastLookAlikes : kLeastHidden);
      // Whatever the records show, one name and nothing else that tells does not join.
      if (namesakes) least = std::max(least, kNamesakesLeast * (1 - base_.join_probability()));
      relative_frequencies_[kind] =
          std::clamp((look_alikes[kind] + kPriorMatches * base) / (matches + kPriorMatches), least,
                     std::max(least, shows ? base * kMostLookAlikes : base));
    }
    if (settled) break;
  }
  provenance_.set_expected_matches(matches * counter_.candidate_scale());
}

v1::MatchModel Trainer::Result() {
  v1::MatchModel model = base_.proto();
  model.set_version(options_.version);
  model.set_prior(prior_);
  model.clear_fields();
  for (const v1::FieldParameters& base : base_.proto().fields()) {
    v1::FieldParameters& field = *model.add_fields();
    field.set_field(base.field());
    const size_t f = static_cast<size_t>(base.field());
    if (!stated_[f] && base.field() != v1::MATCH_FIELD_NAME_ORDER) {
      field = base;
      provenance_.add_untrained_fields(base.field());
      continue;
    }
    for (const v1::LevelParameters& level : base.levels()) {
      v1::LevelParameters& learnt = *field.add_levels();
      learnt.set_level(level.level());
      learnt.set_m(classes_[0].first[f][static_cast<size_t>(level.level())]);
      learnt.set_u(u_[f][static_cast<size_t>(level.level())]);
    }
  }
  for (size_t kind = 0; kind < relative_frequencies_.size(); ++kind) {
    v1::LookAlikeParameters& learnt = *model.mutable_look_alikes(static_cast<int>(kind));
    learnt.set_relative_frequency(relative_frequencies_[kind]);
    for (v1::LookAlikeField& field : *learnt.mutable_fields()) {
      const auto& levels = classes_[kind + 1].first[static_cast<size_t>(field.field())];
      for (v1::LevelParameters& level : *field.mutable_levels()) {
        level.set_m(std::min(1.0, levels[static_cast<size_t>(level.level())]));
      }
    }
  }
  model.clear_term_frequencies();
  for (const TermKind& kind : kTermKinds) {
    const auto& u = u_[Index(kind.field)];
    double agreement = u[Index(Level::kExact)];
    if (kind.level == Level::kSameSpoken) agreement += u[Index(Level::kSameSpoken)];
    v1::TermFrequencies frequencies = CountTerms(parties_, kind, agreement);
    if (frequencies.values_size() > 0) *model.add_term_frequencies() = std::move(frequencies);
  }
  uint64_t stating_phone = 0;
  PartyView party;
  for (size_t i = 0; i < parties_.size(); ++i) {
    parties_.Read(i, party);
    if (!party.phones.empty()) ++stating_phone;
  }
  // As many as may share one before it is left out altogether, by half.
  const uint32_t cap = base_.BlockCap(v1::BLOCKING_RULE_PHONE);
  if (stating_phone > 0 && cap > 0) {
    model.set_shared_phone_frequency(
        std::min(1.0, static_cast<double>(cap) / 2 / static_cast<double>(stating_phone)));
  }
  provenance_.set_random_pairs(counter_.random_pairs());
  provenance_.set_blocked_pairs(counter_.blocked_pairs());
  provenance_.set_description(options_.description);
  provenance_.set_records(parties_.size());
  provenance_.set_seed(options_.seed);
  *model.mutable_provenance() = provenance_;
  return model;
}

absl::StatusOr<v1::MatchModel> Trainer::Train() {
  ASSIGN_OR_RETURN(const SortedPairs random, counter_.CountRandomPairs());
  constexpr int kRules = v1::BlockingRule_ARRAYSIZE;
  for (int rule = 1; rule < kRules; ++rule) {
    const double from = 0.3 + 0.4 * rule / kRules;
    ASSIGN_OR_RETURN(SortedPairs pairs, counter_.CountBlock(static_cast<v1::BlockingRule>(rule),
                                                            from, from + 0.4 / kRules));
    blocks_.emplace_back(static_cast<v1::BlockingRule>(rule), std::move(pairs));
  }
  ASSIGN_OR_RETURN(const SortedPairs candidates, counter_.CountCandidates());
  StartFromBase();
  for (int pass = 0; pass < kPasses; ++pass) {
    MeasureStrangers(random);
    LearnMatches();
    LearnPrior(candidates);
    if (options_.progress &&
        !options_.progress(0.85 + 0.1 * (pass + 1) / kPasses, "estimating parameters")) {
      return absl::CancelledError("the training was cancelled");
    }
  }
  v1::MatchModel model = Result();
  if (options_.progress) options_.progress(1, "done");
  return model;
}

}  // namespace

absl::StatusOr<v1::MatchModel> TrainMatchModel(const PackedParties& parties,
                                               const v1::MatchModel& base,
                                               const TrainingOptions& options) {
  if (parties.size() < 2 || options.first_set >= parties.size()) {
    return absl::FailedPreconditionError(
        "a match model is trained on pairs of records, and there are none");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const MatchModel> model, MatchModel::Make(base));
  return Trainer(parties, *model, options).Train();
}

}  // namespace yilan::core
