#include "storage/mysql/session.h"

#include <cppconn/connection.h>
#include <cppconn/datatype.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/fault_points.h"
#include "base/status_macros.h"
#include "storage/mysql/connection_socket.h"
#include "storage/mysql/driver.h"

namespace yilan::storage::mysql {
namespace {

constexpr size_t kPreparedStatements = 256;
// Values larger than this travel by themselves, as Connector/C++ has it.
constexpr size_t kLongValueBytes = size_t{256} * 1024;
// A statement that holds more than this gives its values back after it ran.
constexpr size_t kKeptValueBytes = size_t{64} * 1024;
constexpr absl::Duration kRollbackGrace = absl::Milliseconds(250);
// Of an answer.
constexpr size_t kMostColumns = 8;

// The one place where an exception becomes a status.
template <typename Body>
absl::Status Catch(Phase phase, Body&& body) {
  try {
    body();
  } catch (const sql::SQLException& error) {
    return ToStatus(error, phase);
  } catch (const std::bad_alloc&) {
    return OutOfMemory(phase);
  }
  return absl::OkStatus();
}

// MariaDB before 11.1 knows only tx_isolation and MySQL only transaction_isolation: each reads its
// own comment (MariaDB leaves out those of 5.7). SESSION, or it holds for one transaction only.
const char* ModeSql(Session::Mode mode) {
  if (mode == Session::Mode::kRead) {
    return "SET SESSION autocommit = 1"
           " /*M!100101 , SESSION tx_isolation = 'REPEATABLE-READ' */"
           " /*!50720 , SESSION transaction_isolation = 'REPEATABLE-READ' */";
  }
  return "SET SESSION autocommit = 0"
         " /*M!100101 , SESSION tx_isolation = 'READ-COMMITTED' */"
         " /*!50720 , SESSION transaction_isolation = 'READ-COMMITTED' */";
}

// All that a server's configuration could change under us. The limits of time end at the server
// what this side has given up; MariaDB's ends the transactions of the dead sooner than
// wait_timeout.
std::string SettingsSql(absl::Duration read_timeout) {
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(read_timeout, absl::Seconds(1)));
  return absl::StrFormat(
      "%s, SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,"
      "NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'"
      ", SESSION time_zone = '+00:00', SESSION wait_timeout = 60"
      ", SESSION innodb_lock_wait_timeout = 5, SESSION lock_wait_timeout = 5"
      ", SESSION character_set_client = binary, SESSION character_set_results = binary"
      ", SESSION character_set_connection = binary"
      " /*M!100500 , SESSION max_statement_time = %d, SESSION idle_write_transaction_timeout = 10 "
      "*/"
      " /*!50720 , SESSION max_execution_time = %d */",
      ModeSql(Session::Mode::kRead), seconds, seconds * 1000);
}

sql::ConnectOptionsMap ConnectOptions(const MySqlOptions& options) {
  const auto seconds = [](absl::Duration time) {
    return static_cast<int>(absl::ToInt64Seconds(absl::Ceil(time, absl::Seconds(1))));
  };
  sql::ConnectOptionsMap map;
  const auto set = [&map](const char* name, const std::string& value) {
    map[name] = sql::SQLString(value);
  };
  if (options.socket.empty()) {
    const bool ipv6 = absl::StrContains(options.host, ":");
    set("hostName",
        absl::StrCat("tcp://", ipv6 ? "[" : "", options.host, ipv6 ? "]" : "", ":", options.port));
  } else {
    set("hostName", absl::StrCat("unix://", options.socket));
  }
  set("userName", options.user);
  set("password", options.password);
  set("schema", options.database);
  map["OPT_CONNECT_TIMEOUT"] = seconds(options.connect_timeout);
  // The watchdog comes first; these are for the case that it cannot find the socket.
  map["OPT_READ_TIMEOUT"] = seconds(options.read_timeout) + 5;
  map["OPT_WRITE_TIMEOUT"] = seconds(options.read_timeout) + 5;
  map["OPT_RECONNECT"] = false;
  if (!options.tls_ca.empty()) set("sslCA", options.tls_ca);
  if (!options.tls_cert.empty()) set("sslCert", options.tls_cert);
  if (!options.tls_key.empty()) set("sslKey", options.tls_key);
  if (options.tls_required) {
    // Only sslVerify refuses a server without TLS; sslEnforce and sslCA alone go on in plaintext.
    map["sslEnforce"] = true;
    map["sslVerify"] = true;
  }
  return map;
}

// Makes a SQLString in place from a function's return: the class can only be copied.
template <typename Make>
struct InPlace {
  Make make;
  operator sql::SQLString() const { return make(); }  // NOLINT: that is its purpose.
};
template <typename Make>
InPlace(Make) -> InPlace<Make>;

}  // namespace

