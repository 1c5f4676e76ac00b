#include "storage/rocksdb/rocksdb_store.h"

#include <utility>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rocksdb/load_customer.h"
#include "storage/rocksdb/snapshot_reader.h"
#include "storage/rocksdb/transaction.h"

namespace yilan::storage {
namespace {

using rocks::Database;
using rocks::Family;
using rocks::Gate;
using rocks::RowLocks;
using rocks::Snapshot;
using rocks::SnapshotReader;

// How often plan and body run before a write gives up. Locked rows cannot conflict, so only what a
// body itself finds outdated makes it run again.
constexpr int kMaxRuns = 16;

absl::StatusOr<rocks::Counters> ReadCounters(const Database& database) {
  rocks::Counters counters;
  rocksdb::PinnableSlice value;
  ASSIGN_OR_RETURN(bool found, database.Get(nullptr, Family::kMeta, rocks::kTotalsRow, value));
  if (found) {
    ASSIGN_OR_RETURN(counters.totals, rocks::ParseTotals(rocks::ToView(value)));
  }
  for (int partition = 0; partition < kFeedPartitions; ++partition) {
    ASSIGN_OR_RETURN(found,
                     database.Get(nullptr, Family::kMeta, rocks::BoundsRow(partition), value));
    if (!found) continue;
    ASSIGN_OR_RETURN(counters.feed[static_cast<size_t>(partition)],
                     rocks::ParseBounds(partition, rocks::ToView(value)));
  }
  return counters;
}

std::vector<rocks::LockId> LocksOf(const WritePlan& plan) {
  std::vector<rocks::LockId> ids;
  ids.reserve(plan.customers.size() + plan.keys.size() + 1);
  for (const CustomerId customer : plan.customers) ids.push_back(rocks::CustomerLock(customer));
  for (const std::string& key : plan.keys) ids.push_back(rocks::KeyLock(key));
  if (plan.request.has_value()) ids.push_back(rocks::RequestLock(*plan.request));
  return ids;
}

std::vector<CustomerId> IdsOf(const std::vector<CustomerState>& states) {
  std::vector<CustomerId> ids;
  ids.reserve(states.size());
  for (const CustomerState& state : states) ids.push_back(state.customer);
  return ids;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbStore>> RocksDbStore::Open(const RocksDbOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(options));
  ASSIGN_OR_RETURN(rocks::Counters counters, ReadCounters(*database));
  return std::unique_ptr<RocksDbStore>(new RocksDbStore(std::move(database), std::move(counters)));
}

RocksDbStore::RocksDbStore(std::unique_ptr<Database> database, rocks::Counters counters)
    : database_(std::move(database)),
      cache_(database_->options().cached_customers),
      commits_(*database_, std::move(counters)) {}

absl::StatusOr<LoadedCustomer> RocksDbStore::LoadCustomer(const CallOptions& call,
                                                          const CustomerRef& ref,
                                                          const LoadOptions& options,
                                                          RecordVisitor visit) {
  RETURN_IF_ERROR(CheckDeadline(call));
  LoadedCustomer loaded;
  if (options.known != 0) {
    if (std::optional<CustomerState> state = cache_.Find(ref);
        state.has_value() && state->revision == options.known) {
      return LoadedCustomer{.state = *std::move(state), .unchanged = true};
    }
  }
  const Snapshot snapshot(*database_);
  if (std::optional<CustomerState> state = cache_.FindAt(ref, snapshot.sequence())) {
    loaded.state = *std::move(state);
  } else {
    SnapshotReader reader(*database_, snapshot, call);
    ASSIGN_OR_RETURN(loaded.state, reader.GetCustomer(ref));
    cache_.Offer(loaded.state, snapshot.sequence());
  }
  if (options.known != 0 && loaded.state.revision == options.known) {
    loaded.unchanged = true;
    return loaded;
  }
  RETURN_IF_ERROR(CheckLoadOptions(options));
  RETURN_IF_ERROR(
      rocks::VisitRecords(*database_, snapshot, call, loaded.state.members, options.limits, visit));
  return loaded;
}

absl::Status RocksDbStore::Read(const CallOptions& call,
                                absl::FunctionRef<absl::Status(Reader&)> body) {
  RETURN_IF_ERROR(CheckDeadline(call));
  const Snapshot snapshot(*database_);
  SnapshotReader reader(*database_, snapshot, call);
  return body(reader);
}

absl::Status RocksDbStore::Write(const WriteOptions& options,
                                 absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                                 absl::FunctionRef<absl::Status(Transaction&)> body) {
  RETURN_IF_ERROR(CheckDeadline(options.call));
  RETURN_IF_ERROR(CheckWriteOptions(options));
  RETURN_IF_ERROR(database_->durability().CheckWritable(database_->db()));
  for (int run = 0; run < kMaxRuns; ++run) {
    RETURN_IF_ERROR(CheckDeadline(options.call));
    const absl::Status status = TryWrite(options, plan, body);
    if (!IsReplan(status)) return status;
  }
  return absl::AbortedError("the plan of the write was out of date again and again");
}

absl::Status RocksDbStore::TryWrite(const WriteOptions& options,
                                    absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                                    absl::FunctionRef<absl::Status(Transaction&)> body) {
  const absl::Time deadline = options.call.deadline;
  WritePlan planned;
  {
    const Snapshot snapshot(*database_);
    SnapshotReader reader(*database_, snapshot, options.call);
    ASSIGN_OR_RETURN(planned, plan(reader));
  }
  RETURN_IF_ERROR(CheckPlan(planned));
  ASSIGN_OR_RETURN(const Gate::Pass pass, gate_.Enter(Gate::Mode::kShared, deadline));
  ASSIGN_OR_RETURN(const RowLocks::Held held, locks_.Acquire(LocksOf(planned), deadline));

  const Snapshot snapshot(*database_);
  rocks::RocksDbTransaction transaction(*database_, cache_, snapshot, options, planned);
  RETURN_IF_ERROR(transaction.Begin());
  RETURN_IF_ERROR(body(transaction));
  if (!transaction.wrote()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckDeadline(options.call));

  rocks::PendingCommit commit = transaction.Prepare();
  const std::vector<CustomerState> states = transaction.TouchedStates();
  rocks::CustomerCache::Commit change(cache_, IdsOf(states));
  RETURN_IF_ERROR(commits_.Commit(commit, deadline));
  change.Finish(states, database_->db().GetLatestSequenceNumber());
  return absl::OkStatus();
}

absl::Status RocksDbStore::CheckReady(const CallOptions& call) {
  RETURN_IF_ERROR(CheckDeadline(call));
  return database_->durability().CheckWritable(database_->db());
}

}  // namespace yilan::storage
