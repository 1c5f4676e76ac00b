// The reading of one customer's records for a view.
#ifndef YILAN_STORAGE_ROCKSDB_LOAD_CUSTOMER_H_
#define YILAN_STORAGE_ROCKSDB_LOAD_CUSTOMER_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "storage/record_store.h"
#include "storage/rocksdb/database.h"

namespace yilan::storage::rocks {

// Visits the records of `subjects` (sorted) in order, of each kind at most as many as `limits`
// (sorted by kind) allows. One iterator serves all subjects, and what is beyond a limit is jumped
// over: a customer costs by what is visited, not by what there is.
absl::Status VisitRecords(Database& database, const Snapshot& snapshot, const CallOptions& call,
                          absl::Span<const SubjectId> subjects, absl::Span<const KindLimit> limits,
                          RecordVisitor visit);

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_LOAD_CUSTOMER_H_
