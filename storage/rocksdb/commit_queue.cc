#include "storage/rocksdb/commit_queue.h"

#include <algorithm>
#include <bitset>
#include <utility>

#include "absl/time/clock.h"
#include "storage/rows/row_keys.h"

namespace yilan::storage::rocks {
namespace {

// Bounds of a group: what waits longer for the next one would not gain by joining.
constexpr size_t kMaxGroupCommits = 256;
constexpr size_t kMaxGroupBytes = size_t{4} << 20;

// Repeats the operations of one batch on another.
class Appender : public rocksdb::WriteBatch::Handler {
 public:
  Appender(const Database& database, rocksdb::WriteBatch& to) : to_(to) {
    for (rocksdb::ColumnFamilyHandle* const handle : database.handles()) {
      handles_.resize(std::max<size_t>(handles_.size(), handle->GetID() + 1));
      handles_[handle->GetID()] = handle;
    }
  }
  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    return to_.Put(handles_[family], key, value);
  }
  rocksdb::Status DeleteCF(uint32_t family, const rocksdb::Slice& key) override {
    return to_.Delete(handles_[family], key);
  }
  rocksdb::Status DeleteRangeCF(uint32_t family, const rocksdb::Slice& begin,
                                const rocksdb::Slice& end) override {
    return to_.DeleteRange(handles_[family], begin, end);
  }

 private:
  rocksdb::WriteBatch& to_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace

PendingCommit::PendingCommit(const Database& database, rows::RowCommit commit)
    : batch(commit.overlay.bytes() * 3 / 2),
      changes(std::move(commit.changes)),
      totals(std::move(commit.totals)),
      moved(std::move(commit.moved)) {
  for (const FeedBounds& bounds : commit.trimmed) {
    batch.DeleteRange(database.handle(Family::kChanges), rows::ChangeRow(bounds.partition, 0),
                      rows::ChangeRow(bounds.partition, bounds.trimmed + 1));
  }
  for (size_t i = 0; i < kFamilies; ++i) {
    const Family family = static_cast<Family>(i);
    rocksdb::ColumnFamilyHandle* const handle = database.handle(family);
    for (const auto& [row, value] : commit.overlay.rows(family)) {
      if (value.has_value()) {
        batch.Put(handle, row, *value);
      } else {
        batch.Delete(handle, row);
      }
    }
  }
}

CommitQueue::CommitQueue(Database& database, Counters counters)
    : database_(database), committed_(std::move(counters)) {}

Counters CommitQueue::counters() const {
  MutexLock lock(mutex_);
  return committed_;
}

absl::Status CommitQueue::Commit(PendingCommit& commit, absl::Time deadline) {
  Waiter self{.commit = &commit};
  MutexLock lock(mutex_);
  queue_.push_back(&self);
  while (!self.done) {
    if (!writing_) {
      Lead();
      continue;
    }
    if (self.taken || deadline == absl::InfiniteFuture()) {
      self.changed.Wait(mutex_);
      continue;
    }
    const absl::Duration left = deadline - absl::Now();
    if (left > absl::ZeroDuration()) {
      self.changed.WaitFor(mutex_, left);
      continue;
    }
    queue_.erase(std::find(queue_.begin(), queue_.end(), &self));
    return absl::DeadlineExceededError("the deadline passed while waiting for the disk");
  }
  return self.status;
}

void CommitQueue::Lead() {
  std::vector<Waiter*> group;
  size_t bytes = 0;
  while (!queue_.empty() && group.size() < kMaxGroupCommits && bytes < kMaxGroupBytes) {
    group.push_back(queue_.front());
    queue_.pop_front();
    group.back()->taken = true;
    bytes += group.back()->commit->batch.GetDataSize();
  }
  writing_ = true;
  Counters counters = committed_;
  mutex_.Unlock();
  const absl::Status status = WriteGroup(group, counters);
  mutex_.Lock();
  writing_ = false;
  if (status.ok()) committed_ = std::move(counters);
  for (Waiter* const waiter : group) {
    waiter->status = status;
    waiter->done = true;
    waiter->changed.Signal();
  }
  if (!queue_.empty()) queue_.front()->changed.Signal();
}

absl::Status CommitQueue::WriteGroup(const std::vector<Waiter*>& group, Counters& counters) {
  rocksdb::WriteBatch& batch = group.front()->commit->batch;
  Appender appender(database_, batch);
  std::bitset<kFeedPartitions> moved;
  bool counted = false;
  for (const Waiter* const waiter : group) {
    PendingCommit& commit = *waiter->commit;
    if (waiter != group.front()) {
      const rocksdb::Status status = commit.batch.Iterate(&appender);
      if (!status.ok()) return absl::InternalError("commits cannot be joined into one batch");
    }
    for (const FeedBounds& bounds : commit.moved) {
      FeedBounds& partition = counters.feed[static_cast<size_t>(bounds.partition)];
      partition.trimmed = std::max(partition.trimmed, bounds.trimmed);
      partition.end = std::max(partition.end, bounds.end);
      moved.set(static_cast<size_t>(bounds.partition));
    }
    for (const rows::NewChanges& changes : commit.changes) {
      FeedBounds& partition = counters.feed[static_cast<size_t>(changes.partition)];
      partition.end += changes.count;
      batch.Put(database_.handle(Family::kChanges),
                rows::ChangeRow(changes.partition, partition.end), changes.value);
      moved.set(static_cast<size_t>(changes.partition));
    }
    counted |= !commit.totals.IsZero();
    counters.totals.Add(commit.totals);
  }
  for (size_t i = 0; i < moved.size(); ++i) {
    if (!moved[i]) continue;
    batch.Put(database_.handle(Family::kMeta), rows::BoundsRow(static_cast<int>(i)),
              rows::BoundsValue(counters.feed[i]));
  }
  if (counted) {
    batch.Put(database_.handle(Family::kMeta), rows::kTotalsRow,
              rows::TotalsValue(counters.totals));
  }
  return database_.durability().Write(database_.db(), batch);
}

}  // namespace yilan::storage::rocks
