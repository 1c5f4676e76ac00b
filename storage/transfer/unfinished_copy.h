// The mark on a store that is the unfinished target of a copy or a restore.
//
// It is a request under a name that no client can have, written and removed together with what it
// speaks of, so that it needs nothing of a backend. It holds how far the copy has come. Half a copy
// must not be served: CompleteStore sees to that.
#ifndef YILAN_STORAGE_TRANSFER_UNFINISHED_COPY_H_
#define YILAN_STORAGE_TRANSFER_UNFINISHED_COPY_H_

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/record_store.h"
#include "storage/transfer/copy_state.h"

namespace yilan::storage::transfer {

const RequestKey& MarkKey();
ExportEntry MarkOf(const CopyState& state);
// What the mark on the store says; nothing when it is not marked.
absl::StatusOr<std::optional<CopyState>> FindMark(RecordStore& store, const CallOptions& call);
// FAILED_PRECONDITION that says what the store is and how to finish it, when it is marked.
absl::Status CheckComplete(RecordStore& store, const CallOptions& call);

// Passes everything on to another store while that is not marked; else UNAVAILABLE. It looks for
// the mark in CheckReady only, and remembers what it saw. Thread-safe.
class CompleteStore final : public RecordStore {
 public:
  explicit CompleteStore(std::unique_ptr<RecordStore> store) : store_(std::move(store)) {}

  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override;
  absl::Status Read(const CallOptions& call,
                    absl::FunctionRef<absl::Status(Reader&)> body) override;
  absl::Status Write(const WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                     absl::FunctionRef<absl::Status(Transaction&)> body) override;
  absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                     size_t max) override;
  absl::Status TrimChanges(const CallOptions& call, int partition, uint64_t through) override;
  absl::Status TrimRequests(const CallOptions& call, TimeMicros before) override;
  absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                           CustomerId after, size_t max) override;
  absl::StatusOr<Statistics> GetStatistics(const CallOptions& call) override;
  absl::Status Export(const CallOptions& call, ExportVisitor visit) override;
  absl::Status ReadBulk(const CallOptions& call,
                        absl::FunctionRef<absl::Status(BulkReader&)> body) override;
  absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) override;
  bool IsLocal() const override { return store_->IsLocal(); }
  absl::Status CheckReady(const CallOptions& call) override;

 private:
  absl::Status CheckOpen() const;

  const std::unique_ptr<RecordStore> store_;
  std::atomic<bool> marked_{false};
};

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_UNFINISHED_COPY_H_
