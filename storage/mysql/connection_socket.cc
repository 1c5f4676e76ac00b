#include "storage/mysql/connection_socket.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/mutex.h"

namespace yilan::storage::mysql {
namespace {

Mutex& SearchMutex() {
  static Mutex mutex;
  return mutex;
}

// The port of the other side of a TCP connection; 0 for a connection to a unix socket that has a
// path; -1 for anything else.
int Peer(int fd) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return -1;
  if (address.ss_family == AF_UNIX) return length > offsetof(sockaddr_un, sun_path) ? 0 : -1;
  if (address.ss_family == AF_INET) {
    sockaddr_in in = {};
    std::memcpy(&in, &address, sizeof(in));
    return ntohs(in.sin_port);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 in = {};
    std::memcpy(&in, &address, sizeof(in));
    return ntohs(in.sin6_port);
  }
  return -1;
}

}  // namespace

ConnectionSocket::ConnectionSocket(const MySqlOptions& options) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : unix_(!options.socket.empty()),
      port_(options.port) {
  SearchMutex().Lock();
  before_ = OpenSockets();
}

ConnectionSocket::~ConnectionSocket() ABSL_NO_THREAD_SAFETY_ANALYSIS { SearchMutex().Unlock(); }

ConnectionSocket::Sockets ConnectionSocket::OpenSockets() const {
  Sockets sockets;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), &closedir);
  if (directory == nullptr) return sockets;
  while (const dirent* entry = readdir(directory.get())) {
    int fd = -1;
    if (!absl::SimpleAtoi(entry->d_name, &fd)) continue;
    // Descriptors that others use are looked at, not used: they may be gone the next moment.
    char link[64];
    const ssize_t length = readlinkat(dirfd(directory.get()), entry->d_name, link, sizeof(link));
    if (length <= 0) continue;
    const std::string name(link, static_cast<size_t>(length));  // "socket:[1234567]", its inode.
    if (absl::StartsWith(name, "socket:") && Peer(fd) == (unix_ ? 0 : port_)) {
      sockets.emplace(name, fd);
    }
  }
  return sockets;
}

int ConnectionSocket::Find() const {
  int found = -1;
  for (const auto& [name, fd] : OpenSockets()) {
    if (before_.contains(name)) continue;
    if (found >= 0) return -1;
    found = fd;
  }
  return found;
}

}  // namespace yilan::storage::mysql
