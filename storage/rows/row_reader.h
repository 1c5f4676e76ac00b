// RowReader: every read of a store, on one state of its rows, with a transaction's own on top.
//
// Not thread-safe. Visits check the deadline of the call from time to time.
#ifndef YILAN_STORAGE_ROWS_ROW_READER_H_
#define YILAN_STORAGE_ROWS_ROW_READER_H_

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/functional/function_ref.h"
#include "storage/record_store.h"
#include "storage/rows/overlay.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::rows {

class RowReader final : public Reader {
 public:
  // Without a transaction when `overlay` is null. All must outlive the reader.
  RowReader(RowSource& source, const CallOptions& call, const Overlay* overlay = nullptr)
      : source_(source), call_(call), overlay_(overlay) {}

  absl::StatusOr<Record> Get(const RecordKey& key) override;
  absl::Status GetMany(absl::Span<const RecordKey> keys, RecordVisitor visit) override;
  absl::Status Scan(const Range& range, RecordVisitor visit) override;
  absl::Status ScanHistory(SubjectId subject, Kind kind, absl::string_view fact_id,
                           HistoryVisitor visit) override;
  absl::StatusOr<RecordKey> FindByKey(absl::string_view key) override;
  absl::StatusOr<std::vector<std::optional<RecordKey>>> FindByKeys(
      absl::Span<const std::string> keys) override;
  absl::StatusOr<std::vector<TermEntry>> FindByTerm(absl::string_view first,
                                                    absl::string_view limit, TermCursor& cursor,
                                                    size_t max) override;
  absl::StatusOr<std::vector<std::vector<RecordKey>>> FindByTerms(
      absl::Span<const std::string> terms, size_t max) override;
  absl::StatusOr<CustomerState> GetCustomer(const CustomerRef& ref) override;
  absl::StatusOr<std::vector<std::optional<CustomerState>>> GetCustomers(
      absl::Span<const CustomerRef> refs) override;
  absl::StatusOr<StoredRequest> FindRequest(const RequestKey& key) override;

  // One row. The bytes live until the next write of the transaction, or as long as the value.
  class RowValue {
   public:
    absl::string_view bytes() const { return own_ != nullptr ? *own_ : read_; }

   private:
    friend class RowReader;
    const std::string* own_ = nullptr;
    std::string read_;
  };
  // False when there is no such row.
  absl::StatusOr<bool> GetRow(Family family, const std::string& row, RowValue& value);
  // Calls `visit(i, bytes)` for each of `rows`, in order; null bytes when there is no such row.
  absl::Status GetRows(Family family, absl::Span<const std::string> rows,
                       absl::FunctionRef<absl::Status(size_t, const absl::string_view*)> visit);
  // Reads `rows` now, all at once, for those who ask for one of them later. For transactions only.
  absl::Status ReadAhead(Family family, absl::Span<const std::string> rows);
  // Whether a row, or that there is none, is known without asking the source.
  bool IsKnown(Family family, const std::string& row) const {
    return known_[static_cast<size_t>(family)].contains(row);
  }
  // The customer that holds a subject; NOT_FOUND.
  absl::StatusOr<CustomerId> HolderOf(SubjectId subject);

 private:
  // Rows of the snapshot by what is known of them: null when there is no such row.
  using Known = absl::node_hash_map<std::string, std::optional<std::string>>;

  void RememberAbsent(Family family, const std::string& row);
  // Runs `use` with an iterator over `family`. Iterators are costly to make, so the last one is
  // kept; a visitor that reads again gets another.
  absl::Status WithIterator(Family family, absl::FunctionRef<absl::Status(RowIterator&)> use);
  using VisitRow =
      absl::FunctionRef<absl::StatusOr<bool>(absl::string_view row, absl::string_view value)>;
  // Visits the rows from `first` on that begin with `prefix`, until `visit` returns false.
  absl::Status VisitRows(Family family, absl::string_view prefix, absl::string_view first,
                         VisitRow visit);
  // The same, with this iterator over `family`.
  absl::Status VisitRows(RowIterator& iterator, Family family, absl::string_view prefix,
                         absl::string_view first, VisitRow visit);
  // How many rows from `first` to below `limit` the transaction has deleted.
  size_t DeletedRows(Family family, absl::string_view first, absl::string_view limit) const;

  RowSource& source_;
  const CallOptions call_;
  const Overlay* const overlay_;
  std::array<std::unique_ptr<RowIterator>, kFamilies> idle_iterators_;
  // What was read ahead, and rows that were looked for and are not there. A transaction looks up
  // what it then puts: once is enough.
  std::array<Known, kFamilies> known_;
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_ROW_READER_H_
