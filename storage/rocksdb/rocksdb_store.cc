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
using rocks::Gate;
using rocks::LiveDatabase;
using rocks::RowLocks;
using rocks::Snapshot;
using rocks::SnapshotReader;

// How often plan and body run before a write gives up. Locked rows cannot conflict, so only what a
// body itself finds outdated makes it run again.
constexpr int kMaxRuns = 16;

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

LoadedCustomer Unchanged(const CustomerState& state) {
  return {.state = {.customer = state.customer, .revision = state.revision}, .unchanged = true};
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbStore>> RocksDbStore::Open(const RocksDbOptions& options) {
  std::unique_ptr<RocksDbStore> store(new RocksDbStore(options));
  ASSIGN_OR_RETURN(store->live_,
                   LiveDatabase::Open(options, [cache = &store->cache_] { cache->Clear(); }));
  return store;
}

absl::StatusOr<LoadedCustomer> RocksDbStore::LoadCustomer(const CallOptions& call,
                                                          const CustomerRef& ref,
                                                          const LoadOptions& options,
                                                          RecordVisitor visit) {
  RETURN_IF_ERROR(CheckDeadline(call));
  LoadedCustomer loaded;
  if (options.known != 0) {
    if (std::optional<CustomerState> state = cache_.Find(ref);
        state.has_value() && state->revision == options.known) {
      return Unchanged(*state);
    }
  }
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  const Snapshot snapshot(use.database());
  if (std::optional<CustomerState> state = cache_.FindAt(ref, snapshot.sequence())) {
    loaded.state = *std::move(state);
  } else {
    SnapshotReader reader(use.database(), snapshot, call);
    ASSIGN_OR_RETURN(loaded.state, reader.GetCustomer(ref));
    cache_.Offer(loaded.state, snapshot.sequence());
  }
  if (options.known != 0 && loaded.state.revision == options.known) return Unchanged(loaded.state);
  RETURN_IF_ERROR(CheckLoadOptions(options));
  RETURN_IF_ERROR(rocks::VisitRecords(use.database(), snapshot, call, loaded.state.members,
                                      options.limits, visit));
  return loaded;
}

absl::Status RocksDbStore::Read(const CallOptions& call,
                                absl::FunctionRef<absl::Status(Reader&)> body) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  const Snapshot snapshot(use.database());
  SnapshotReader reader(use.database(), snapshot, call);
  return body(reader);
}

absl::Status RocksDbStore::Write(const WriteOptions& options,
                                 absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                                 absl::FunctionRef<absl::Status(Transaction&)> body) {
  RETURN_IF_ERROR(CheckDeadline(options.call));
  RETURN_IF_ERROR(CheckWriteOptions(options));
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
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(deadline));
  Database& database = use.database();
  RETURN_IF_ERROR(database.durability().CheckWritable());
  WritePlan planned;
  {
    const Snapshot snapshot(database);
    SnapshotReader reader(database, snapshot, options.call);
    ASSIGN_OR_RETURN(planned, plan(reader));
  }
  RETURN_IF_ERROR(CheckPlan(planned));
  ASSIGN_OR_RETURN(const Gate::Pass pass, import_gate_.Enter(Gate::Mode::kShared, deadline));
  ASSIGN_OR_RETURN(const RowLocks::Held held, locks_.Acquire(LocksOf(planned), deadline));

  const Snapshot snapshot(database);
  rocks::RocksDbTransaction transaction(database, cache_, snapshot, options, planned);
  RETURN_IF_ERROR(transaction.Begin());
  RETURN_IF_ERROR(body(transaction));
  if (!transaction.wrote()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckDeadline(options.call));

  rocks::PendingCommit commit = transaction.Prepare();
  const std::vector<CustomerState> states = transaction.TouchedStates();
  rocks::CustomerCache::Commit change(cache_, IdsOf(states));
  RETURN_IF_ERROR(use.commits().Commit(commit, deadline));
  change.Finish(states, database.db().GetLatestSequenceNumber());
  return absl::OkStatus();
}

absl::Status RocksDbStore::CheckReady(const CallOptions& call) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  return use.database().durability().CheckWritable();
}

}  // namespace yilan::storage
