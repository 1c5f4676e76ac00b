#include "server/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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

absl::StatusOr<int> BindUnix(const Address& address) {
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

absl::StatusOr<int> BindTcp(Address& address) {
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

}  // namespace

absl::StatusOr<int> ListenOn(Address& address) {
  ASSIGN_OR_RETURN(const int fd, address.is_unix() ? BindUnix(address) : BindTcp(address));
  if (listen(fd, kBacklog) == 0) return fd;
  absl::Status status = Failed(address, "listen");
  close(fd);
  return status;
}

}  // namespace yilan::server