struct RowView::Row {
  sql::ResultSet& rows;
  std::array<std::optional<sql::SQLString>, kMostColumns> cells;
  absl::Status error;
};

absl::string_view RowView::bytes(size_t column) const {
  if (column >= row_.cells.size()) {
    row_.error.Update(
        absl::InternalError("a column of an answer is asked for that it cannot have"));
    return {};
  }
  const absl::Status status = Catch(Phase::kStatement, [&] {
    row_.cells[column].emplace(
        InPlace{[&] { return row_.rows.getString(static_cast<uint32_t>(column) + 1); }});
  });
  if (!status.ok()) {
    row_.error.Update(status);
    return {};
  }
  const std::string& cell = *row_.cells[column];
  return cell;
}

uint64_t RowView::number(size_t column) const {
  uint64_t number = 0;
  row_.error.Update(Catch(
      Phase::kStatement, [&] { number = row_.rows.getUInt64(static_cast<uint32_t>(column) + 1); }));
  return number;
}

bool RowView::is_null(size_t column) const {
  bool null = true;
  row_.error.Update(Catch(Phase::kStatement,
                          [&] { null = row_.rows.isNull(static_cast<uint32_t>(column) + 1); }));
  return null;
}

absl::StatusOr<std::unique_ptr<Session>> Session::Connect(const MySqlOptions& options,
                                                          Watchdog& watchdog) {
  // Without the CA the C library encrypts and does not look who answers.
  if (options.tls_required && options.tls_ca.empty()) {
    return absl::FailedPreconditionError(
        "TLS to the database needs tls-ca, the certificates that its own is checked with");
  }
  sql::ConnectOptionsMap map = ConnectOptions(options);
  // Somebody else in this process may open a connection to the same server at the same moment; then
  // it cannot be told which is ours, and the next attempt can.
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::unique_ptr<sql::Connection> connection;
    int fd = -1;
    {
      const ConnectionSocket search(options);
      Watchdog::Guard guard(watchdog, [&search] { return search.Find(); });
      guard.Arm(absl::Now() + options.connect_timeout);
      const absl::Status connected =
          Catch(Phase::kConnect, [&] { connection.reset(ThreadDriver().connect(map)); });
      if (guard.Disarm()) {
        return absl::UnavailableError(
            "the database does not answer; is it stopped, or overloaded?");
      }
      RETURN_IF_ERROR(connected);
      fd = search.Find();
    }
    if (fd < 0) continue;
    std::unique_ptr<Session> session(new Session(options, watchdog, std::move(connection), fd));
    session->SetDeadline(absl::Now() + options.connect_timeout);
    RETURN_IF_ERROR(session->Begin());
    session->SetDeadline(absl::InfiniteFuture());
    session->round_trips_ = 0;
    return session;
  }
  return absl::UnavailableError(
      "a connection to the database was made, but not its socket found in /proc/self/fd; is /proc "
      "mounted?");
}

Session::Session(const MySqlOptions& options, Watchdog& watchdog,
                 std::unique_ptr<sql::Connection> connection, int fd)
    : read_timeout_(options.read_timeout),
      observer_(options.observer),
      connection_(std::move(connection)),
      guard_(watchdog, fd),
      prepared_(kPreparedStatements) {}

Session::~Session() {
  // Closing tells the server, and neither waits for it nor says anything of use.
  static_cast<void>(Catch(Phase::kStatement, [&] {
    prepared_.Clear();
    statement_.reset();
  }));
}

absl::Status Session::Begin() {
  RETURN_IF_ERROR(
      Catch(Phase::kConnect, [&] { statement_.reset(connection_->createStatement()); }));
  RETURN_IF_ERROR(RunPlain(Phase::kConnect, deadline_, SettingsSql(read_timeout_).c_str()));
  return Run(Phase::kConnect, deadline_, [&] {
    const std::unique_ptr<sql::ResultSet> rows(
        statement_->executeQuery("SELECT CONNECTION_ID(), @@max_allowed_packet, VERSION()"));
    if (!rows->next()) throw sql::SQLException("the server does not answer SELECT");
    connection_id_ = rows->getUInt64(1);
    max_packet_bytes_ = rows->getUInt64(2);
    server_version_ = rows->getString(3);
    const std::unique_ptr<sql::ResultSet> galera(
        statement_->executeQuery("SHOW SESSION VARIABLES LIKE 'wsrep_on'"));
    galera_ = galera->next() && galera->getString(2) == "ON";
  });
}

