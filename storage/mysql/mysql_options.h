// How to reach a MySQL or MariaDB server, and how many connections to make.
#ifndef YILAN_STORAGE_MYSQL_MYSQL_OPTIONS_H_
#define YILAN_STORAGE_MYSQL_MYSQL_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace yilan::storage::mysql {

class StatementObserver;

// ParseMySqlUrl (mysql_url.h) makes these from --storage; the password comes from elsewhere.
struct MySqlOptions {
  // The server: a TCP address, or a unix socket if `socket` is not empty.
  std::string host = "localhost";
  int port = 3306;
  std::string socket;

  std::string user;
  std::string password;
  std::string database;

  // TLS. With `tls_required` a connection is refused unless it is encrypted and the server's
  // certificate is signed by `tls_ca` and names `host`; without, it may be plaintext. The client
  // shows `tls_cert` if it is set. PEM files.
  bool tls_required = false;
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;

  // Never more connections than this are open at once. Servers that share a database add up: the
  // database's max_connections must be above their sum.
  size_t max_connections = 32;
  // How long making a connection may take before the server counts as unreachable; whole seconds,
  // rounded up.
  absl::Duration connect_timeout = absl::Seconds(2);
  // How long one statement may take where the call has no nearer deadline.
  absl::Duration read_timeout = absl::Seconds(30);

  // Sees every statement, if there is one; outlives all connections.
  StatementObserver* observer = nullptr;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_MYSQL_OPTIONS_H_
