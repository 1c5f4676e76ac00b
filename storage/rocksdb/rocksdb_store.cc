#include "storage/rocksdb/rocksdb_store.h"

#include <utility>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rocksdb/load_customer.h"
#include "storage/rocksdb/snapshot_source.h"
#include "storage/rows/bulk_reader.h"
#include "storage/rows/export.h"
#include "storage/rows/importer.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_reader.h"
#include "storage/rows/row_transaction.h"
#include "storage/rows/row_values.h"
#include "storage/rows/verify.h"

namespace yilan::storage {
namespace {

using rocks::Database;
using rocks::Gate;
using rocks::LiveDatabase;
using rocks::RowLocks;
using rocks::Snapshot;
using rocks::SnapshotSource;

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
    SnapshotSource source(use.database(), snapshot);
    rows::RowReader reader(source, call);
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
  SnapshotSource source(use.database(), snapshot);
  rows::RowReader reader(source, call);
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
    SnapshotSource source(database, snapshot);
    rows::RowReader reader(source, options.call);
    ASSIGN_OR_RETURN(planned, plan(reader));
  }
  RETURN_IF_ERROR(CheckPlan(planned));
  ASSIGN_OR_RETURN(const Gate::Pass pass, import_gate_.Enter(Gate::Mode::kShared, deadline));
  ASSIGN_OR_RETURN(const RowLocks::Held held, locks_.Acquire(LocksOf(planned), deadline));

  const Snapshot snapshot(database);
  SnapshotSource source(database, snapshot);
  rows::RowTransaction transaction(source, options, planned);
  RETURN_IF_ERROR(ReadPlanned(planned.customers, snapshot.sequence(), transaction));
  RETURN_IF_ERROR(body(transaction));
  if (!transaction.wrote()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckDeadline(options.call));

  rows::RowCommit written = transaction.Prepare();
  const std::vector<CustomerState> states = std::move(written.customers);
  rocks::PendingCommit commit(database, std::move(written));
  rocks::CustomerCache::Commit change(cache_, IdsOf(states));
  RETURN_IF_ERROR(use.commits().Commit(commit, deadline));
  change.Finish(states, database.db().GetLatestSequenceNumber());
  return absl::OkStatus();
}

absl::Status RocksDbStore::ReadPlanned(absl::Span<const CustomerId> customers,
                                       rocksdb::SequenceNumber sequence,
                                       rows::RowTransaction& transaction) {
  std::vector<CustomerId> missing;
  std::vector<std::string> missing_rows;
  for (const CustomerId customer : customers) {
    // The lock keeps the row as it is, so the newest one is the snapshot's.
    if (std::optional<CustomerState> state = cache_.Find(customer)) {
      transaction.AddPlanned(*std::move(state), true);
    } else {
      missing.push_back(customer);
      missing_rows.push_back(rows::CustomerRow(customer));
    }
  }
  return transaction.reader().GetRows(
      rows::Family::kDirectory, missing_rows,
      [&](size_t i, const absl::string_view* value) -> absl::Status {
        if (value == nullptr) {
          transaction.AddPlanned({.customer = missing[i]}, false);
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(CustomerState state, rows::ParseCustomer(missing[i], *value));
        cache_.Offer(state, sequence);
        transaction.AddPlanned(std::move(state), true);
        return absl::OkStatus();
      });
}

absl::Status RocksDbStore::ReadBulk(const CallOptions& call,
                                    absl::FunctionRef<absl::Status(BulkReader&)> body) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  const Snapshot snapshot(use.database());
  SnapshotSource source(use.database(), snapshot);
  rows::RowBulkReader reader(source, call);
  return body(reader);
}

absl::Status RocksDbStore::Export(const CallOptions& call, ExportVisitor visit) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  const Snapshot snapshot(use.database());
  SnapshotSource source(use.database(), snapshot);
  return rows::ExportRows(source, call, visit);
}

absl::Status RocksDbStore::Verify(const CallOptions& call) {
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  const Snapshot snapshot(use.database());
  SnapshotSource source(use.database(), snapshot);
  return rows::VerifyRows(source, call);
}

absl::Status RocksDbStore::Import(const CallOptions& call, absl::Span<const ExportEntry> entries) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  Database& database = use.database();
  RETURN_IF_ERROR(database.durability().CheckWritable());
  ASSIGN_OR_RETURN(const Gate::Pass pass, import_gate_.Enter(Gate::Mode::kAlone, call.deadline));
  const Snapshot snapshot(database);
  SnapshotSource source(database, snapshot);
  rows::Importer importer(source, call, use.commits().counters());
  constexpr size_t kEntriesPerDeadlineCheck = 256;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i % kEntriesPerDeadlineCheck == 0) RETURN_IF_ERROR(CheckDeadline(call));
    ExportEntry entry = entries[i];
    RETURN_IF_ERROR(NormalizeEntry(entry));
    RETURN_IF_ERROR(importer.Add(entry));
  }
  ASSIGN_OR_RETURN(rows::RowCommit imported, importer.Prepare());
  const std::vector<CustomerState> states = std::move(imported.customers);
  rocks::PendingCommit commit(database, std::move(imported));
  rocks::CustomerCache::Commit change(cache_, IdsOf(states));
  RETURN_IF_ERROR(use.commits().Commit(commit, call.deadline));
  change.Finish(states, database.db().GetLatestSequenceNumber());
  return absl::OkStatus();
}

absl::Status RocksDbStore::CheckReady(const CallOptions& call) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  return use.database().durability().CheckWritable();
}

}  // namespace yilan::storage
