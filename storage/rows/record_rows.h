// RecordRows: a record's row together with the rows of its keys and terms.
//
// What a record no longer has is given up in the same step, so the three never disagree. Shared by
// transactions and imports. Not thread-safe.
#ifndef YILAN_STORAGE_ROWS_RECORD_ROWS_H_
#define YILAN_STORAGE_ROWS_RECORD_ROWS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/record.h"
#include "storage/rows/overlay.h"
#include "storage/rows/row_reader.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rows {

class RecordRows {
 public:
  // `reader` reads through `overlay`. Both outlive this.
  RecordRows(RowReader& reader, Overlay& overlay) : reader_(reader), overlay_(overlay) {}

  // What the record of `row` has now; false when there is none.
  absl::StatusOr<bool> Find(const std::string& row, RecordIndex& index);
  // ALREADY_EXISTS when a key that the record gains is held by another.
  absl::Status CheckKeysFree(const Record& record, const RecordIndex& before);
  // Puts `record`, with sorted keys and terms, in the place of what was `before`.
  void Put(const Record& record, std::string row, Revision revision, const RecordIndex& before);
  void Delete(const RecordKey& key, std::string row, const RecordIndex& before);

 private:
  void ReplaceKeys(const RecordIndex& before, const std::vector<std::string>& keys,
                   const std::string& row);
  void ReplaceTerms(const RecordKey& record, const RecordIndex& before,
                    const std::vector<Term>& terms);

  RowReader& reader_;
  Overlay& overlay_;
};

// Whether a record that was `before` gains `key`.
bool GainsKey(const RecordIndex& before, const std::string& key);

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_RECORD_ROWS_H_
