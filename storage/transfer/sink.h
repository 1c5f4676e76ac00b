// Sink: where a copy goes, a store or a backup file.
//
// What was added up to a Commit is there after a crash, together with the state that the Commit was
// given; what came after it may be there or not. Not thread-safe.
#ifndef YILAN_STORAGE_TRANSFER_SINK_H_
#define YILAN_STORAGE_TRANSFER_SINK_H_

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/record_store.h"
#include "storage/transfer/copy_state.h"

namespace yilan::storage::transfer {

// Visits up to `max` requests of the source behind a key, in order, as BulkReader::VisitRequests.
using RequestPages =
    absl::FunctionRef<absl::Status(const RequestKey& after, size_t max, ExportVisitor visit)>;

class Sink {
 public:
  virtual ~Sink() = default;

  // The state of the last Commit, when there is an unfinished copy of `source`; nothing when there
  // is nothing at all. FAILED_PRECONDITION when there is something else.
  virtual absl::StatusOr<std::optional<CopyState>> Begin(absl::string_view source) = 0;
  // Adds an entry. A later one with the same identity replaces it.
  virtual absl::Status Add(ExportEntry entry) = 0;
  virtual absl::Status Commit(const CopyState& state) = 0;
  // Begins again, because the source has forgotten changes that were not read. The sink forgets
  // what it has, or sets state.compare.
  virtual absl::Status Restart(CopyState& state) = 0;
  // What the sink has of records of `subjects`; asked for only when it has set state.compare.
  virtual absl::StatusOr<std::vector<RecordKey>> RecordsOf(
      absl::Span<const SubjectId> subjects) = 0;

  // Whether to bring requests before the end too, so that there are few left then.
  virtual bool TakesRequestsEarly() const = 0;
  // Makes the requests those of the source.
  virtual absl::Status SetRequests(RequestPages pages) = 0;
  // Everything was added: makes it durable, and complete.
  virtual absl::Status Finish(const CopyState& state) = 0;
};

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_SINK_H_
