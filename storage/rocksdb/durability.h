// Durability: makes writes durable, tells exactly what became of one that failed, and gets the
// store going again when the disk has space again.
//
// RocksDB returns one status for a failed write, whether nothing reached the log or everything did
// and only the sync failed. This listens to what happened to the log's file meanwhile:
//   the disk was full              RESOURCE_EXHAUSTED. Nothing was written: the entry in the log is
//                                  incomplete, and recovery ignores it. Later writes first try to
//                                  resume, so the store works again as soon as there is space.
//   the log took it, then failed   UNKNOWN. Whether the disk has it can only be told by reading it
//                                  again: after a failed sync the kernel may have dropped what it
//                                  held and call the next sync good. So the store stops: every
//                                  later write is UNAVAILABLE until the store is opened anew, which
//                                  reads the log and writes what it finds there to new, synced
//                                  files. Reads go on: they show what was durable before, and never
//                                  the write in question.
//   anything else                  UNAVAILABLE: nothing was written, and the store has stopped.
//
// Write() is called by one thread at a time; the rest is thread-safe.
#ifndef YILAN_STORAGE_ROCKSDB_DURABILITY_H_
#define YILAN_STORAGE_ROCKSDB_DURABILITY_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_batch.h"

namespace yilan::storage::rocks {

// The error of a read, or of opening: DATA_LOSS for what does not read back, else UNAVAILABLE.
// `doing` names the place; RocksDB's own words go to its LOG file only, for they may hold keys.
absl::Status ReadError(const rocksdb::Status& status, absl::string_view doing);

class Durability : public rocksdb::EventListener {
 public:
  explicit Durability(bool sync) : sync_(sync) {}

  // Writes `batch` atomically; durable on return of OK.
  absl::Status Write(rocksdb::DB& db, rocksdb::WriteBatch& batch);
  // OK when a write can be expected to succeed. Tries to resume when the disk was full.
  absl::Status CheckWritable(rocksdb::DB& db);
  // The same without trying: what is known now, at the cost of one atomic read when all is well.
  absl::Status Known() const;

  const char* Name() const override { return "yilan-durability"; }
  bool ShouldBeNotifiedOnFileIO() override { return true; }
  void OnFileWriteFinish(const rocksdb::FileOperationInfo& info) override;
  void OnIOError(const rocksdb::IOErrorInfo& info) override;
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override;

 private:
  enum class State {
    kWritable,
    kDegraded,  // Background work has halted for want of space; writes still succeed.
    kFull,      // Nothing can be written until there is space.
    kStopped,   // Nothing will be written before the store is opened anew.
  };

  void Worsen(State state);
  absl::Status Resume(rocksdb::DB& db) ABSL_EXCLUSIVE_LOCKS_REQUIRED(resume_mutex_);

  const bool sync_;
  std::atomic<State> state_{State::kWritable};

  // What happened to the log since Write() was called.
  std::atomic<bool> log_took_bytes_{false};
  std::atomic<bool> log_refused_bytes_{false};

  Mutex resume_mutex_;
  absl::Time next_resume_ ABSL_GUARDED_BY(resume_mutex_) = absl::InfinitePast();
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_DURABILITY_H_
