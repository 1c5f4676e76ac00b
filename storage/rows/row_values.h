// Values of the rows: the binary format of what RocksDB stores under the keys of row_keys.h.
//
// Format 1. Numbers are varints (signed ones zigzag), byte strings carry their length, ids are 16
// bytes; there are no field tags, so a change of any value is a new format version (database.h).
// A record keeps its keys and terms behind its payload: a scan for a view reads only what comes
// first.
//
// Decoding never trusts the bytes: what does not parse, or has anything left over, is DATA_LOSS.
// Views point into the bytes they were decoded from. Thread-safe: no state.
#ifndef YILAN_STORAGE_ROWS_ROW_VALUES_H_
#define YILAN_STORAGE_ROWS_ROW_VALUES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/record.h"

namespace yilan::storage::rows {

std::string CustomerValue(const CustomerState& state);
// `customer` comes from the key of the row.
absl::StatusOr<CustomerState> ParseCustomer(CustomerId customer, absl::string_view value);

std::string SubjectValue(CustomerId holder);
absl::StatusOr<CustomerId> ParseSubject(absl::string_view value);

// Writes `revision` in place of the record's own.
std::string RecordValue(const Record& record, Revision revision);
absl::StatusOr<Record> ParseRecord(absl::string_view row, absl::string_view value);
// Reads what a visitor is shown, and nothing behind it.
absl::StatusOr<RecordView> ParseRecordView(absl::string_view row, absl::string_view value);
// What a write must know of the record it replaces.
struct RecordIndex {
  Revision revision = 0;
  std::vector<std::string> keys;
  std::vector<Term> terms;
};
absl::StatusOr<RecordIndex> ParseRecordIndex(absl::string_view value);

std::string HistoryValue(const HistoryEntry& entry);
absl::StatusOr<HistoryEntry> ParseHistory(absl::string_view row, absl::string_view value);

std::string TermValue(const Term& term);
absl::StatusOr<Term> ParseTerm(std::string term, absl::string_view value);

// Changes that one commit made in one partition; they follow each other, so the row's key, the
// sequence of the last, tells all sequences. They share recorded time, actor and request id.
std::string ChangesValue(absl::Span<const Change> changes);
absl::StatusOr<std::vector<Change>> ParseChanges(absl::string_view row, absl::string_view value);

std::string RequestValue(const StoredRequest& request);
absl::StatusOr<StoredRequest> ParseRequest(absl::string_view value);

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_ROW_VALUES_H_
