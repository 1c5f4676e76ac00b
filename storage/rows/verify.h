// Does everything in a store agree with everything else?
#ifndef YILAN_STORAGE_ROWS_VERIFY_H_
#define YILAN_STORAGE_ROWS_VERIFY_H_

#include "absl/status/status.h"
#include "storage/record_store.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::rows {

// Reads every row and checks it against those that must agree with it: keys and terms with records,
// members with subjects, the feed with its bounds, the counts with a count. DATA_LOSS tells the
// first contradiction.
absl::Status VerifyRows(RowSource& source, const CallOptions& call);

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_VERIFY_H_
