// A private MariaDB server for one test.
//
//   ASSIGN_OR_RETURN(const auto server, MariaDbServer::Start({}));
//   ASSIGN_OR_RETURN(const std::string database, server->CreateDatabase());
//   const std::string url = server->Url(database);  // With MariaDbServer::password().
//   server->Kill();                                 // As a crash does.
//   RETURN_IF_ERROR(server->Restart());             // What was committed is there, at the same
//   URL.
//
// It runs Debian's mariadbd (package mariadb-server) on a directory of its own, without the
// machine's configuration, with grant tables, and listens on a unix socket; on TCP only when asked
// to. So any number run at once and disturb neither each other nor the machine's own server. It
// dies with the test, however that ends.
//
// Starting takes a quarter of a second, since the data directory is a copy of a template, which the
// first test of a build tree makes in some five seconds while others wait. Removing it takes longer
// on a disk (0.7 s; 0.1 s when not durable): use one server per program and a database per test.
#ifndef YILAN_TESTS_MYSQL_MARIADB_SERVER_H_
#define YILAN_TESTS_MYSQL_MARIADB_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "tests/mysql/kept_process.h"

namespace yilan {

// Thread-safe. The first Start() of a program must be before its threads use Connector/C++, whose
// driver it makes.
class MariaDbServer {
 public:
  using Rows = std::vector<std::vector<std::string>>;

  struct Options {
    // Listens on a free port of 127.0.0.1 too.
    bool tcp = false;
    // PEM files; with the first two the server takes TLS connections. Plaintext stays allowed but
    // for what extra_flags says ("--require-secure-transport=ON").
    std::string tls_certificate;
    std::string tls_key;
    std::string tls_client_ca;
    // innodb_flush_log_at_trx_commit = 1: a commit is on disk when it is answered. False costs the
    // safety against a crash of the machine, which no test has; kill -9 loses nothing either way.
    bool durable = true;
    // Where its own directory is made; the system's directory for temporary files if empty. The
    // path of a unix socket is limited to some 100 bytes.
    std::string parent_directory;
    // For mariadbd, after ours, so that they win: "--max-connections=10".
    std::vector<std::string> extra_flags;
    // The same, for the first start only.
    std::vector<std::string> first_flags;
    // The only configuration file that it reads; none if empty. Flags go before it.
    std::string defaults_file;
    // Who it runs as, if this program is root.
    std::string os_user = "root";
    // Starts without data: a cluster will give it some.
    bool empty = false;
  };

  // Starts a server and waits until it takes connections. Fails, saying what to install or what
  // the server printed, when there is none.
  static absl::StatusOr<std::unique_ptr<MariaDbServer>> Start(const Options& options);
  // Kills it and removes its directory.
  ~MariaDbServer();
  MariaDbServer(const MariaDbServer&) = delete;
  MariaDbServer& operator=(const MariaDbServer&) = delete;

  const std::string& directory() const { return directory_; }
  std::string socket_path() const { return directory_ + "/socket"; }
  // 0 without Options::tcp.
  int port() const { return port_; }
  // Of the process that runs, or ran last.
  pid_t pid() const;
  // How long the last Start() or Restart() took.
  absl::Duration start_time() const;
  // What the server printed since Start().
  std::string Log() const;

  // The account that tests give to Yilan. It may do anything in databases named yilan…, and no
  // more.
  static absl::string_view user() { return "yilan"; }
  static absl::string_view password() { return "password of yilan"; }

  // Makes an empty database and returns its name: yilan_1, yilan_2 …
  absl::StatusOr<std::string> CreateDatabase();
  // What --storage takes: mysql://yilan@localhost/DATABASE?socket=PATH.
  std::string Url(absl::string_view database) const;
  // The same over TCP: mysql://yilan@127.0.0.1:PORT/DATABASE. Needs Options::tcp.
  std::string TcpUrl(absl::string_view database) const;

  // Runs one statement as root, on a connection of its own over the socket, and returns its rows;
  // SQL's NULL is "NULL". An error holds the server's number: "1146: Table … doesn't exist"; it is
  // UNAVAILABLE when there is no connection or it was lost, among them when an answer takes longer
  // than `timeout` (whole seconds).
  absl::StatusOr<Rows> Execute(absl::string_view sql,
                               absl::Duration timeout = absl::Seconds(30)) const;

  // SIGKILL; on return the process is gone, and its sockets with it.
  void Kill();
  // SIGTERM; an error when it does not end cleanly within a minute. Resumes it if it was paused.
  absl::Status Stop();
  // Starts it again on the same data, socket and port; stops it first if it runs. `flags` are for
  // this start only.
  absl::Status Restart(const std::vector<std::string>& flags = {});
  // SIGSTOP: on return nothing answers; connections stay open, and the kernel takes new ones.
  void Pause();
  void Resume();

 private:
  MariaDbServer(const Options& options, std::string directory)
      : options_(options), directory_(std::move(directory)) {}

  absl::Status Launch(const std::vector<std::string>& last_flags)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status StopLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string log_path() const { return directory_ + "/log"; }

  const Options options_;
  const std::string directory_;
  int port_ = 0;  // Set by Start() only.
  mutable Mutex mutex_;
  std::unique_ptr<KeptProcess> process_ ABSL_GUARDED_BY(mutex_);
  absl::Duration start_time_ ABSL_GUARDED_BY(mutex_);
  int databases_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace yilan

#endif  // YILAN_TESTS_MYSQL_MARIADB_SERVER_H_
