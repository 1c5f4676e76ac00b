// Which source record is believed, field by field.
//
// Several source records may state one field of a customer. The field's rule puts them in order:
// the first one's value is the field's value in the profile, the others are its losing values. What
// the criteria mean is said in yilan/v1/survivorship.proto. The order is total and depends on
// nothing but the records and the rules, so every server shows the same profile.
//
//   const SurvivorshipRules rules;  // Those that Yilan comes with.
//   for (const RankedOpinion& ranked : rules.Rank(*FindProfileField("name"), opinions)) …
#ifndef YILAN_CORE_SURVIVORSHIP_SURVIVORSHIP_RULES_H_
#define YILAN_CORE_SURVIVORSHIP_SURVIVORSHIP_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "core/errors.h"
#include "core/survivorship/profile_fields.h"
#include "storage/record.h"
#include "yilan/v1/source_record.pb.h"
#include "yilan/v1/survivorship.pb.h"

namespace yilan::core {

// One source record, and what the store knows of it. The record belongs to somebody else.
struct SourceOpinion {
  const v1::SourceRecord* record = nullptr;
  storage::Version version;
  TimeMicros recorded_time = 0;
};

// A source record in its place among those of the customer.
struct RankedOpinion {
  const SourceOpinion* opinion = nullptr;
  bool states = false;  // It says something about the field; otherwise it hides those behind it.
  // By which criterion it lost against the first; UNSPECIFIED for the first.
  v1::SurvivorshipCriterion lost_by = v1::SURVIVORSHIP_CRITERION_UNSPECIFIED;
};

// When a source record was last compared with an identity document; kMinTime if never.
TimeMicros VerifiedTimeOf(const v1::SourceRecord& record);
// The name of a criterion without the prefix of the enum: "MOST_RECENT".
std::string NameOf(v1::SurvivorshipCriterion criterion);

// Immutable, so thread-safe.
class SurvivorshipRules {
 public:
  // The rules that Yilan comes with: version 0.
  SurvivorshipRules();
  // The rules of a message, whose fields without a rule have that of SurvivorshipRules(). What it
  // does not know (a newer server wrote it) it passes over.
  explicit SurvivorshipRules(const v1::SurvivorshipRules& rules);

  // Adds what is wrong with rules that somebody wants to set; single fields were checked before.
  static void Check(const v1::SurvivorshipRules& rules, absl::string_view path,
                    Violations& violations);

  int64_t version() const { return version_; }
  // The same for the same rules and version, and different for others; 0 for SurvivorshipRules().
  uint64_t fingerprint() const { return fingerprint_; }
  // Fills `rules` and `source_systems`, the rules of all fields.
  void Describe(v1::SurvivorshipRules& rules) const;

  // The opinions on a field, the best first. Empty when none of them states it. `opinions` outlive
  // the result.
  std::vector<RankedOpinion> Rank(const ProfileField& field,
                                  absl::Span<const SourceOpinion> opinions) const;

 private:
  // The rule of one field.
  struct Chain {
    std::vector<v1::SurvivorshipCriterion> criteria;
    std::vector<std::string> source_systems;  // Its own; those of all rules when empty.
  };
  // What one criterion says of one opinion: the greater, the better.
  int64_t ScoreOf(v1::SurvivorshipCriterion criterion, const ProfileField& field,
                  const RankedOpinion& ranked) const;

  int64_t version_ = 0;
  uint64_t fingerprint_ = 0;
  std::vector<std::string> source_systems_;
  std::vector<Chain> chains_;  // By ProfileField::index.
};

}  // namespace yilan::core

#endif  // YILAN_CORE_SURVIVORSHIP_SURVIVORSHIP_RULES_H_
