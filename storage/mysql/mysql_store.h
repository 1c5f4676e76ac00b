// MySqlStore: a store in a database of MySQL, MariaDB or a cluster of them, shared by any number of
// servers.
//
// Everything is in one table of rows (entries.h), which storage/rows gives its meaning. A write is
// one transaction in READ COMMITTED: it locks the customers, keys and the request of its plan in
// one order, runs the body on what it then reads, and sends what was written in few statements; the
// counters of the feed are locked last. What nobody could lock, because it did not exist, is
// inserted in a way that fails if somebody else was faster; so what the caller takes for new is not
// looked for either, the first time. After such a failure plan and body run again, as after
// a deadlock or a connection that was lost before COMMIT. A connection that is lost during COMMIT
// is UNKNOWN. Reads are one statement, or a read-only transaction on a snapshot.
//
// What the database promises of an acknowledged write, and what a cluster does not, docs/storage.md
// says. Thread-safe, as record_store.h says.
#ifndef YILAN_STORAGE_MYSQL_MYSQL_STORE_H_
#define YILAN_STORAGE_MYSQL_MYSQL_STORE_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/mysql/mysql_options.h"
#include "storage/mysql/pool.h"
#include "storage/mysql/revision_reads.h"
#include "storage/record_store.h"

namespace yilan::storage {

class MySqlStore final : public RecordStore {
 public:
  // Connects on first use: a database that is down does not keep the store from being made.
  explicit MySqlStore(const mysql::MySqlOptions& options)
      : pool_(options),
        revisions_([this](absl::Span<const CustomerId> customers, absl::Time deadline,
                          std::vector<std::optional<Revision>>& revisions) {
          return ReadRevisions(customers, deadline, revisions);
        }) {}

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
  bool IsLocal() const override { return false; }
  absl::Status CheckReady(const CallOptions& call) override;

  // What of the database's settings weakens what it promises of a commit, and what to set instead:
  // a sentence for each. Nothing when all is well, or the database does not have such settings.
  std::vector<std::string> Advice(const CallOptions& call);
  // As RocksDbStore::Verify: does everything agree with everything else?
  absl::Status Verify(const CallOptions& call);

 private:
  // A connection, with errors as callers of the store get them.
  absl::StatusOr<mysql::Pool::Lease> Acquire(mysql::Session::Mode mode, absl::Time deadline);
  // Runs `body` on a connection in a read-only transaction with a snapshot.
  absl::Status OnSnapshot(const CallOptions& call,
                          absl::FunctionRef<absl::Status(mysql::Session&)> body);
  // Runs `body` on a connection for writing until it was committed, rolled back for good, or its
  // outcome is unknown.
  absl::Status InTransaction(const CallOptions& call,
                             absl::FunctionRef<absl::Status(mysql::Session&)> body);
  // With `trusting`, what is said to be new is not looked for; a duplicate tells if it was not.
  absl::Status TryWrite(mysql::Session& session, const WriteOptions& options, bool trusting,
                        absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                        absl::FunctionRef<absl::Status(Transaction&)> body);

  absl::Status ReadRevisions(absl::Span<const CustomerId> customers, absl::Time deadline,
                             std::vector<std::optional<Revision>>& revisions);

  mysql::Pool pool_;
  mysql::RevisionReads revisions_;
  std::atomic<bool> schema_seen_{false};  // That the database has the schema of this program.
};

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_MYSQL_MYSQL_STORE_H_
