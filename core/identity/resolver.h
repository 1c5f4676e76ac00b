// Resolves subjects: decides whose customers they are, after what is said of them has changed.
//
// A write that changes what identity rests on (a source record, a reference) commits it together
// with the mark that its subject waits to be resolved; the same call then resolves it in a second
// transaction. So two matching records that arrive at the same moment find each other: whichever is
// resolved last sees both. If a server dies in between, the mark is left, and ResolvePending picks
// it up.
#ifndef YILAN_CORE_IDENTITY_RESOLVER_H_
#define YILAN_CORE_IDENTITY_RESOLVER_H_

#include <optional>
#include <set>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/identity/identity_edit.h"
#include "core/identity/match_models.h"
#include "storage/record_store.h"

namespace yilan::core {

// Thread-safe.
class Resolver {
 public:
  Resolver(storage::RecordStore& store, const Clock& clock, IdGenerator& ids, MatchModels& models)
      : store_(store), clock_(clock), ids_(ids), models_(models) {}

  // What else goes into the transaction that resolves: runs behind the changes of identity.
  struct Along {
    std::optional<storage::RequestKey> request;
    absl::FunctionRef<absl::Status(storage::Transaction&, const IdentityEdit&)> body;
  };

  // Resolves those of `subjects` that wait, and then those that came to wait because of it; as many
  // together in a transaction as is good. `along` goes with the first one. Returns those that refer
  // to a customer that they were not joined with. Errors: those of the store; what was not resolved
  // waits on.
  absl::StatusOr<std::set<storage::SubjectId>> Resolve(
      const Call& call, absl::Span<const storage::SubjectId> subjects);
  absl::StatusOr<std::set<storage::SubjectId>> Resolve(
      const Call& call, absl::Span<const storage::SubjectId> subjects, const Along& along);

  // Resolves all of `subjects`, whether they wait or not: by another model than before. Each is
  // one. Errors: those of the store; then some of them are as they were.
  absl::Status ResolveAnew(const Call& call, absl::Span<const storage::SubjectId> subjects);

  // Resolves up to `max` subjects that have waited since before `before`; returns how many there
  // were. Errors: those of the store.
  absl::StatusOr<size_t> ResolvePending(const Call& call, TimeMicros before, size_t max);

 private:
  // Those that wait, or all. Adds those that refer to others to `in_conflict`; returns those that
  // came to wait.
  absl::StatusOr<std::vector<storage::SubjectId>> ResolveTogether(
      const Call& call, absl::Span<const storage::SubjectId> subjects, const Along& along, bool all,
      std::set<storage::SubjectId>& in_conflict);

  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  MatchModels& models_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_RESOLVER_H_
