// What one transaction or import commits, for a backend to make durable in one atomic step.
#ifndef YILAN_STORAGE_ROWS_ROW_COMMIT_H_
#define YILAN_STORAGE_ROWS_ROW_COMMIT_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "storage/record.h"
#include "storage/rows/counters.h"
#include "storage/rows/overlay.h"

namespace yilan::storage::rows {

// Changes of one partition without their sequences, which the commit gives them: the value of a
// row of changes.
struct NewChanges {
  int partition = 0;
  uint64_t count = 0;
  std::string value;
};

struct RowCommit {
  Overlay overlay;  // All rows but those of the counters and of `changes`.
  // Rows that were taken for new without a look: where transactions do not look (Absence::kGuarded)
  // the commit must fail if one is there already, also if `overlay` deletes it again.
  std::array<absl::flat_hash_set<std::string>, kFamilies> unseen;
  bool request_replaced = false;         // The request in `overlay` was stored before.
  std::vector<CustomerState> customers;  // Those whose rows are among them, as they will be.
  std::vector<NewChanges> changes;
  Totals totals;                    // By how much the counts change.
  std::vector<FeedBounds> moved;    // Partitions that reach at least this far from now on …
  std::vector<FeedBounds> trimmed;  // … and those whose changes up to `trimmed` go.
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_ROW_COMMIT_H_
