// The listening socket and its accept loop, in place of gRPC's own.
//
// gRPC 1.51 stops accepting for good when the process runs out of descriptors (CVE-2023-4785),
// knows no limit of connections, and shares a port with whoever else asks for it (SO_REUSEPORT).
// Here a connection beyond the limit is closed at once, want of descriptors is waited out, and a
// taken port is an error that says so.
#ifndef YILAN_SERVER_LISTENER_H_
#define YILAN_SERVER_LISTENER_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/log.h"
#include "grpcpp/server_builder.h"
#include "server/config/address.h"

namespace yilan::server {

// Start and Close are called by one thread, the rest by any.
class Listener {
 public:
  // Binds and listens; connections wait until Start.
  static absl::StatusOr<std::unique_ptr<Listener>> Bind(const Address& address,
                                                        size_t max_connections, Log& log);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Begins to accept, on a thread of its own. The server of `acceptor` was started and is shut down
  // after Close.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor);
  // Accepts no more; the connections that are open stay so.
  void Close();

  // Where it listens, with the port that was chosen if it was 0.
  const Address& address() const { return address_; }

  struct Figures {
    uint64_t accepted = 0;  // Since the start.
    uint64_t refused = 0;   // Closed at once, since there were too many.
  };
  Figures figures() const {
    return {accepted_.load(std::memory_order_relaxed), refused_.load(std::memory_order_relaxed)};
  }

 private:
  // A connection that gRPC has; it closes the descriptor when it is through with it, and the number
  // is given to something else: the inode tells the two apart.
  struct Connection {
    int fd;
    ino_t inode;
  };

  Listener(int fd, int wake_fd, Address address, size_t max_connections, Log& log);
  void Loop();
  // False when nothing can be accepted for want of descriptors or memory.
  bool AcceptOne();
  void ForgetClosed();

  const int fd_;
  const int wake_fd_;
  Address address_;
  const size_t max_connections_;
  Log& log_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::vector<Connection> connections_;  // Of the accepting thread.
  bool was_full_ = false;                //
  std::atomic<uint64_t> accepted_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

// Raises the number of descriptors that this process may have to what the system allows; returns
// it.
size_t RaiseDescriptorLimit();

}  // namespace yilan::server

#endif  // YILAN_SERVER_LISTENER_H_
