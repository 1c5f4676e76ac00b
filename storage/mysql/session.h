// One connection to the database.
//
//   ASSIGN_OR_RETURN(auto session, Session::Connect(options, watchdog));
//   session->SetDeadline(call.deadline);
//   RETURN_IF_ERROR(session->SetMode(Session::Mode::kWrite));
//   ASSIGN_OR_RETURN(const uint64_t rows,
//                    session->Update("INSERT INTO t VALUES (?, ?)", {uint64_t{1}, bytes}));
//   RETURN_IF_ERROR(session->Commit());
//
// When a Galera node rolls a transaction back between two of its statements, because another node
// was faster, the error that says so may be lost (seen with prepared statements on MariaDB 10.11):
// what follows becomes a transaction of its own, and COMMIT succeeds with half of the work. So
// there each transaction has a savepoint that must still exist before COMMIT, at two round trips.
//
// Errors are those of errors.h. No exception leaves this class; only Statement::execute ends
// transactions, for Connector/C++'s own commit(), rollback() and setAutoCommit() hide errors.
#ifndef YILAN_STORAGE_MYSQL_SESSION_H_
#define YILAN_STORAGE_MYSQL_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/mysql/errors.h"
#include "storage/mysql/mysql_options.h"
#include "storage/mysql/statement_cache.h"
#include "storage/mysql/statement_observer.h"
#include "storage/mysql/watchdog.h"

namespace sql {
class Connection;
class ResultSet;
class Statement;
}  // namespace sql

namespace yilan::storage::mysql {

// One row of an answer of at most 8 columns. Columns count from 0. A mistake (no such column) reads
// as nothing, and makes the query end with INTERNAL.
class RowView {
 public:
  // The bytes of any column; empty for NULL. Valid until the visit of this row ends.
  absl::string_view bytes(size_t column) const;
  // A whole number; 0 for NULL.
  uint64_t number(size_t column) const;
  bool is_null(size_t column) const;

 private:
  friend class Session;
  struct Row;
  explicit RowView(Row& row) : row_(row) {}

  Row& row_;
};
using RowVisitor = absl::FunctionRef<absl::Status(const RowView&)>;

// Not thread-safe, but may move between threads.
class Session {
 public:
  // kRead: every statement is a transaction of its own, or Execute() starts one with a snapshot;
  // REPEATABLE READ. kWrite: a transaction begins with the first statement, without a round trip,
  // and lasts until Commit() or Rollback(); READ COMMITTED.
  enum class Mode { kRead, kWrite };

  // Connects within `options.connect_timeout`, in mode kRead and without a deadline. The session's
  // settings are fixed whatever the server's defaults are: strict SQL mode, UTC, no conversion of
  // bytes; a lock is waited for up to 5 s (then IsRetry); the server ends a session that is idle
  // for 60 s, so that what the dead hold is freed. UNAVAILABLE, FAILED_PRECONDITION.
  static absl::StatusOr<std::unique_ptr<Session>> Connect(const MySqlOptions& options,
                                                          Watchdog& watchdog);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // From now on no call waits for the server beyond this, nor longer than options.read_timeout: it
  // ends with DEADLINE_EXCEEDED, or UNKNOWN if it was Commit(), and the session is broken. One that
  // begins later than this is not sent, and leaves the session as it was.
  void SetDeadline(absl::Time deadline) { deadline_ = deadline; }

  // A round trip when the mode changes. INTERNAL in a transaction, which would be committed by it.
  absl::Status SetMode(Mode mode);
  Mode mode() const { return mode_; }

  // After an error that IsRetry() in a transaction every call fails with it until Rollback().

  // Runs a prepared statement and visits its rows, until a visit returns an error, which is
  // returned. All rows are here before the first visit, so limit what may be large. A visit may use
  // the session, but not for the same statement.
  absl::Status Query(const std::string& sql, absl::Span<const Param> params, RowVisitor visit);
  // Runs a prepared statement that changes rows, and returns how many it changed: a row that is set
  // to what it is does not count; one replaced by ON DUPLICATE KEY UPDATE counts twice.
  absl::StatusOr<uint64_t> Update(const std::string& sql, absl::Span<const Param> params);
  // Runs a statement without values or rows that is not worth preparing.
  absl::Status Execute(const char* sql);

  // UNKNOWN when COMMIT was sent and the answer does not say what became of it. IsRetry: it was
  // rolled back, or has to be: call Rollback().
  absl::Status Commit();
  // Nothing to do, and no round trip, outside a transaction. May take a quarter of a second longer
  // than the deadline: it is what saves the connection. After an error the session is broken, which
  // ends the transaction too.
  absl::Status Rollback();
  // A transaction may be open: statements ran since the last Commit() or Rollback().
  bool in_transaction() const { return in_transaction_; }

  // The session has ended and every call fails; destroy it.
  bool broken() const { return broken_; }
  // … and its server is not to be trusted with other sessions (IsServerGone).
  bool server_gone() const { return server_gone_; }
  // Asks the server, a round trip; false makes the session broken.
  bool IsAlive();

  // Waits for answers so far, those of Connect() not counted.
  uint64_t round_trips() const { return round_trips_; }
  // The server's number for this connection, as KILL takes it.
  uint64_t connection_id() const { return connection_id_; }
  // What one statement may hold, all values of up to 256 KiB together, and larger ones each. Beyond
  // it RESOURCE_EXHAUSTED, and nothing is sent.
  size_t max_packet_bytes() const { return max_packet_bytes_; }
  // The server is a node of a Galera cluster.
  bool galera() const { return galera_; }
  // As the server says: "10.11.6-MariaDB-…", "8.4.3".
  const std::string& server_version() const { return server_version_; }

 private:
  Session(const MySqlOptions& options, Watchdog& watchdog,
          std::unique_ptr<sql::Connection> connection, int fd);

  absl::Status Begin();
  // After the first statement of a transaction on a Galera node, and before its COMMIT.
  absl::Status Guard();
  absl::Status CheckGuard();
  template <typename Body>
  absl::Status Run(Phase phase, absl::Time deadline, Body&& body);
  absl::Status RunPlain(Phase phase, absl::Time deadline, const char* sql);
  sql::PreparedStatement& Prepared(const std::string& sql, absl::Span<const Param> params);
  absl::Status CheckSize(const std::string& sql, absl::Span<const Param> params) const;
  absl::Status Visit(sql::ResultSet& rows, RowVisitor visit);

  const absl::Duration read_timeout_;
  StatementObserver* const observer_;
  std::unique_ptr<sql::Connection> connection_;
  Watchdog::Guard guard_;  // Goes before the connection, which closes the socket.
  std::unique_ptr<sql::Statement> statement_;
  StatementCache prepared_;
  absl::Time deadline_ = absl::InfiniteFuture();
  Mode mode_ = Mode::kRead;
  bool in_transaction_ = false;
  // The server has rolled the transaction back, or what was to be done in it: what came next would
  // be half of it. Until Rollback() everything fails with this.
  absl::Status doomed_;
  bool broken_ = false;
  bool galera_ = false;   // Its server is a node of a Galera cluster.
  bool guarded_ = false;  // There is a savepoint, unless the transaction is gone.
  bool server_gone_ = false;
  uint64_t round_trips_ = 0;
  uint64_t connection_id_ = 0;
  size_t max_packet_bytes_ = 0;
  std::string server_version_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_SESSION_H_