template <typename Body>
absl::Status Session::Run(Phase phase, absl::Time deadline, Body&& body) {
  // Whatever broke it rolled back what was open: a COMMIT that is not sent has not failed midway.
  if (broken_) return ErrorStatus(2006, "", Phase::kStatement);
  RETURN_IF_ERROR(doomed_);
  const absl::Time now = absl::Now();
  if (now >= deadline) {
    return absl::DeadlineExceededError("the deadline has passed; nothing was written");
  }
  ThreadDriver();
  guard_.Arm(std::min(deadline, now + read_timeout_));
  absl::Status status = Catch(phase, body);
  if (guard_.Disarm()) {
    broken_ = true;
    // An answer that came at the last moment is an answer.
    if (!status.ok()) status = CutShort(phase);
  }
  if (IsConnectionBroken(status)) broken_ = true;
  if (IsServerGone(status)) server_gone_ = true;
  if (in_transaction_ && IsRetry(status)) doomed_ = status;
  return status;
}

absl::Status Session::RunPlain(Phase phase, absl::Time deadline, const char* sql) {
  if (observer_ != nullptr && connection_id_ != 0) observer_->OnStatement(connection_id_, sql, {});
  return Run(phase, deadline, [&] {
    ++round_trips_;
    statement_->execute(sql);
  });
}

absl::Status Session::SetMode(Mode mode) {
  if (mode == mode_) return absl::OkStatus();
  if (in_transaction_) {
    return absl::InternalError("the mode of a session is set in a transaction: it would commit it");
  }
  RETURN_IF_ERROR(RunPlain(Phase::kStatement, deadline_, ModeSql(mode)));
  mode_ = mode;
  return absl::OkStatus();
}

absl::Status Session::CheckSize(const std::string& sql, absl::Span<const Param> params) const {
  size_t together = sql.size() + 64;
  size_t largest = 0;
  for (const Param& param : params) {
    const auto* bytes = std::get_if<absl::string_view>(&param);
    const size_t size = bytes == nullptr ? 8 : bytes->size();
    if (size <= kLongValueBytes) together += size + 12;
    largest = std::max(largest, size + 64);
  }
  if (std::max(together, largest) <= max_packet_bytes_) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("a statement of ", std::max(together, largest),
                   " bytes is larger than the database takes at once (", max_packet_bytes_,
                   "); nothing was written; raise its max_allowed_packet"));
}

sql::PreparedStatement& Session::Prepared(const std::string& sql, absl::Span<const Param> params) {
  sql::PreparedStatement* statement = prepared_.Find(sql);
  if (statement == nullptr) {
    ++round_trips_;
    statement = &prepared_.Insert(
        sql, std::unique_ptr<sql::PreparedStatement>(connection_->prepareStatement(sql)));
  }
  for (size_t i = 0; i < params.size(); ++i) {
    const auto index = static_cast<unsigned int>(i + 1);
    const Param& param = params[i];
    if (const auto* bytes = std::get_if<absl::string_view>(&param)) {
      statement->setString(index, sql::SQLString(bytes->data(), bytes->size()));
    } else if (const auto* number = std::get_if<uint64_t>(&param)) {
      statement->setUInt64(index, *number);
    } else if (const auto* signed_number = std::get_if<int64_t>(&param)) {
      statement->setInt64(index, *signed_number);
    } else {
      statement->setNull(index, sql::DataType::VARBINARY);
    }
  }
  return *statement;
}

absl::Status Session::Query(const std::string& sql, absl::Span<const Param> params,
                            RowVisitor visit) {
  RETURN_IF_ERROR(CheckSize(sql, params));
  if (observer_ != nullptr) observer_->OnStatement(connection_id_, sql, params);
  if (mode_ == Mode::kWrite) in_transaction_ = true;
  std::unique_ptr<sql::ResultSet> rows;
  const Phase phase = mode_ == Mode::kRead ? Phase::kRead : Phase::kStatement;
  const absl::Status status = Run(phase, deadline_, [&] {
    sql::PreparedStatement& statement = Prepared(sql, params);
    ++round_trips_;
    rows.reset(statement.executeQuery());
  });
  if (!status.ok()) {
    // It may be the statement's own state at the server that is bad.
    prepared_.Erase(sql);
    return status;
  }
  RETURN_IF_ERROR(Guard());
  return Visit(*rows, visit);
}

