#include "tests/network/tcp_proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace yilan {
namespace {

// More is not taken from a sender while the receiver does not take it.
constexpr size_t kMaxPackets = 1000;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void SendAtOnce(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TcpProxy>> TcpProxy::Start(int target_port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener, 1024) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    close(listener);
    return absl::UnavailableError("the proxy cannot listen on 127.0.0.1");
  }
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::unique_ptr<TcpProxy> proxy(
      new TcpProxy(listener, wake, ntohs(address.sin_port), target_port));
  proxy->thread_ = std::thread([&self = *proxy] { self.Run(); });
  return proxy;
}

TcpProxy::~TcpProxy() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  for (Link& link : links_) Close(link, /*reset=*/true);
  close(listener_);
  close(wake_);
}

void TcpProxy::SetMode(Mode mode) {
  {
    MutexLock lock(mutex_);
    mode_ = mode;
  }
  Wake();
}

void TcpProxy::SetDelay(absl::Duration delay) {
  {
    MutexLock lock(mutex_);
    delay_ = delay;
  }
  Wake();
}

void TcpProxy::Wake() {
  const uint64_t one = 1;
  static_cast<void>(write(wake_, &one, sizeof(one)));
}

void TcpProxy::Run() {
  while (true) {
    Mode mode = Mode::kOpen;
    absl::Duration delay;
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      mode = mode_;
      delay = delay_;
    }
    if (mode == Mode::kCut) {
      for (Link& link : links_) Close(link, /*reset=*/true);
      links_.clear();
    }
    const bool up = mode == Mode::kOpen || mode == Mode::kHalfOpen;
    const bool down = mode == Mode::kOpen;
    std::vector<pollfd> waits = {{.fd = wake_, .events = POLLIN},
                                 {.fd = listener_, .events = POLLIN}};
    absl::Time next = absl::InfiniteFuture();
    const absl::Time now = absl::Now();
    const auto add = [&](int fd, const Direction& from, const Direction& to, bool passes) {
      short events = 0;
      if (!from.ended && from.packets.size() < kMaxPackets) events |= POLLIN;
      if (passes && !to.packets.empty()) {
        if (to.packets.front().due <= now) {
          events |= POLLOUT;
        } else {
          next = std::min(next, to.packets.front().due);
        }
      }
      waits.push_back({.fd = events == 0 ? -1 : fd, .events = events});
    };
    for (const Link& link : links_) {
      add(link.client, link.up, link.down, down);
      add(link.server, link.down, link.up, up);
    }
    const absl::Duration wait = next - now;
    poll(
        waits.data(), waits.size(),
        next == absl::InfiniteFuture()
            ? -1
            : static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1)))));
    uint64_t woken = 0;
    static_cast<void>(read(wake_, &woken, sizeof(woken)));
    size_t at = 2;
    for (Link& link : links_) {
      if (waits[at].revents != 0) link.broken |= !Receive(link.client, delay, link.up);
      if (waits[at + 1].revents != 0) link.broken |= !Receive(link.server, delay, link.down);
      at += 2;
      if (up) link.broken |= !Send(link.server, link.up);
      if (down) link.broken |= !Send(link.client, link.down);
    }
    links_.remove_if([](Link& link) {
      const bool done = link.broken || (link.up.closed && link.down.closed);
      if (done) Close(link, link.broken);
      return done;
    });
    if (waits[1].revents != 0) Accept(mode);
  }
}

void TcpProxy::Accept(Mode mode) {
  while (true) {
    Link link;
    link.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (link.client < 0) return;
    if (mode == Mode::kCut) {
      Close(link, /*reset=*/true);
      continue;
    }
    link.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in target = Loopback(target_port_);
    if (connect(link.server, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) != 0) {
      Close(link, /*reset=*/true);
      continue;
    }
    SendAtOnce(link.client);
    SendAtOnce(link.server);
    links_.push_back(std::move(link));
  }
}

bool TcpProxy::Receive(int from, absl::Duration delay, Direction& direction) {
  if (direction.ended) return true;
  char bytes[16384];
  const ssize_t count = recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) direction.ended = true;
  // The end travels as an empty packet.
  direction.packets.push_back(
      {absl::Now() + delay, std::string(bytes, static_cast<size_t>(count))});
  return true;
}

bool TcpProxy::Send(int to, Direction& direction) {
  while (!direction.packets.empty() && direction.packets.front().due <= absl::Now()) {
    std::string& bytes = direction.packets.front().bytes;
    if (bytes.empty()) {
      shutdown(to, SHUT_WR);
      direction.closed = true;
    } else {
      const ssize_t count = send(to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      bytes.erase(0, static_cast<size_t>(count));
      if (!bytes.empty()) return true;
    }
    direction.packets.pop_front();
  }
  return true;
}

void TcpProxy::Close(Link& link, bool reset) {
  for (int* const fd : {&link.client, &link.server}) {
    if (*fd < 0) continue;
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (reset) setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(*fd);
    *fd = -1;
  }
}

}  // namespace yilan
