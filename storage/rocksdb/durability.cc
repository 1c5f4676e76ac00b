#include "storage/rocksdb/durability.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace yilan::storage::rocks {
namespace {

bool IsLog(absl::string_view path) { return absl::EndsWith(path, ".log"); }

absl::Status DiskFull() {
  return absl::ResourceExhaustedError(
      "the disk of the store is full: nothing was written. Free some space; writes resume by "
      "themselves");
}

absl::Status Stopped() {
  return absl::UnavailableError(
      "the store takes no writes since its disk failed: check the disk, then restart the server");
}

}  // namespace

absl::Status ReadError(const rocksdb::Status& status, absl::string_view doing) {
  if (status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument()) {
    return absl::DataLossError(
        absl::StrCat("the stored bytes do not read back while ", doing,
                     ": restore the store from a backup (the LOG file beside it says which)"));
  }
  return absl::UnavailableError(
      absl::StrCat("the disk failed while ", doing, " (the LOG file of the store says more)"));
}

absl::Status Durability::Write(rocksdb::DB& db, rocksdb::WriteBatch& batch) {
  if (absl::Status status = CheckWritable(db); !status.ok()) return status;
  log_took_bytes_ = false;
  log_refused_bytes_ = false;
  rocksdb::WriteOptions options;
  options.sync = sync_;
  const rocksdb::Status status = db.Write(options, &batch);
  if (status.ok()) return absl::OkStatus();

  const bool complete = log_took_bytes_ && !log_refused_bytes_;
  if (status.IsNoSpace() && !complete) {
    Worsen(State::kFull);
    return DiskFull();
  }
  Worsen(State::kStopped);
  if (log_took_bytes_ || log_refused_bytes_) {
    return absl::UnknownError(
        "the disk failed while a write was being synced: whether it is there shows when the store "
        "is opened anew");
  }
  return Stopped();
}

absl::Status Durability::Known() const {
  switch (state_.load(std::memory_order_acquire)) {
    case State::kWritable:
    case State::kDegraded:
      return absl::OkStatus();
    case State::kFull:
      return DiskFull();
    case State::kStopped:
      return Stopped();
  }
  return Stopped();
}

absl::Status Durability::CheckWritable(rocksdb::DB& db) {
  const State state = state_.load(std::memory_order_acquire);
  if (state == State::kWritable) return absl::OkStatus();
  if (state == State::kStopped) return Stopped();
  MutexLock lock(resume_mutex_);
  return Resume(db);
}

absl::Status Durability::Resume(rocksdb::DB& db) {
  // A trial flushes the write buffers and may take long, so no more than a fifth of the time goes
  // into them.
  const absl::Time start = absl::Now();
  if (start < next_resume_) return Known();
  State state = state_.load(std::memory_order_acquire);
  const rocksdb::Status status = db.Resume();
  const absl::Time end = absl::Now();
  next_resume_ = end + 4 * (end - start);
  // An error that came meanwhile has changed the state, which must not be overwritten then.
  if (status.ok()) state_.compare_exchange_strong(state, State::kWritable);
  return Known();
}

void Durability::Worsen(State state) {
  State now = state_.load(std::memory_order_acquire);
  while (now < state && !state_.compare_exchange_weak(now, state)) {
  }
}

void Durability::OnFileWriteFinish(const rocksdb::FileOperationInfo& info) {
  if (info.status.ok() && IsLog(info.path)) log_took_bytes_ = true;
}

void Durability::OnIOError(const rocksdb::IOErrorInfo& info) {
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
    Worsen(State::kDegraded);
  } else {
    Worsen(status->IsNoSpace() ? State::kFull : State::kStopped);
  }
}

}  // namespace yilan::storage::rocks