absl::Status Session::Visit(sql::ResultSet& rows, RowVisitor visit) {
  RowView::Row row = {.rows = rows, .cells = {}, .error = {}};
  const RowView view(row);
  while (true) {
    bool more = false;
    RETURN_IF_ERROR(Catch(Phase::kStatement, [&] { more = rows.next(); }));
    if (!more) return absl::OkStatus();
    absl::Status visited = visit(view);
    RETURN_IF_ERROR(row.error);
    if (!visited.ok()) return visited;
  }
}

absl::StatusOr<uint64_t> Session::Update(const std::string& sql, absl::Span<const Param> params) {
  RETURN_IF_ERROR(CheckSize(sql, params));
  if (observer_ != nullptr) observer_->OnStatement(connection_id_, sql, params);
  if (mode_ == Mode::kWrite) in_transaction_ = true;
  size_t bytes = 0;
  for (const Param& param : params) {
    if (const auto* value = std::get_if<absl::string_view>(&param)) bytes += value->size();
  }
  uint64_t changed = 0;
  PassFaultPoint(FaultPoint::kBeforeStatement);
  const absl::Status status = Run(Phase::kStatement, deadline_, [&] {
    sql::PreparedStatement& statement = Prepared(sql, params);
    ++round_trips_;
    changed = static_cast<uint64_t>(statement.executeUpdate());
    if (bytes > kKeptValueBytes) statement.clearParameters();
  });
  PassFaultPoint(FaultPoint::kAfterStatement);
  if (!status.ok()) {
    if (!IsDuplicate(status)) prepared_.Erase(sql);
    return status;
  }
  RETURN_IF_ERROR(Guard());
  return changed;
}

absl::Status Session::Execute(const char* sql) {
  const bool starts = absl::StartsWith(sql, "START TRANSACTION");
  if (mode_ == Mode::kWrite || starts) in_transaction_ = true;
  return RunPlain(mode_ == Mode::kRead && starts ? Phase::kRead : Phase::kStatement, deadline_,
                  sql);
}

absl::Status Session::Commit() {
  RETURN_IF_ERROR(CheckGuard());
  PassFaultPoint(FaultPoint::kBeforeCommit);
  const absl::Status status = RunPlain(Phase::kCommit, deadline_, "COMMIT");
  if (!IsPlanted(Mutant::kSwallowCommitError)) RETURN_IF_ERROR(status);
  PassFaultPoint(FaultPoint::kAfterCommit);
  in_transaction_ = false;
  return absl::OkStatus();
}

absl::Status Session::Guard() {
  if (!galera_ || mode_ != Mode::kWrite || guarded_) return absl::OkStatus();
  guarded_ = true;
  return RunPlain(Phase::kStatement, deadline_, "SAVEPOINT yilan");
}

absl::Status Session::CheckGuard() {
  if (!guarded_) return absl::OkStatus();
  guarded_ = false;
  return RunPlain(Phase::kStatement, deadline_, "RELEASE SAVEPOINT yilan");
}

absl::Status Session::Rollback() {
  guarded_ = false;
  if (!in_transaction_) return absl::OkStatus();
  in_transaction_ = false;
  doomed_ = absl::OkStatus();
  const absl::Time deadline = std::max(deadline_, absl::Now() + kRollbackGrace);
  absl::Status status = RunPlain(Phase::kStatement, deadline, "ROLLBACK");
  // Galera may answer ROLLBACK with the news that the transaction was already rolled back.
  if (IsRetry(status)) status = RunPlain(Phase::kStatement, deadline, "ROLLBACK");
  if (!status.ok()) broken_ = true;
  return status;
}

bool Session::IsAlive() {
  bool alive = false;
  const absl::Status status = Run(Phase::kStatement, deadline_, [&] {
    ++round_trips_;
    alive = connection_->isValid();
  });
  if (!status.ok() || !alive) broken_ = true;
  return status.ok() && alive;
}

}  // namespace yilan::storage::mysql
