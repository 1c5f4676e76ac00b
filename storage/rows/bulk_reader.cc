#include "storage/rows/bulk_reader.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rows/counters.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rows {
namespace {

constexpr size_t kRowsPerDeadlineCheck = 256;
// Named to the source at once.
constexpr size_t kCustomersAtOnce = 256;

}  // namespace

absl::StatusOr<std::vector<CustomerState>> RowBulkReader::ListCustomers(CustomerId after,
                                                                        size_t max) {
  std::vector<CustomerState> customers;
  if (max == 0) return customers;
  const std::unique_ptr<RowIterator> rows = source_.NewIterator(Family::kDirectory, Scope::kFamily);
  // Nothing sorts between a row and the same with a NUL behind it, but not every source takes that.
  for (rows->Seek(CustomerRow(after)); rows->Valid() && customers.size() < max; rows->Next()) {
    if (rows->row().front() != kCustomerPrefix) break;
    if (customers.size() % kRowsPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call_));
    ASSIGN_OR_RETURN(const CustomerId customer, CustomerOfRow(rows->row()));
    if (customer == after) continue;
    ASSIGN_OR_RETURN(CustomerState state, ParseCustomer(customer, rows->value()));
    customers.push_back(std::move(state));
  }
  RETURN_IF_ERROR(rows->status());
  return customers;
}

absl::StatusOr<std::vector<CustomerState>> RowBulkReader::GetCustomers(
    absl::Span<const CustomerId> customers) {
  std::vector<CustomerState> found;
  for (size_t at = 0; at < customers.size(); at += kCustomersAtOnce) {
    RETURN_IF_ERROR(CheckDeadline(call_));
    const absl::Span<const CustomerId> some = customers.subspan(at, kCustomersAtOnce);
    std::vector<std::string> rows;
    for (const CustomerId customer : some) rows.push_back(CustomerRow(customer));
    RETURN_IF_ERROR(source_.GetMany(
        Family::kDirectory, rows, [&](size_t i, const absl::string_view* value) -> absl::Status {
          if (value == nullptr) return absl::OkStatus();
          ASSIGN_OR_RETURN(CustomerState state, ParseCustomer(some[i], *value));
          found.push_back(std::move(state));
          return absl::OkStatus();
        }));
  }
  return found;
}

absl::Status RowBulkReader::VisitSubjects(absl::Span<const SubjectId> subjects,
                                          ExportVisitor visit) {
  std::vector<std::string> owners;
  for (const SubjectId subject : subjects) {
    std::string owner = RecordKindRow(subject, 0);
    owner.resize(kSubjectBytes);
    owners.push_back(std::move(owner));
  }
  size_t visited = 0;
  const auto check = [&] {
    return visited++ % kRowsPerDeadlineCheck == 0 ? CheckDeadline(call_) : absl::OkStatus();
  };
  RETURN_IF_ERROR(
      source_.VisitSubjects(Family::kRecords, owners,
                            [&](absl::string_view row, absl::string_view value) -> absl::Status {
                              RETURN_IF_ERROR(check());
                              ASSIGN_OR_RETURN(Record record, ParseRecord(row, value));
                              return visit(std::move(record));
                            }));
  return source_.VisitSubjects(Family::kHistory, owners,
                               [&](absl::string_view row, absl::string_view value) -> absl::Status {
                                 RETURN_IF_ERROR(check());
                                 ASSIGN_OR_RETURN(HistoryEntry entry, ParseHistory(row, value));
                                 return visit(std::move(entry));
                               });
}

absl::StatusOr<std::vector<FeedBounds>> RowBulkReader::GetFeeds() {
  ASSIGN_OR_RETURN(const Counters counters, ReadCounters(source_));
  return counters.Feeds();
}

absl::StatusOr<ChangePage> RowBulkReader::Changes(int partition, uint64_t after, size_t max) {
  RETURN_IF_ERROR(CheckPartition(partition));
  RETURN_IF_ERROR(CheckDeadline(call_));
  FeedBounds bounds{.partition = partition};
  std::string value;
  ASSIGN_OR_RETURN(const bool found, source_.Get(Family::kMeta, BoundsRow(partition), value));
  if (found) {
    ASSIGN_OR_RETURN(bounds, ParseBounds(partition, value));
  }
  if (after < bounds.trimmed) {
    return absl::OutOfRangeError(absl::StrCat("feed partition ", partition, " was trimmed to ",
                                              bounds.trimmed, "; position ", after, " is gone"));
  }
  if (after > bounds.end) {
    return absl::OutOfRangeError(absl::StrCat("feed partition ", partition, " ends at ", bounds.end,
                                              "; position ", after, " is beyond"));
  }
  ChangePage page{.end = bounds.end};
  if (max == 0 || after == bounds.end) return page;
  const std::unique_ptr<RowIterator> rows = source_.NewIterator(Family::kChanges, Scope::kFamily);
  // The row of `after + 1` is the first that ends there or behind.
  for (rows->Seek(ChangeRow(partition, after + 1)); rows->Valid() && page.changes.size() < max;
       rows->Next()) {
    RETURN_IF_ERROR(CheckDeadline(call_));
    ASSIGN_OR_RETURN(std::vector<Change> changes, ParseChanges(rows->row(), rows->value()));
    if (changes.front().partition != partition) break;
    for (Change& change : changes) {
      if (change.sequence <= after) continue;
      if (page.changes.size() == max) break;
      page.changes.push_back(std::move(change));
    }
  }
  RETURN_IF_ERROR(rows->status());
  return page;
}

absl::Status RowBulkReader::VisitRequests(const RequestKey& after, size_t max,
                                          ExportVisitor visit) {
  if (max == 0) return absl::OkStatus();
  const std::string first = RequestRow(after);
  const std::unique_ptr<RowIterator> rows = source_.NewIterator(Family::kRequests, Scope::kFamily);
  size_t visited = 0;
  for (rows->Seek(first); rows->Valid() && visited < max; rows->Next()) {
    if (rows->row().front() != kRequestPrefix) break;
    if (rows->row() == first) continue;
    if (visited++ % kRowsPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call_));
    ASSIGN_OR_RETURN(RequestKey key, RequestKeyOfRow(rows->row()));
    ASSIGN_OR_RETURN(StoredRequest request, ParseRequest(rows->value()));
    RETURN_IF_ERROR(visit(std::make_pair(std::move(key), std::move(request))));
  }
  return rows->status();
}

}  // namespace yilan::storage::rows
