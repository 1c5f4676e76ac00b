// Keys of the rows, one topic per column family. RocksDB compares them bytewise, and every
// comparison that record_store.h promises must come out the same on these bytes.
//
//   directory  'c' customer                            -> customer row
//              's' subject                             -> customer that holds it
//   records    subject kind record_id                  -> record
//   history    subject kind fact_id+ version revision  -> history entry
//   keys       key                                     -> record key
//   terms      term+ subject kind record_id            -> validity period
//   changes    partition sequence                      -> the changes of a commit up to sequence
//   requests   'k' client+ request_id                  -> request
//              't' recorded_time client+ request_id    -> nothing: the requests by age
//   meta       named rows (counters.h)
//
// Ids are 16 bytes, numbers big-endian with the sign bit turned over. A string marked + is followed
// by something else: it is escaped and terminated (00 -> 00 FF, end = 00 01), so that "a" sorts
// before "a\0", and both before "aa", whatever follows.
//
// Decoding never trusts the bytes: what does not parse is DATA_LOSS. Thread-safe: no state.
#ifndef YILAN_STORAGE_ROWS_ROW_KEYS_H_
#define YILAN_STORAGE_ROWS_ROW_KEYS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace yilan::storage::rows {

// "stored bytes of a NAME do not read back": the error of everything malformed.
absl::Status Malformed(absl::string_view what);

inline constexpr char kCustomerPrefix = 'c';
inline constexpr char kSubjectPrefix = 's';
inline constexpr char kRequestPrefix = 'k';
inline constexpr char kRequestTimePrefix = 't';
// Rows of one subject share this many first bytes in records and history.
inline constexpr size_t kSubjectBytes = SubjectId::kBytes;

std::string CustomerRow(CustomerId customer);
std::string SubjectRow(SubjectId subject);
absl::StatusOr<CustomerId> CustomerOfRow(absl::string_view row);
absl::StatusOr<SubjectId> SubjectOfRow(absl::string_view row);

// The bytes of a record key: a row of records, and the value of a row of keys.
std::string RecordRow(const RecordKey& key);
std::string RecordRow(SubjectId subject, Kind kind, absl::string_view record_id);
// The first possible row of a kind of a subject.
std::string RecordKindRow(SubjectId subject, Kind kind);
absl::StatusOr<RecordKey> RecordKeyOfRow(absl::string_view row);
// The same without a copy of the id: it points into `row`.
struct RecordRowParts {
  SubjectId subject;
  Kind kind = 0;
  absl::string_view record_id;
};
absl::StatusOr<RecordRowParts> PartsOfRecordRow(absl::string_view row);

std::string HistoryRow(const HistoryEntry& entry);
// The first bytes of the rows of one fact, or of a kind when `fact_id` is empty.
std::string HistoryPrefix(SubjectId subject, Kind kind, absl::string_view fact_id);
// Fills the fields that the key holds.
absl::Status ParseHistoryRow(absl::string_view row, HistoryEntry& entry);

std::string TermRow(absl::string_view term, const RecordKey& record);
// Where terms of at least `term` begin.
std::string TermLowerBound(absl::string_view term);
absl::Status ParseTermRow(absl::string_view row, std::string& term, RecordKey& record);

std::string ChangeRow(int partition, uint64_t sequence);
absl::Status ParseChangeRow(absl::string_view row, int& partition, uint64_t& sequence);

std::string RequestRow(const RequestKey& key);
absl::StatusOr<RequestKey> RequestKeyOfRow(absl::string_view row);
std::string RequestTimeRow(TimeMicros recorded_time, const RequestKey& key);
// The first row of what was recorded at `recorded_time` or later.
std::string RequestTimeBound(TimeMicros recorded_time);
// The request whose age the row tells.
absl::StatusOr<RequestKey> RequestKeyOfTimeRow(absl::string_view row);

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_ROW_KEYS_H_
