#include "tests/mysql/mariadb_server.h"

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql_driver.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "tests/mysql/mariadb_launch.h"
#include "tests/mysql/mariadb_template.h"

namespace yilan {
namespace {

constexpr char kRootPassword[] = "password of root";
constexpr int kPortAttempts = 20;
constexpr absl::Duration kStopTimeout = absl::Minutes(1);
// The client library's own errors are 2000 to 2999: no connection, or one that broke.
constexpr int kFirstClientError = 2000;
constexpr int kLastClientError = 2999;

// A port that was free a moment ago; 0 when there is none. mariadbd can neither choose one nor be
// given an open socket.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

absl::Status ToStatus(const sql::SQLException& error) {
  const int code = error.getErrorCode();
  const std::string what = absl::StrCat(code, ": ", error.what());
  return code >= kFirstClientError && code <= kLastClientError ? absl::UnavailableError(what)
                                                               : absl::InternalError(what);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MariaDbServer>> MariaDbServer::Start(const Options& options) {
  sql::mysql::get_driver_instance();
  std::error_code error;
  const std::string parent = options.parent_directory.empty()
                                 ? std::filesystem::temp_directory_path(error).string()
                                 : options.parent_directory;
  std::string directory = parent + "/yilan_mariadb_XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) {
    return absl::InternalError(absl::StrCat(parent, ": no directory can be made here"));
  }
  std::unique_ptr<MariaDbServer> server(new MariaDbServer(options, directory));
  const absl::Time start = absl::Now();
  if (options.empty) {
    std::filesystem::create_directory(directory + "/data", error);
  } else {
    RETURN_IF_ERROR(MakeMariaDbData(directory, {.user = std::string(user()),
                                                .password = std::string(password()),
                                                .root_password = kRootPassword}));
  }
  MutexLock lock(server->mutex_);
  absl::Status launched;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    if (options.tcp) server->port_ = FreePort();
    launched = server->Launch(options.first_flags);
    if (!absl::IsAborted(launched)) break;  // Else another took the port between.
  }
  RETURN_IF_ERROR(launched);
  server->start_time_ = absl::Now() - start;
  return server;
}

MariaDbServer::~MariaDbServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

absl::Status MariaDbServer::Launch(const std::vector<std::string>& last_flags) {
  std::vector<std::string> flags;
  if (options_.tcp) {
    flags = {"--bind-address=127.0.0.1", absl::StrCat("--port=", port_)};
  } else {
    flags = {"--skip-networking"};
  }
  if (!options_.tls_certificate.empty()) {
    flags.insert(flags.end(), {"--ssl-cert=" + options_.tls_certificate,  //
                               "--ssl-key=" + options_.tls_key});
  }
  if (!options_.tls_client_ca.empty()) flags.push_back("--ssl-ca=" + options_.tls_client_ca);
  if (!options_.durable) {
    // 2 rather than 0: written at each commit, so that the kill of the server alone loses nothing.
    flags.insert(flags.end(), {"--innodb-flush-log-at-trx-commit=2",  //
                               "--innodb-flush-method=nosync", "--debug-no-sync"});
  }
  flags.insert(flags.end(), options_.extra_flags.begin(), options_.extra_flags.end());
  flags.insert(flags.end(), last_flags.begin(), last_flags.end());
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(process_, LaunchMariaDb(directory_, {.defaults_file = options_.defaults_file,
                                                        .os_user = options_.os_user,
                                                        .flags = flags}));
  start_time_ = absl::Now() - start;
  return absl::OkStatus();
}

pid_t MariaDbServer::pid() const {
  MutexLock lock(mutex_);
  return process_->pid();
}

absl::Duration MariaDbServer::start_time() const {
  MutexLock lock(mutex_);
  return start_time_;
}

std::string MariaDbServer::Log() const {
  std::ifstream file(log_path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

absl::StatusOr<std::string> MariaDbServer::CreateDatabase() {
  std::string name;
  {
    MutexLock lock(mutex_);
    name = absl::StrCat("yilan_", ++databases_);
  }
  RETURN_IF_ERROR(Execute("CREATE DATABASE " + name).status());
  return name;
}

std::string MariaDbServer::Url(absl::string_view database) const {
  return absl::StrCat("mysql://", user(), "@localhost/", database, "?socket=", socket_path());
}

std::string MariaDbServer::TcpUrl(absl::string_view database) const {
  return absl::StrCat("mysql://", user(), "@127.0.0.1:", port_, "/", database);
}

absl::StatusOr<MariaDbServer::Rows> MariaDbServer::Execute(absl::string_view sql,
                                                           absl::Duration timeout) const {
  const int seconds = static_cast<int>(std::max<int64_t>(1, absl::ToInt64Seconds(timeout)));
  try {
    sql::ConnectOptionsMap options;
    options["hostName"] = sql::SQLString("unix://" + socket_path());
    options["userName"] = sql::SQLString("root");
    options["password"] = sql::SQLString(kRootPassword);
    options["OPT_CONNECT_TIMEOUT"] = seconds;
    options["OPT_READ_TIMEOUT"] = seconds;
    const std::unique_ptr<sql::Connection> connection(
        sql::mysql::get_driver_instance()->connect(options));
    const std::unique_ptr<sql::Statement> statement(connection->createStatement());
    Rows rows;
    if (!statement->execute(std::string(sql))) return rows;
    const std::unique_ptr<sql::ResultSet> result(statement->getResultSet());
    const unsigned columns = result->getMetaData()->getColumnCount();
    while (result->next()) {
      std::vector<std::string>& row = rows.emplace_back();
      for (unsigned column = 1; column <= columns; ++column) {
        const sql::SQLString value = result->getString(column);
        row.push_back(result->wasNull() ? "NULL" : value.asStdString());
      }
    }
    return rows;
  } catch (const sql::SQLException& error) {
    return ToStatus(error);
  }
}

void MariaDbServer::Kill() {
  MutexLock lock(mutex_);
  if (process_ == nullptr) return;
  process_->Signal(SIGKILL);
  process_->WaitFor(absl::InfiniteDuration());
}

absl::Status MariaDbServer::StopLocked() {
  process_->Signal(SIGCONT);
  process_->Signal(SIGTERM);
  const std::optional<int> code = process_->WaitFor(kStopTimeout);
  if (code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "mariadbd ", code.has_value() ? absl::StrCat("ended with ", *code) : "does not end"));
}

absl::Status MariaDbServer::Stop() {
  MutexLock lock(mutex_);
  return StopLocked();
}

absl::Status MariaDbServer::Restart(const std::vector<std::string>& flags) {
  MutexLock lock(mutex_);
  if (!process_->WaitFor(absl::ZeroDuration()).has_value()) RETURN_IF_ERROR(StopLocked());
  return Launch(flags);
}

void MariaDbServer::Pause() {
  MutexLock lock(mutex_);
  process_->Suspend();
}

void MariaDbServer::Resume() {
  MutexLock lock(mutex_);
  process_->Signal(SIGCONT);
}

}  // namespace yilan
