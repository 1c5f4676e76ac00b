// RecordStore::Export over the rows of a store: everything, in the order that Import accepts.
#ifndef YILAN_STORAGE_ROWS_EXPORT_H_
#define YILAN_STORAGE_ROWS_EXPORT_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "storage/record_store.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::rows {

absl::Status ExportRows(RowSource& source, const CallOptions& call,
                        absl::FunctionRef<absl::Status(const ExportEntry&)> visit);

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_EXPORT_H_
