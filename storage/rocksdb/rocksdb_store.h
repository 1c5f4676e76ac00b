// RocksDbStore: a durable store in one directory of the machine, on RocksDB.
//
// Every commit is in the synced write-ahead log before it is visible or acknowledged: neither a
// killed process nor a power cut loses it. Commits that wait at the same moment share one sync.
// Reads run on snapshots and never wait for writes. Writes lock what their plan names in memory,
// for one process at a time owns the directory.
//
// When the disk fails:
// - full: writes are RESOURCE_EXHAUSTED and CheckReady says so; reads go on. Soon after there is
//   space again (as much as the write buffers hold), the store opens its files anew, as a restart
//   would, and goes on; calls wait for that. Seldom, the write that met the full disk is UNKNOWN.
// - a sync or write of the log fails: that write is UNKNOWN, and the store takes no others: they
//   and CheckReady are UNAVAILABLE until the process opens the store again, which finds out what
//   became of it. Reads go on, and show nothing of that write: what they show was durable before.
// - stored bytes do not read back: DATA_LOSS, from the read that met them, or from Open. Damage at
//   the very end of the log cannot be told from a write that a power cut tore, and is taken for it.
//
// Thread-safe, as record_store.h says.
//
//   ASSIGN_OR_RETURN(const auto store, RocksDbStore::Open({.directory = "/var/lib/yilan"}));
#ifndef YILAN_STORAGE_ROCKSDB_ROCKSDB_STORE_H_
#define YILAN_STORAGE_ROCKSDB_ROCKSDB_STORE_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "storage/record_store.h"
#include "storage/rocksdb/customer_cache.h"
#include "storage/rocksdb/gate.h"
#include "storage/rocksdb/live_database.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rocksdb/row_locks.h"
#include "storage/rows/row_transaction.h"

namespace yilan::storage {

class RocksDbStore final : public RecordStore {
 public:
  // Opens the store of `options.directory`, and makes it when there is none. FAILED_PRECONDITION
  // when something else has it open, or it holds another format or something else; DATA_LOSS when
  // what was acknowledged does not read back; RESOURCE_EXHAUSTED when the disk is full.
  static absl::StatusOr<std::unique_ptr<RocksDbStore>> Open(const RocksDbOptions& options);

  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override;
  absl::Status Read(const CallOptions& call,
                    absl::FunctionRef<absl::Status(Reader&)> body) override;
  absl::Status Write(const WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                     absl::FunctionRef<absl::Status(Transaction&)> body) override;
  absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                     size_t max) override;
  absl::Status TrimChanges(const CallOptions& call, int partition, uint64_t through) override;
  absl::Status TrimRequests(const CallOptions& call, TimeMicros before) override;
  absl::StatusOr<std::vector<CustomerState>> ListCustomers(const CallOptions& call,
                                                           CustomerId after, size_t max) override;
  absl::StatusOr<Statistics> GetStatistics(const CallOptions& call) override;
  absl::Status Export(const CallOptions& call, ExportVisitor visit) override;
  absl::Status ReadBulk(const CallOptions& call,
                        absl::FunctionRef<absl::Status(BulkReader&)> body) override;
  absl::Status Import(const CallOptions& call, absl::Span<const ExportEntry> entries) override;
  absl::Status CheckReady(const CallOptions& call) override;

  // Reads the whole store and checks every row against those that must agree with it: keys and
  // terms with records, members with subjects, the feed with its bounds, the counts with a count.
  // DATA_LOSS tells the first contradiction. Writes may go on meanwhile.
  absl::Status Verify(const CallOptions& call);

 private:
  explicit RocksDbStore(const RocksDbOptions& options) : cache_(options.cached_customers) {}

  // One run of plan and body; Replan() when they have to run again.
  absl::Status TryWrite(const WriteOptions& options,
                        absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                        absl::FunctionRef<absl::Status(Transaction&)> body);

  // Tells the transaction of the customers of its plan, which are locked.
  absl::Status ReadPlanned(absl::Span<const CustomerId> customers, rocksdb::SequenceNumber sequence,
                           rows::RowTransaction& transaction);

  rocks::CustomerCache cache_;
  rocks::RowLocks locks_;
  rocks::Gate import_gate_;  // Shared by writes; an import, which locks no rows, is alone.
  Mutex trim_requests_mutex_;
  std::unique_ptr<rocks::LiveDatabase> live_;  // Last: it uses the cache.
};

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_ROCKSDB_ROCKSDB_STORE_H_
