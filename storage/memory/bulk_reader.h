// StateBulkReader: a state, read in pieces.
//
// The state must not change while it is in use. Not thread-safe.
#ifndef YILAN_STORAGE_MEMORY_BULK_READER_H_
#define YILAN_STORAGE_MEMORY_BULK_READER_H_

#include <vector>

#include "storage/memory/state.h"
#include "storage/record_store.h"

namespace yilan::storage::memory {

class StateBulkReader final : public BulkReader {
 public:
  // Both outlive the reader.
  StateBulkReader(const State& state, const CallOptions& call) : state_(state), call_(call) {}

  absl::StatusOr<std::vector<CustomerState>> ListCustomers(CustomerId after, size_t max) override;
  absl::StatusOr<std::vector<CustomerState>> GetCustomers(
      absl::Span<const CustomerId> customers) override;
  absl::Status VisitSubjects(absl::Span<const SubjectId> subjects, ExportVisitor visit) override;
  absl::StatusOr<std::vector<FeedBounds>> GetFeeds() override;
  absl::StatusOr<ChangePage> Changes(int partition, uint64_t after, size_t max) override;
  absl::Status VisitRequests(const RequestKey& after, size_t max, ExportVisitor visit) override;

 private:
  const State& state_;
  const CallOptions& call_;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_BULK_READER_H_
