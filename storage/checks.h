// The checks of arguments that every backend makes alike: limits, empty and doubled names, nil ids.
//
// Each returns OK, INVALID_ARGUMENT or RESOURCE_EXHAUSTED with a message that says what was wrong,
// without content. All are thread-safe. A backend calls them before anything else it does:
//
//   absl::Status MyTransaction::Put(Record record, Precondition precondition) {
//     RETURN_IF_ERROR(NormalizeRecord(record));
//     ...
#ifndef YILAN_STORAGE_CHECKS_H_
#define YILAN_STORAGE_CHECKS_H_

#include <vector>

#include "absl/status/status.h"
#include "storage/record.h"
#include "storage/record_store.h"

namespace yilan::storage {

// DEADLINE_EXCEEDED when the deadline has passed. Reads the clock only if there is a deadline.
absl::Status CheckDeadline(const CallOptions& call);

absl::Status CheckWriteOptions(const WriteOptions& options);
absl::Status CheckPlan(const WritePlan& plan);
absl::Status CheckLoadOptions(const LoadOptions& options);
absl::Status CheckPartition(int partition);

absl::Status CheckRecordKey(const RecordKey& key);
// Checks a record, and sorts its keys and terms.
absl::Status NormalizeRecord(Record& record);
absl::Status CheckHistory(const HistoryEntry& entry);
// Checks the arguments of SetMembers, and sorts the members.
absl::Status NormalizeMembers(CustomerId customer, std::vector<SubjectId>& members);
absl::Status CheckRedirect(CustomerId customer, CustomerId target);
absl::Status CheckRequest(const RequestKey& key, const StoredRequest& request);
absl::Status CheckChange(const Change& change);
absl::Status CheckFeedBounds(const FeedBounds& bounds);
// Checks an entry for Import, and sorts what a store keeps sorted.
absl::Status NormalizeEntry(ExportEntry& entry);

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_CHECKS_H_
