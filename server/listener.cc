#include "server/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace yilan::server {
namespace {

constexpr int kBacklog = 1024;

absl::Status Failed(const Address& address, absl::string_view what) {
  const int error = errno;
  std::string message =
      absl::StrCat("cannot listen on ", address.ToString(), ": ", what, ": ", strerror(error));
  if (error == EADDRINUSE) {
    absl::StrAppend(&message, "; another program has it, choose another one or stop that program");
  }
  return absl::UnavailableError(message);
}

// Whether the socket of this name was left behind by a server that was killed: nobody answers
// there.
bool IsStale(const sockaddr_un& name) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool refused =
      connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 &&
      errno == ECONNREFUSED;
  close(probe);
  return refused;
}

absl::StatusOr<int> ListenUnix(const Address& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address.unix_path.data(), address.unix_path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&name);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed(address, "socket");
  if (bind(fd, generic, sizeof(name)) == 0) return fd;
  int error = errno;
  if (error == EADDRINUSE && IsStale(name)) {
    unlink(name.sun_path);
    if (bind(fd, generic, sizeof(name)) == 0) return fd;
    error = errno;
  }
  close(fd);
  errno = error;
  return Failed(address, "bind");
}

absl::StatusOr<int> ListenTcp(Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), absl::StrCat(address.port).c_str(), &hints, &found);
  if (error != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on ", address.ToString(), ": ", gai_strerror(error)));
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  // Binds again while connections of an earlier server are in TIME_WAIT. Accepted connections
  // inherit TCP_NODELAY.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const bool bound = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  if (!bound) {
    absl::Status status = Failed(address, "bind");
    if (fd >= 0) close(fd);
    return status;
  }
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
  address.port =
      ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port
                                       : reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
  return fd;
}

ino_t InodeOf(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Bind(const Address& address,
                                                         size_t max_connections, Log& log) {
  Address bound = address;
  ASSIGN_OR_RETURN(const int fd, address.is_unix() ? ListenUnix(address) : ListenTcp(bound));
  if (listen(fd, kBacklog) != 0) {
    absl::Status status = Failed(address, "listen");
    close(fd);
    return status;
  }
  const int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return std::unique_ptr<Listener>(
      new Listener(fd, wake_fd, std::move(bound), max_connections, log));
}

Listener::Listener(int fd, int wake_fd, Address address, size_t max_connections, Log& log)
    : fd_(fd),
      wake_fd_(wake_fd),
      address_(std::move(address)),
      max_connections_(max_connections),
      log_(log) {}

Listener::~Listener() {
  Close();
  close(wake_fd_);
}

void Listener::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor) {
  acceptor_ = std::move(acceptor);
  thread_ = std::thread([this] { Loop(); });
}

void Listener::Close() {
  if (closing_.exchange(true)) return;
  const uint64_t one = 1;
  // An eventfd takes this unless it is full, and then it wakes as well.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  close(fd_);
  if (address_.is_unix()) unlink(address_.unix_path.c_str());
}

void Listener::Loop() {
  while (true) {
    pollfd waits[] = {{.fd = wake_fd_, .events = POLLIN}, {.fd = fd_, .events = POLLIN}};
    poll(waits, 2, -1);
    if (closing_.load()) return;
    if (AcceptOne()) continue;
    // Until connections end, descriptors are free again.
    pollfd wake = {.fd = wake_fd_, .events = POLLIN};
    poll(&wake, 1, 100);
  }
}

bool Listener::AcceptOne() {
  const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    const bool exhausted =
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (exhausted && !std::exchange(was_full_, true)) {
      log_.Error("cannot accept connections", {{"error", strerror(errno)}});
    }
    return !exhausted;
  }
  if (connections_.size() >= max_connections_) ForgetClosed();
  if (connections_.size() >= max_connections_) {
    close(fd);
    refused_.fetch_add(1, std::memory_order_relaxed);
    if (!std::exchange(was_full_, true)) {
      log_.Warning("too many connections", {{"max_connections", max_connections_}});
    }
    return true;
  }
  was_full_ = false;
  connections_.push_back({fd, InodeOf(fd)});
  accepted_.fetch_add(1, std::memory_order_relaxed);
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.fd = fd;
  acceptor_->HandleNewConnection(&connection);
  return true;
}

void Listener::ForgetClosed() {
  std::erase_if(connections_, [](const Connection& connection) {
    return InodeOf(connection.fd) != connection.inode;
  });
}

size_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  return limit.rlim_cur;
}

}  // namespace yilan::server
