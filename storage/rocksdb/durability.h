// Durability: makes writes durable, and tells exactly what became of one that failed.
//
// RocksDB returns one status for a failed write, whether nothing reached the log or everything did
// and only the sync failed. This listens to what happened to the log's file meanwhile:
//   the disk was full              RESOURCE_EXHAUSTED. Nothing was written: the entry in the log is
//                                  incomplete, and whoever reads the log ignores it.
//   the log took it, then failed   UNKNOWN. Whether the disk has it can only be told by reading it
//                                  again: after a failed sync the kernel may have dropped what it
//                                  held and call the next sync good.
//   anything else                  UNAVAILABLE: nothing was written.
// After any of these, and after errors of the background's, the database takes no more writes: it
// has to be closed and opened again, which reads the log and writes what it finds there to new,
// synced files. Reads go on: they show what was durable before, and never the write in question.
//
// Write() is called by one thread at a time; the rest is thread-safe.
#ifndef YILAN_STORAGE_ROCKSDB_DURABILITY_H_
#define YILAN_STORAGE_ROCKSDB_DURABILITY_H_

#include <atomic>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_batch.h"

namespace yilan::storage::rocks {

// The error of a read, or of opening: DATA_LOSS for what does not read back, else UNAVAILABLE.
// `doing` names the place; RocksDB's own words go to its LOG file only, for they may hold keys.
absl::Status ReadError(const rocksdb::Status& status, absl::string_view doing);

class Durability : public rocksdb::EventListener {
 public:
  // `on_trouble` is called whenever the condition gets worse, from any thread; it must not call the
  // database.
  Durability(bool sync, std::function<void()> on_trouble)
      : sync_(sync), on_trouble_(std::move(on_trouble)) {}

  // Writes `batch` atomically; durable on return of OK.
  absl::Status Write(rocksdb::DB& db, rocksdb::WriteBatch& batch);

  enum class Condition {
    kGood,
    kDegraded,  // Background work has halted for want of space; writes still succeed.
    kFull,      // Nothing can be written for want of space.
    kFailed,    // Nothing can be written since the disk failed.
  };
  Condition condition() const { return condition_.load(std::memory_order_acquire); }
  // OK when a write can be expected to succeed.
  absl::Status CheckWritable() const;

  const char* Name() const override { return "yilan-durability"; }
  bool ShouldBeNotifiedOnFileIO() override { return true; }
  void OnFileWriteFinish(const rocksdb::FileOperationInfo& info) override;
  void OnIOError(const rocksdb::IOErrorInfo& info) override;
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override;
  // RocksDB 7.8 must not resume by itself, nor be told to: a flush that was due when the error came
  // can be forgotten, and is then waited for without end.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  void Worsen(Condition condition);

  const bool sync_;
  const std::function<void()> on_trouble_;
  std::atomic<Condition> condition_{Condition::kGood};

  // A file was refused space. Errors that follow from that do not say so any more.
  std::atomic<bool> out_of_space_{false};
  // What happened to the log since Write() was called.
  std::atomic<bool> log_took_bytes_{false};
  std::atomic<bool> log_refused_bytes_{false};
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_DURABILITY_H_
