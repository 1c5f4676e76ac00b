#include "storage/rocksdb/durability.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace yilan::storage::rocks {
namespace {

bool IsLog(absl::string_view path) { return absl::EndsWith(path, ".log"); }

absl::Status DiskFull() {
  return absl::ResourceExhaustedError(
      "the disk of the store is full: nothing was written. Free some space; writes resume by "
      "themselves");
}

absl::Status DiskFailed() {
  return absl::UnavailableError(
      "the store takes no writes since its disk failed: check the disk, then restart the server");
}

}  // namespace

absl::Status ReadError(const rocksdb::Status& status, absl::string_view doing) {
  // A file that is missing, or too short for what must be in it, is as good as a damaged one.
  if (status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound() ||
      status.IsInvalidArgument() || status.IsNotSupported() || status.IsIncomplete()) {
    return absl::DataLossError(
        absl::StrCat("the stored bytes do not read back while ", doing,
                     ": restore the store from a backup (the LOG file beside it says which)"));
  }
  return absl::UnavailableError(
      absl::StrCat("the disk failed while ", doing, " (the LOG file of the store says more)"));
}

absl::Status Durability::Write(rocksdb::DB& db, rocksdb::WriteBatch& batch) {
  if (absl::Status status = CheckWritable(); !status.ok()) return status;
  log_took_bytes_ = false;
  log_refused_bytes_ = false;
  rocksdb::WriteOptions options;
  options.sync = sync_;
  const rocksdb::Status status = db.Write(options, &batch);
  if (status.ok()) return absl::OkStatus();

  const bool for_want_of_space = status.IsNoSpace() || out_of_space_;
  Worsen(for_want_of_space ? Condition::kFull : Condition::kFailed);
  const bool complete = log_took_bytes_ && !log_refused_bytes_;
  if (complete || (log_refused_bytes_ && !for_want_of_space)) {
    return absl::UnknownError(
        "the disk failed while a write was being made durable: whether it is there shows when the "
        "store is opened anew");
  }
  return for_want_of_space ? DiskFull() : DiskFailed();
}

absl::Status Durability::CheckWritable() const {
  switch (condition()) {
    case Condition::kGood:
    case Condition::kDegraded:
      return absl::OkStatus();
    case Condition::kFull:
      return DiskFull();
    case Condition::kFailed:
      return DiskFailed();
  }
  return DiskFailed();
}

void Durability::Worsen(Condition condition) {
  Condition now = condition_.load(std::memory_order_acquire);
  while (now < condition && !condition_.compare_exchange_weak(now, condition)) {
  }
  on_trouble_();
}

void Durability::OnFileWriteFinish(const rocksdb::FileOperationInfo& info) {
  if (info.status.ok() && IsLog(info.path)) log_took_bytes_ = true;
}

void Durability::OnIOError(const rocksdb::IOErrorInfo& info) {
  if (info.io_status.IsNoSpace()) out_of_space_ = true;
  if (!IsLog(info.file_path)) return;
  switch (info.operation) {
    case rocksdb::FileOperationType::kAppend:
    case rocksdb::FileOperationType::kPositionedAppend:
    case rocksdb::FileOperationType::kWrite:
      log_refused_bytes_ = true;
      break;
    default:
      break;
  }
}

void Durability::OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) {
  // A failed write of the log is judged by Write(), which knows more.
  if (reason == rocksdb::BackgroundErrorReason::kWriteCallback) return;
  const bool soft = status->severity() < rocksdb::Status::Severity::kHardError;
  if (soft) {
    Worsen(Condition::kDegraded);
  } else {
    Worsen(status->IsNoSpace() || out_of_space_ ? Condition::kFull : Condition::kFailed);
  }
}

}  // namespace yilan::storage::rocks
