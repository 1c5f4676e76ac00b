#include "core/survivorship/survivorship_rules.h"

#include <openssl/sha.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/facts/times.h"

namespace yilan::core {
namespace {

using Criterion = v1::SurvivorshipCriterion;

// What each field's values mean decides; see SurvivorshipRules.rules in the contract for the
// reasons.
std::vector<Criterion> DefaultCriteria(const ProfileField& field) {
  switch (field.source->number()) {
    case v1::SourceRecord::kNameFieldNumber:
    case v1::SourceRecord::kGivenNameFieldNumber:
    case v1::SourceRecord::kFamilyNameFieldNumber:
    case v1::SourceRecord::kIdentificationsFieldNumber:
      return {v1::SURVIVORSHIP_CRITERION_NEVER_EMPTY,
              v1::SURVIVORSHIP_CRITERION_VERIFIED_BY_DOCUMENT,
              v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST, v1::SURVIVORSHIP_CRITERION_MOST_RECENT};
    case v1::SourceRecord::kPartyTypeFieldNumber:
    case v1::SourceRecord::kBirthDateFieldNumber:
    case v1::SourceRecord::kGenderFieldNumber:
      return {v1::SURVIVORSHIP_CRITERION_NEVER_EMPTY,
              v1::SURVIVORSHIP_CRITERION_VERIFIED_BY_DOCUMENT,
              v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST, v1::SURVIVORSHIP_CRITERION_MOST_FREQUENT,
              v1::SURVIVORSHIP_CRITERION_MOST_RECENT};
    case v1::SourceRecord::kCustomerSinceTimeFieldNumber:
      return {v1::SURVIVORSHIP_CRITERION_NEVER_EMPTY, v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST,
              v1::SURVIVORSHIP_CRITERION_EARLIEST};
    default:
      return {v1::SURVIVORSHIP_CRITERION_NEVER_EMPTY, v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST,
              v1::SURVIVORSHIP_CRITERION_MOST_RECENT};
  }
}

uint64_t FingerprintOf(const v1::SurvivorshipRules& rules) {
  std::string bytes;
  rules.SerializeToString(&bytes);  // Without maps, so equal messages give equal bytes.
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  uint64_t fingerprint = 0;
  for (size_t i = 0; i < sizeof(fingerprint); ++i) fingerprint = fingerprint << 8 | digest[i];
  return fingerprint;
}

void CheckSystems(const google::protobuf::RepeatedPtrField<std::string>& systems,
                  const std::string& path, Violations& violations) {
  for (int i = 0; i < systems.size(); ++i) {
    if (std::find(systems.begin(), systems.begin() + i, systems[i]) != systems.begin() + i) {
      violations.Add(absl::StrCat(path, "[", i, "]"),
                     "is a source system that stands before already; leave it out here");
    }
  }
}

// What is wrong with a criterion for a field; empty when nothing is.
std::string WrongFor(Criterion criterion, const ProfileField& field) {
  switch (criterion) {
    case v1::SURVIVORSHIP_CRITERION_UNSPECIFIED:
      return "is missing; state a criterion";
    case v1::SURVIVORSHIP_CRITERION_SOURCE_KEY_ORDER:
      return "is the end of every rule already; leave it out";
    case v1::SURVIVORSHIP_CRITERION_LONGEST:
      if (field.HasLength()) return "";
      return absl::StrCat("is not for ", field.name(), ", whose values have no length");
    case v1::SURVIVORSHIP_CRITERION_EARLIEST:
      if (field.HasOrder()) return "";
      return absl::StrCat("is not for ", field.name(), ", which is neither a date nor a time");
    default:
      return "";
  }
}

std::string FieldNames() {
  std::vector<std::string> names;
  for (const ProfileField& field : ProfileFields()) names.push_back(field.name());
  return absl::StrJoin(names, ", ");
}

// An opinion with what each criterion says of it.
struct Candidate {
  RankedOpinion ranked;
  absl::InlinedVector<int64_t, 6> scores;  // By criterion.
};

// By which criterion `a` beats `b`, or `b` beats `a`.
struct Comparison {
  bool better = false;
  Criterion decided_by = v1::SURVIVORSHIP_CRITERION_SOURCE_KEY_ORDER;
};

Comparison Compare(const std::vector<Criterion>& criteria, const Candidate& a, const Candidate& b) {
  const SourceOpinion& left = *a.ranked.opinion;
  const SourceOpinion& right = *b.ranked.opinion;
  for (size_t i = 0; i < criteria.size(); ++i) {
    if (criteria[i] == v1::SURVIVORSHIP_CRITERION_MOST_RECENT) {
      if (left.version != right.version) return {left.version > right.version, criteria[i]};
    } else if (a.scores[i] != b.scores[i]) {
      return {a.scores[i] > b.scores[i], criteria[i]};
    }
  }
  if (left.version != right.version) {
    return {left.version > right.version, v1::SURVIVORSHIP_CRITERION_MOST_RECENT};
  }
  const v1::FactSource& left_source = left.record->source();
  const v1::FactSource& right_source = right.record->source();
  return {std::tie(left_source.source_system(), left_source.key()) <
          std::tie(right_source.source_system(), right_source.key())};
}

int64_t PlaceOf(const std::vector<std::string>& systems, const std::string& system) {
  return std::find(systems.begin(), systems.end(), system) - systems.begin();
}

}  // namespace

TimeMicros VerifiedTimeOf(const v1::SourceRecord& record) {
  TimeMicros latest = kMinTime;
  for (const v1::PartyIdentification& document : record.identifications()) {
    if (document.has_verified_time()) latest = std::max(latest, MicrosOf(document.verified_time()));
  }
  return latest;
}

std::string NameOf(Criterion criterion) {
  return std::string(
      absl::StripPrefix(v1::SurvivorshipCriterion_Name(criterion), "SURVIVORSHIP_CRITERION_"));
}

SurvivorshipRules::SurvivorshipRules() {
  for (const ProfileField& field : ProfileFields()) {
    chains_.push_back({.criteria = DefaultCriteria(field), .source_systems = {}});
  }
}

SurvivorshipRules::SurvivorshipRules(const v1::SurvivorshipRules& rules) : SurvivorshipRules() {
  version_ = rules.version();
  fingerprint_ = FingerprintOf(rules);
  source_systems_.assign(rules.source_systems().begin(), rules.source_systems().end());
  for (const v1::SurvivorshipRule& rule : rules.rules()) {
    const ProfileField* const field = FindProfileField(rule.field());
    if (field == nullptr) continue;
    Chain& chain = chains_[field->index];
    chain.source_systems.assign(rule.source_systems().begin(), rule.source_systems().end());
    chain.criteria.clear();
    for (const int number : rule.criteria()) {
      const auto criterion = static_cast<Criterion>(number);
      if (v1::SurvivorshipCriterion_IsValid(number) && WrongFor(criterion, *field).empty()) {
        chain.criteria.push_back(criterion);
      }
    }
  }
}

void SurvivorshipRules::Check(const v1::SurvivorshipRules& rules, absl::string_view path,
                              Violations& violations) {
  CheckSystems(rules.source_systems(), absl::StrCat(path, ".source_systems"), violations);
  std::vector<std::string> seen;
  for (int i = 0; i < rules.rules_size(); ++i) {
    const v1::SurvivorshipRule& rule = rules.rules(i);
    const std::string at = absl::StrCat(path, ".rules[", i, "]");
    const ProfileField* const field = FindProfileField(rule.field());
    if (field == nullptr) {
      violations.Add(at + ".field", absl::StrCat("is no field of a profile that sources state; "
                                                 "those are ",
                                                 FieldNames()));
      continue;
    }
    if (std::find(seen.begin(), seen.end(), rule.field()) != seen.end()) {
      violations.Add(at + ".field", "has a rule before already; a field has one");
    }
    seen.push_back(rule.field());
    for (int j = 0; j < rule.criteria_size(); ++j) {
      std::string wrong = WrongFor(rule.criteria(j), *field);
      const auto here = rule.criteria().begin() + j;
      if (std::find(rule.criteria().begin(), here, rule.criteria(j)) != here) {
        wrong = "stands before already, where it has decided what it can";
      }
      if (!wrong.empty()) violations.Add(absl::StrCat(at, ".criteria[", j, "]"), std::move(wrong));
    }
    CheckSystems(rule.source_systems(), at + ".source_systems", violations);
  }
}

void SurvivorshipRules::Describe(v1::SurvivorshipRules& rules) const {
  rules.clear_rules();
  rules.mutable_source_systems()->Assign(source_systems_.begin(), source_systems_.end());
  for (const ProfileField& field : ProfileFields()) {
    const Chain& chain = chains_[field.index];
    v1::SurvivorshipRule& rule = *rules.add_rules();
    rule.set_field(field.name());
    for (const Criterion criterion : chain.criteria) rule.add_criteria(criterion);
    rule.mutable_source_systems()->Assign(chain.source_systems.begin(), chain.source_systems.end());
  }
}

int64_t SurvivorshipRules::ScoreOf(Criterion criterion, const ProfileField& field,
                                   const RankedOpinion& ranked) const {
  constexpr int64_t kWorst = std::numeric_limits<int64_t>::min();
  const v1::SourceRecord& record = *ranked.opinion->record;
  switch (criterion) {
    case v1::SURVIVORSHIP_CRITERION_NEVER_EMPTY:
    case v1::SURVIVORSHIP_CRITERION_MOST_FREQUENT:  // Until the others are counted, see Rank.
      return ranked.states ? 1 : 0;
    case v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST: {
      const std::vector<std::string>& own = chains_[field.index].source_systems;
      return -PlaceOf(own.empty() ? source_systems_ : own, record.source().source_system());
    }
    case v1::SURVIVORSHIP_CRITERION_VERIFIED_BY_DOCUMENT:
      return VerifiedTimeOf(record);
    case v1::SURVIVORSHIP_CRITERION_LONGEST:
      return ranked.states ? LengthOf(record, field) : kWorst;
    case v1::SURVIVORSHIP_CRITERION_EARLIEST:
      return ranked.states ? -OrderOf(record, field) : kWorst;
    default:
      return 0;  // MOST_RECENT compares versions.
  }
}

std::vector<RankedOpinion> SurvivorshipRules::Rank(const ProfileField& field,
                                                   absl::Span<const SourceOpinion> opinions) const {
  const std::vector<Criterion>& criteria = chains_[field.index].criteria;
  // The usual rule: who says nothing cannot win, and is not worth a place.
  const bool stated_first =
      !criteria.empty() && criteria.front() == v1::SURVIVORSHIP_CRITERION_NEVER_EMPTY;
  std::vector<Candidate> candidates;
  bool any_states = false;
  for (const SourceOpinion& opinion : opinions) {
    const bool states = States(*opinion.record, field);
    any_states |= states;
    if (stated_first && !states && !Sets(*opinion.record, field)) continue;
    candidates.push_back({.ranked = {.opinion = &opinion, .states = states}, .scores = {}});
  }
  if (!any_states) return {};
  if (candidates.size() == 1) return {candidates.front().ranked};

  for (Candidate& candidate : candidates) {
    for (const Criterion criterion : criteria) {
      candidate.scores.push_back(ScoreOf(criterion, field, candidate.ranked));
    }
  }
  const auto frequent = static_cast<size_t>(
      std::find(criteria.begin(), criteria.end(), v1::SURVIVORSHIP_CRITERION_MOST_FREQUENT) -
      criteria.begin());
  // Of two that state a value, none states the more frequent.
  const auto stated = std::count_if(candidates.begin(), candidates.end(),
                                    [](const Candidate& one) { return one.ranked.states; });
  if (frequent < criteria.size() && stated > 2) {
    absl::flat_hash_map<std::string, int64_t> counts;
    std::vector<std::string> values;
    for (const Candidate& candidate : candidates) {
      values.push_back(candidate.ranked.states
                           ? ComparableValue(*candidate.ranked.opinion->record, field)
                           : std::string());
      if (candidate.ranked.states) ++counts[values.back()];
    }
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].ranked.states) candidates[i].scores[frequent] = counts[values[i]];
    }
  }
  std::sort(candidates.begin(), candidates.end(),
            [&](const Candidate& a, const Candidate& b) { return Compare(criteria, a, b).better; });
  std::vector<RankedOpinion> ranking;
  ranking.reserve(candidates.size());
  for (Candidate& candidate : candidates) {
    if (!ranking.empty()) {
      candidate.ranked.lost_by = Compare(criteria, candidates.front(), candidate).decided_by;
    }
    ranking.push_back(candidate.ranked);
  }
  return ranking;
}

}  // namespace yilan::core
