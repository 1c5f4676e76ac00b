#include "server/metrics/metrics_endpoint.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "prometheus/text_serializer.h"
#include "server/listen_socket.h"

namespace yilan::server {
namespace {

constexpr size_t kMaxRequestBytes = 8192;
// A client that is slower than this is in the way of others.
constexpr timeval kTimeout = {.tv_sec = 2, .tv_usec = 0};

std::string Response(const char* status, const char* type, const std::string& body) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type,
                      "\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n\r\n", body);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(
    const Address& address, std::vector<std::shared_ptr<prometheus::Collectable>> collectables) {
  Address bound = address;
  ASSIGN_OR_RETURN(const int fd, ListenOn(bound));
  const int end_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return std::unique_ptr<MetricsEndpoint>(
      new MetricsEndpoint(fd, end_fd, std::move(bound), std::move(collectables)));
}

MetricsEndpoint::MetricsEndpoint(int fd, int end_fd, Address address,
                                 std::vector<std::shared_ptr<prometheus::Collectable>> collectables)
    : fd_(fd),
      end_fd_(end_fd),
      address_(std::move(address)),
      collectables_(std::move(collectables)),
      thread_([this] { Loop(); }) {}

MetricsEndpoint::~MetricsEndpoint() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(end_fd_, &one, sizeof(one));
  thread_.join();
  close(fd_);
  close(end_fd_);
}

void MetricsEndpoint::Loop() {
  while (true) {
    pollfd waits[] = {{.fd = end_fd_, .events = POLLIN}, {.fd = fd_, .events = POLLIN}};
    poll(waits, 2, -1);
    if (waits[0].revents != 0) return;
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      // Out of descriptors: not again at once.
      poll(waits, 1, 100);
      continue;
    }
    Answer(fd);
    close(fd);
  }
}

void MetricsEndpoint::Answer(int fd) const {
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof(kTimeout));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kTimeout, sizeof(kTimeout));
  std::string head;
  char buffer[1024];
  while (!absl::StrContains(head, "\r\n\r\n")) {
    const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    if (n <= 0 || head.size() > kMaxRequestBytes) return;
    head.append(buffer, static_cast<size_t>(n));
  }
  const std::string response = ResponseTo(head);
  for (size_t at = 0; at < response.size();) {
    const ssize_t n = send(fd, response.data() + at, response.size() - at, MSG_NOSIGNAL);
    if (n <= 0) return;
    at += static_cast<size_t>(n);
  }
}

std::string MetricsEndpoint::ResponseTo(const std::string& head) const {
  if (!absl::StartsWith(head, "GET ")) {
    return Response("405 Method Not Allowed", "text/plain", "only GET\n");
  }
  const absl::string_view target = absl::string_view(head).substr(4);
  if (!absl::StartsWith(target, "/metrics ") && !absl::StartsWith(target, "/metrics?")) {
    return Response("404 Not Found", "text/plain", "look at /metrics\n");
  }
  std::vector<prometheus::MetricFamily> families;
  for (const auto& collectable : collectables_) {
    std::vector<prometheus::MetricFamily> some = collectable->Collect();
    std::move(some.begin(), some.end(), std::back_inserter(families));
  }
  return Response("200 OK", "text/plain; version=0.0.4; charset=utf-8",
                  prometheus::TextSerializer().Serialize(families));
}

}  // namespace yilan::server
