#include "storage/rocksdb/live_database.h"

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "rocksdb/perf_level.h"
#include "storage/rocksdb/snapshot_source.h"

namespace yilan::storage::rocks {
namespace {

// Between two looks at how much space there is.
constexpr absl::Duration kPause = absl::Milliseconds(100);
// How long others are kept waiting for a reader that takes its time, before a later trial.
constexpr absl::Duration kPatience = absl::Seconds(1);

absl::StatusOr<Counters> CountersOf(Database& database) {
  const Snapshot snapshot(database);
  SnapshotSource source(database, snapshot);
  return rows::ReadCounters(source);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LiveDatabase>> LiveDatabase::Open(
    const RocksDbOptions& options, std::function<void()> on_reopened) {
  std::unique_ptr<LiveDatabase> live(new LiveDatabase(options, std::move(on_reopened)));
  ASSIGN_OR_RETURN(live->opened_, live->OpenOnce());
  live->reopener_ = std::thread([live = live.get()] { live->ReopenWhenNeeded(); });
  return live;
}

LiveDatabase::~LiveDatabase() {
  if (reopener_.joinable()) {
    {
      MutexLock lock(mutex_);
      stop_ = true;
      changed_.SignalAll();
    }
    reopener_.join();
  }
  opened_.reset();  // While there is still something to note trouble with.
}

absl::StatusOr<std::unique_ptr<LiveDatabase::Opened>> LiveDatabase::OpenOnce() {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::Open(options_, [this] { NoteTrouble(); }));
  ASSIGN_OR_RETURN(Counters counters, CountersOf(*database));
  return std::make_unique<Opened>(std::move(database), std::move(counters));
}

absl::StatusOr<LiveDatabase::Use> LiveDatabase::Enter(absl::Time deadline) {
  ASSIGN_OR_RETURN(Gate::Pass pass, gate_.Enter(Gate::Mode::kShared, deadline));
  if (opened_ == nullptr) return failure_;
  // Counters of this thread that nobody reads, and that cost some percent of every call.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  return Use(std::move(pass), opened_.get());
}

void LiveDatabase::NoteTrouble() {
  MutexLock lock(mutex_);
  trouble_ = true;
  changed_.SignalAll();
}

bool LiveDatabase::ShouldReopen() {
  if (opened_ == nullptr) return true;
  switch (opened_->database->durability().condition()) {
    case Durability::Condition::kDegraded:
    case Durability::Condition::kFull:
      return true;
    case Durability::Condition::kGood:
    case Durability::Condition::kFailed:  // For people to look at first.
      return false;
  }
  return false;
}

bool LiveDatabase::Reopen() {
  // Only this thread exchanges `opened_`, so it may look at it without the gate.
  if (!ShouldReopen()) return true;
  if (opened_ != nullptr && !opened_->database->HasSpaceForBuffers()) return false;
  const absl::StatusOr<Gate::Pass> alone = gate_.Enter(Gate::Mode::kAlone, absl::Now() + kPatience);
  if (!alone.ok()) return false;
  opened_.reset();
  absl::StatusOr<std::unique_ptr<Opened>> opened = OpenOnce();
  if (!opened.ok()) {
    failure_ = opened.status();
    return false;
  }
  opened_ = *std::move(opened);
  on_reopened_();
  return true;
}

void LiveDatabase::ReopenWhenNeeded() {
  MutexLock lock(mutex_);
  while (!stop_) {
    if (!trouble_) {
      changed_.Wait(mutex_);
      continue;
    }
    trouble_ = false;
    mutex_.Unlock();
    const bool done = Reopen();
    mutex_.Lock();
    if (done || stop_) continue;
    trouble_ = true;
    changed_.WaitFor(mutex_, kPause);
  }
}

}  // namespace yilan::storage::rocks
