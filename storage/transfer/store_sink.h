// StoreSink: a copy into a store.
#ifndef YILAN_STORAGE_TRANSFER_STORE_SINK_H_
#define YILAN_STORAGE_TRANSFER_STORE_SINK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/transfer/sink.h"

namespace yilan::storage::transfer {

// Imports in batches. From Begin() to Finish() the store is marked as unfinished
// (unfinished_copy.h); nobody else may write to it. ABORTED when another process has taken the copy
// over.
class StoreSink final : public Sink {
 public:
  // The store outlives the sink.
  StoreSink(RecordStore& store, const CallOptions& call) : store_(store), call_(call) {}

  absl::StatusOr<std::optional<CopyState>> Begin(absl::string_view source) override;
  absl::Status Add(ExportEntry entry) override;
  absl::Status Commit(const CopyState& state) override;
  absl::Status Restart(CopyState& state) override;
  absl::StatusOr<std::vector<RecordKey>> RecordsOf(absl::Span<const SubjectId> subjects) override;
  bool TakesRequestsEarly() const override { return true; }
  absl::Status SetRequests(RequestPages pages) override;
  absl::Status Finish(const CopyState& state) override;

 private:
  absl::Status CheckEmpty();
  absl::Status CheckOurs();
  absl::Status Flush();
  // Records to be put before `pending_` so that nobody holds the keys that it brings.
  absl::StatusOr<std::vector<ExportEntry>> WithoutTakenKeys();

  RecordStore& store_;
  const CallOptions call_;
  uint64_t run_ = 0;
  std::vector<ExportEntry> pending_;
  size_t pending_bytes_ = 0;
};

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_STORE_SINK_H_
