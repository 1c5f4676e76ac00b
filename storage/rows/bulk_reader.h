// RowBulkReader: one state of a store's rows, read in pieces.
//
// Not thread-safe.
#ifndef YILAN_STORAGE_ROWS_BULK_READER_H_
#define YILAN_STORAGE_ROWS_BULK_READER_H_

#include <vector>

#include "storage/record_store.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::rows {

class RowBulkReader final : public BulkReader {
 public:
  // Both outlive the reader.
  RowBulkReader(RowSource& source, const CallOptions& call) : source_(source), call_(call) {}

  absl::StatusOr<std::vector<CustomerState>> ListCustomers(CustomerId after, size_t max) override;
  absl::StatusOr<std::vector<CustomerState>> GetCustomers(
      absl::Span<const CustomerId> customers) override;
  absl::Status VisitSubjects(absl::Span<const SubjectId> subjects, ExportVisitor visit) override;
  absl::StatusOr<std::vector<FeedBounds>> GetFeeds() override;
  absl::StatusOr<ChangePage> Changes(int partition, uint64_t after, size_t max) override;
  absl::Status VisitRequests(const RequestKey& after, size_t max, ExportVisitor visit) override;

 private:
  RowSource& source_;
  const CallOptions& call_;
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_BULK_READER_H_
