// Which source system is believed, field by field.
//
// Several source records may state one field of a customer. A survivorship rule puts these
// opinions in order; the first one is the field's value in the profile, the others are kept as its
// losing values. Every field has one rule, chosen by RuleFor: the only place to change when rules
// become a matter of configuration.
//
//   std::vector<SourceOpinion> opinions = ...;  // Those that state the field.
//   const SurvivorshipRule& rule = RuleFor("name");
//   std::sort(opinions.begin(), opinions.end(), rule.better);
#ifndef YILAN_CORE_VIEWS_SURVIVORSHIP_H_
#define YILAN_CORE_VIEWS_SURVIVORSHIP_H_

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "storage/record.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

// One source record, and what the store knows of it. The record belongs to somebody else.
struct SourceOpinion {
  const v1::SourceRecord* record = nullptr;
  storage::Version version;
  TimeMicros recorded_time = 0;
};

struct SurvivorshipRule {
  absl::string_view name;  // As FieldProvenance.rule shows it.
  // Whether `a` is to be believed rather than `b`: a strict order in which no two records of
  // different sources or keys are equal, so that every server shows the same profile.
  bool (*better)(const SourceOpinion& a, const SourceOpinion& b) = nullptr;
};

// The rule of a field of CustomerProfile. Today LAST_UPDATED for all of them: the latest
// event_time; then the higher version; then the source system and key that come first in
// alphabetical order.
const SurvivorshipRule& RuleFor(absl::string_view field);

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_SURVIVORSHIP_H_
