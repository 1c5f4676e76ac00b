#include "storage/rows/export.h"

#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rows/counters.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rows {
namespace {

constexpr size_t kRowsPerDeadlineCheck = 256;
using EntryVisitor = absl::FunctionRef<absl::Status(const ExportEntry&)>;
using RowVisitor =
    absl::FunctionRef<absl::StatusOr<bool>(absl::string_view row, absl::string_view value)>;

// Visits the rows of a family from `first` on until `visit` returns false.
absl::Status VisitRows(RowSource& source, const CallOptions& call, Family family,
                       absl::string_view first, RowVisitor visit) {
  const std::unique_ptr<RowIterator> rows = source.NewIterator(family, Scope::kBulk);
  size_t visited = 0;
  for (rows->Seek(first); rows->Valid(); rows->Next()) {
    if (visited++ % kRowsPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call));
    ASSIGN_OR_RETURN(const bool more, visit(rows->row(), rows->value()));
    if (!more) return absl::OkStatus();
  }
  return rows->status();
}

}  // namespace

absl::Status ExportRows(RowSource& source, const CallOptions& call, EntryVisitor visit) {
  const auto visit_family = [&](Family family, absl::string_view first, RowVisitor visit_row) {
    return VisitRows(source, call, family, first, visit_row);
  };
  RETURN_IF_ERROR(
      visit_family(Family::kDirectory, {},
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     if (!row.empty() && row.front() != kCustomerPrefix) return false;
                     ASSIGN_OR_RETURN(const CustomerId customer, CustomerOfRow(row));
                     ASSIGN_OR_RETURN(CustomerState state, ParseCustomer(customer, value));
                     RETURN_IF_ERROR(visit(std::move(state)));
                     return true;
                   }));
  RETURN_IF_ERROR(
      visit_family(Family::kRecords, {},
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     ASSIGN_OR_RETURN(Record record, ParseRecord(row, value));
                     RETURN_IF_ERROR(visit(std::move(record)));
                     return true;
                   }));
  RETURN_IF_ERROR(
      visit_family(Family::kHistory, {},
                   [&](absl::string_view row, absl::string_view value) -> absl::StatusOr<bool> {
                     ASSIGN_OR_RETURN(HistoryEntry entry, ParseHistory(row, value));
                     RETURN_IF_ERROR(visit(std::move(entry)));
                     return true;
                   }));
  ASSIGN_OR_RETURN(const Counters counters, ReadCounters(source));
  for (const FeedBounds& bounds : counters.Feeds()) {
    const int partition = bounds.partition;
    RETURN_IF_ERROR(visit(bounds));
    RETURN_IF_ERROR(
        visit_family(Family::kChanges, ChangeRow(partition, bounds.trimmed + 1),
                     [&](absl::string_view row, absl::string_view bytes) -> absl::StatusOr<bool> {
                       ASSIGN_OR_RETURN(std::vector<Change> changes, ParseChanges(row, bytes));
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
                        if (!row.empty() && row.front() != kRequestPrefix) return false;
                        ASSIGN_OR_RETURN(RequestKey key, RequestKeyOfRow(row));
                        ASSIGN_OR_RETURN(StoredRequest request, ParseRequest(value));
                        RETURN_IF_ERROR(visit(std::make_pair(std::move(key), std::move(request))));
                        return true;
                      });
}

}  // namespace yilan::storage::rows
