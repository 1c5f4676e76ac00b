// BackupSink: a copy into a backup file.
#ifndef YILAN_STORAGE_TRANSFER_BACKUP_SINK_H_
#define YILAN_STORAGE_TRANSFER_BACKUP_SINK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/transfer/backup_file.h"
#include "storage/transfer/control.h"
#include "storage/transfer/sink.h"

namespace yilan::storage::transfer {

// Writes FILE.part, and gives it its name when it is whole, read back, and on the disk. A FILE.part
// that is there is gone on with behind its last checkpoint. A FILE that is there is never touched:
// FAILED_PRECONDITION, as when another process is writing it.
class BackupSink final : public Sink {
 public:
  // `control` outlives the sink.
  BackupSink(std::string path, Control& control);

  absl::StatusOr<std::optional<CopyState>> Begin(absl::string_view source) override;
  absl::Status Add(ExportEntry entry) override;
  absl::Status Commit(const CopyState& state) override;
  absl::Status Restart(CopyState& state) override;
  absl::StatusOr<std::vector<RecordKey>> RecordsOf(absl::Span<const SubjectId> subjects) override;
  bool TakesRequestsEarly() const override { return false; }
  absl::Status SetRequests(RequestPages pages) override;
  absl::Status Finish(const CopyState& state) override;

  // What the finished file ends with.
  const BackupEnd& end() const { return end_; }
  uint64_t bytes() const { return size_; }

 private:
  // Goes to behind the last checkpoint of the file; nothing when it has none.
  absl::StatusOr<std::optional<CopyState>> Resume();
  absl::Status StartAnew();
  absl::Status WriteBlock(BlockType type, absl::string_view raw);
  absl::Status WriteBytes(absl::string_view bytes);
  absl::Status FlushEntries();
  absl::Status Truncate(uint64_t size);
  absl::Status Publish();

  const std::string path_;
  const std::string part_;
  Control& control_;
  std::string source_;
  OwnedFd fd_;
  uint64_t size_ = 0;
  uint64_t synced_ = 0;
  std::string chain_;
  std::string raw_;  // Entries of the next block.
  BackupEnd end_;
};

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_BACKUP_SINK_H_
