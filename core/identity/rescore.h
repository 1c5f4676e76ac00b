// What a source record says of whom it is about: compared with those that it may be the same as.
#ifndef YILAN_CORE_IDENTITY_RESCORE_H_
#define YILAN_CORE_IDENTITY_RESCORE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/identity/identity_edit.h"
#include "core/matching/match_model.h"

namespace yilan::core {

// Compares the source record of each of `subjects`, which are sorted, with all that share a block
// with it and with those that refer to it or that it refers to, and sets the scores of its edges;
// what it no longer agrees with loses its score. So does what shared only a block that has come to
// be over its cap (crossed_blocks.h). The subjects no longer wait. Without a source record they
// have no scores. Returns those from which customers are to be decided anew. Errors: StaleModel(),
// those of the store.
absl::StatusOr<std::vector<storage::SubjectId>> Rescore(
    IdentityEdit& edit, absl::Span<const storage::SubjectId> subjects, const MatchModel& model);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_RESCORE_H_
