// The golden record of a customer, computed from what its sources say.
#ifndef YILAN_CORE_VIEWS_PROFILE_H_
#define YILAN_CORE_VIEWS_PROFILE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/views/survivorship.h"
#include "yilan/v1/customer_view.pb.h"

namespace yilan::core {

// Fills `profile`, which is empty, from all source records of a customer: for each field the value
// that its survivorship rule chooses among the records that state it, and the provenance with
// winner, losers, rule and times. A field is stated when it is not empty (not UNSPECIFIED, at least
// one element). A field of CustomerProfile takes its values from the field of SourceRecord with the
// same name and type.
void ComputeProfile(absl::Span<const SourceOpinion> opinions, v1::CustomerProfile& profile);

// The record whose value of one field (by its name in CustomerProfile) wins; null when none states
// it. ComputeProfile for those who need few fields.
const v1::SourceRecord* WinnerOf(absl::string_view field, absl::Span<const SourceOpinion> opinions);

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_PROFILE_H_
