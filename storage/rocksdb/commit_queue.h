// CommitQueue: gives commits their place in the feed, and lets those that wait share one sync.
//
// Commits queue up; the first in line writes for all that wait at that moment, in order, as one
// atomic batch with one sync, while the next group gathers. Whoever writes is alone with the
// counters, so the sequences of each partition are gapless and in commit order, and nothing of a
// commit can be read before it is durable. Thread-safe.
//
// If the write fails, every commit of the group gets that error, and the counters stay as they
// were.
#ifndef YILAN_STORAGE_ROCKSDB_COMMIT_QUEUE_H_
#define YILAN_STORAGE_ROCKSDB_COMMIT_QUEUE_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "rocksdb/write_batch.h"
#include "storage/rocksdb/database.h"
#include "storage/rows/counters.h"
#include "storage/rows/row_commit.h"

namespace yilan::storage::rocks {

using rows::Counters;

// What is to be written, and what the counters make of it.
struct PendingCommit {
  PendingCommit() = default;
  // All of `commit`, ready to be written.
  PendingCommit(const Database& database, rows::RowCommit commit);

  rocksdb::WriteBatch batch;  // All rows but those of the feed and the counters.
  std::vector<rows::NewChanges> changes;
  rows::Totals totals;            // By how much the counts change.
  std::vector<FeedBounds> moved;  // Partitions that reach at least this far from now on.
};

class CommitQueue {
 public:
  CommitQueue(Database& database, Counters counters);

  // Makes `commit` durable and visible. DEADLINE_EXCEEDED when `deadline` came before its turn;
  // once it is being written, its outcome is awaited.
  absl::Status Commit(PendingCommit& commit, absl::Time deadline);

  // As of the newest commit.
  Counters counters() const;

 private:
  struct Waiter {
    PendingCommit* commit = nullptr;
    CondVar changed;
    bool taken = false;  // Is being written.
    bool done = false;
    absl::Status status;
  };

  void Lead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteGroup(const std::vector<Waiter*>& group, Counters& counters);

  Database& database_;
  mutable Mutex mutex_;
  std::deque<Waiter*> queue_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  Counters committed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_COMMIT_QUEUE_H_
