// RocksDbStore::Export: everything, on one snapshot, in the order that Import accepts.
#include <utility>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/rocksdb/row_keys.h"
#include "storage/rocksdb/row_values.h"

namespace yilan::storage {
namespace {

using rocks::Database;
using rocks::Family;
using rocks::Snapshot;
using rocks::ToView;

constexpr size_t kRowsPerDeadlineCheck = 256;
using EntryVisitor = absl::FunctionRef<absl::Status(const ExportEntry&)>;
using RowVisitor =
    absl::FunctionRef<absl::StatusOr<bool>(absl::string_view row, absl::string_view value)>;

// Visits the rows of a family from `first` on until `visit` returns false.
absl::Status VisitRows(const Database& database, const Snapshot& snapshot, const CallOptions& call,
                       Family family, absl::string_view first, RowVisitor visit) {
  const std::unique_ptr<rocksdb::Iterator> rows = database.NewBulkIterator(snapshot.get(), family);
  size_t visited = 0;
  for (rows->Seek(rocks::ToSlice(first)); rows->Valid(); rows->Next()) {
    if (visited++ % kRowsPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call));
    ASSIGN_OR_RETURN(const bool more, visit(ToView(rows->key()), ToView(rows->value())));
    if (!more) return absl::OkStatus();
  }
  if (!rows->status().ok()) return rocks::ReadError(rows->status(), "exporting");
  return absl::OkStatus();
}

}  // namespace

absl::Status RocksDbStore::Export(const CallOptions& call, EntryVisitor visit) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const rocks::LiveDatabase::Use use, live_->Enter(call.deadline));
  const Snapshot snapshot(use.database());
  const auto visit_family = [&](Family family, absl::string_view first, RowVisitor visit_row) {
    return VisitRows(use.database(), snapshot, call, family, first, visit_row);
  };
  RETURN_IF_ERROR(
      visit_family(Family::kDirectory, {},
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     if (!row.empty() && row.front() != rocks::kCustomerPrefix) return false;
                     ASSIGN_OR_RETURN(const CustomerId customer, rocks::CustomerOfRow(row));
                     ASSIGN_OR_RETURN(CustomerState state, rocks::ParseCustomer(customer, value));
                     RETURN_IF_ERROR(visit(std::move(state)));
                     return true;
                   }));
  RETURN_IF_ERROR(
      visit_family(Family::kRecords, {},
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     ASSIGN_OR_RETURN(Record record, rocks::ParseRecord(row, value));
                     RETURN_IF_ERROR(visit(std::move(record)));
                     return true;
                   }));
  RETURN_IF_ERROR(
      visit_family(Family::kHistory, {},
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     ASSIGN_OR_RETURN(HistoryEntry entry, rocks::ParseHistory(row, value));
                     RETURN_IF_ERROR(visit(std::move(entry)));
                     return true;
                   }));
  for (int partition = 0; partition < kFeedPartitions; ++partition) {
    rocksdb::PinnableSlice value;
    ASSIGN_OR_RETURN(const bool found, use.database().Get(snapshot.get(), Family::kMeta,
                                                          rocks::BoundsRow(partition), value));
    if (!found) continue;
    ASSIGN_OR_RETURN(const FeedBounds bounds, rocks::ParseBounds(partition, ToView(value)));
    RETURN_IF_ERROR(visit(bounds));
    RETURN_IF_ERROR(visit_family(
        Family::kChanges, rocks::ChangeRow(partition, bounds.trimmed + 1),
        [&](absl::string_view row, absl::string_view bytes) -> absl::StatusOr<bool> {
          ASSIGN_OR_RETURN(std::vector<Change> changes, rocks::ParseChanges(row, bytes));
          if (changes.front().partition != partition) return false;
          for (Change& change : changes) {
            if (change.sequence <= bounds.trimmed) continue;
            RETURN_IF_ERROR(visit(std::move(change)));
          }
          return true;
        }));
  }
  return visit_family(Family::kRequests, {},
                      [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                        if (!row.empty() && row.front() != rocks::kRequestPrefix) return false;
                        ASSIGN_OR_RETURN(RequestKey key, rocks::RequestKeyOfRow(row));
                        ASSIGN_OR_RETURN(StoredRequest request, rocks::ParseRequest(value));
                        RETURN_IF_ERROR(visit(std::make_pair(std::move(key), std::move(request))));
                        return true;
                      });
}

}  // namespace yilan::storage
