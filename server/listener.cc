#include "server/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status_macros.h"
#include "server/listen_socket.h"

namespace yilan::server {
namespace {

ino_t InodeOf(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Bind(const Address& address,
                                                         size_t max_connections, Log& log) {
  Address bound = address;
  ASSIGN_OR_RETURN(const int fd, ListenOn(bound));
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
