// Which socket of this process belongs to a connection that was just made.
//
// Connector/C++ and the C library below it wait for a server without regard to our deadlines: their
// read timeout is set once per connection, in whole seconds, and is not exact with TLS. The one
// thing that ends such a wait at any time is to shut the socket down, and neither library tells
// which one it is. So it is found by what has been opened meanwhile:
//
//   ConnectionSocket search(options);
//   … connect …
//   const int fd = search.Find();  // for shutdown(); -1 if it cannot be told
#ifndef YILAN_STORAGE_MYSQL_CONNECTION_SOCKET_H_
#define YILAN_STORAGE_MYSQL_CONNECTION_SOCKET_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "storage/mysql/mysql_options.h"

namespace yilan::storage::mysql {

// While one of these exists no other thread makes one: connections are made one at a time in a
// process. Sockets that others open at the same time to other peers are told apart by the peer
// (sockets with a path for a unix socket, the port for TCP).
class ConnectionSocket {
 public:
  explicit ConnectionSocket(const MySqlOptions& options);
  ~ConnectionSocket();
  ConnectionSocket(const ConnectionSocket&) = delete;
  ConnectionSocket& operator=(const ConnectionSocket&) = delete;

  // The one socket to such a peer that was opened since; -1 when there is none, or more than one.
  int Find() const;

 private:
  using Sockets = absl::flat_hash_map<std::string, int>;  // By the kernel's name for them.
  Sockets OpenSockets() const;

  const bool unix_;
  const int port_;
  Sockets before_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_CONNECTION_SOCKET_H_
