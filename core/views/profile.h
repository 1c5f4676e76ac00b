// The golden record of a customer, computed from what its sources say.
#ifndef YILAN_CORE_VIEWS_PROFILE_H_
#define YILAN_CORE_VIEWS_PROFILE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/survivorship/survivorship_rules.h"
#include "yilan/v1/customer_view.pb.h"

namespace yilan::core {

// Fills `profile`, which is empty, from all source records of a customer: for each field the value
// that its survivorship rule chooses, and the provenance with winner, losers, rule and times.
void ComputeProfile(const SurvivorshipRules& rules, absl::Span<const SourceOpinion> opinions,
                    v1::CustomerProfile& profile);

// The record whose value of one field (by its name in CustomerProfile) wins; null when none states
// it. ComputeProfile for those who need few fields.
const v1::SourceRecord* WinnerOf(absl::string_view field, const SurvivorshipRules& rules,
                                 absl::Span<const SourceOpinion> opinions);

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_PROFILE_H_
