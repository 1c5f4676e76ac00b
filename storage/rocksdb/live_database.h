// LiveDatabase: the database while the store is open, opened anew after the disk was full.
//
// RocksDB stops at an error of its disk, and in 7.8 it cannot be relied on to resume
// (durability.h). What always works is to close the database and open it again, as a restart of the
// process does. This does so once there is space again, when nobody uses the database. Thread-safe.
//
//   ASSIGN_OR_RETURN(const LiveDatabase::Use use, live.Enter(deadline));
//   use.database().Get(…);            // It stays open while `use` lives.
#ifndef YILAN_STORAGE_ROCKSDB_LIVE_DATABASE_H_
#define YILAN_STORAGE_ROCKSDB_LIVE_DATABASE_H_

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "storage/rocksdb/commit_queue.h"
#include "storage/rocksdb/database.h"
#include "storage/rocksdb/gate.h"
#include "storage/rocksdb/rocksdb_options.h"

namespace yilan::storage::rocks {

class LiveDatabase {
 private:
  // What one opening makes.
  struct Opened {
    Opened(std::unique_ptr<Database> opened, Counters counters)
        : database(std::move(opened)), commits(*database, std::move(counters)) {}
    const std::unique_ptr<Database> database;
    CommitQueue commits;
  };

 public:
  // Errors as Database::Open. `on_reopened` is called when the database was opened anew and nobody
  // uses it yet: writes whose outcome was unknown may have turned up.
  static absl::StatusOr<std::unique_ptr<LiveDatabase>> Open(const RocksDbOptions& options,
                                                            std::function<void()> on_reopened);
  // Closes. No Use may be left.
  ~LiveDatabase();

  class Use {
   public:
    Database& database() const { return *opened_->database; }
    CommitQueue& commits() const { return opened_->commits; }

   private:
    friend class LiveDatabase;
    Use(Gate::Pass pass, Opened* opened) : pass_(std::move(pass)), opened_(opened) {}

    Gate::Pass pass_;
    Opened* opened_;
  };
  // Waits while the database is being opened anew. UNAVAILABLE or RESOURCE_EXHAUSTED when that
  // failed; it is tried again and again.
  absl::StatusOr<Use> Enter(absl::Time deadline);

 private:
  LiveDatabase(const RocksDbOptions& options, std::function<void()> on_reopened)
      : options_(options), on_reopened_(std::move(on_reopened)) {}

  absl::StatusOr<std::unique_ptr<Opened>> OpenOnce();
  void NoteTrouble();
  bool ShouldReopen();
  // One trial; false when it has to be tried again.
  bool Reopen();
  void ReopenWhenNeeded();

  const RocksDbOptions options_;
  const std::function<void()> on_reopened_;

  // Held shared while the database is used, alone while it is exchanged.
  Gate gate_;
  std::unique_ptr<Opened> opened_;  // Null when it could not be opened anew: `failure_` says why.
  absl::Status failure_;

  Mutex mutex_;
  CondVar changed_;
  bool trouble_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread reopener_;
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_LIVE_DATABASE_H_
