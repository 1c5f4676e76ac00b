#include "tests/bench/h2_load.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "tests/bench/process_figures.h"

namespace yilan::bench {
namespace {

// RFC 9113, section 6.
enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8
};
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr uint8_t kAck = 1;
constexpr uint32_t kWindow = 1u << 30;

void AppendFrameHeader(std::string& out, size_t length, uint8_t type, uint8_t flags,
                       uint32_t stream) {
  for (const int shift : {16, 8, 0}) out.push_back(static_cast<char>(length >> shift));
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(stream >> shift));
}

void AppendUint32(std::string& out, uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(value >> shift));
}

uint32_t ReadUint32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// RFC 7541: the first block of a connection puts every header into the dynamic table, the later
// ones name them by one byte each, as a real client does.
struct HeaderBlocks {
  explicit HeaderBlocks(const std::string& method) {
    const std::pair<std::string, std::string> headers[] = {{":path", method},
                                                           {":authority", "localhost"},
                                                           {"te", "trailers"},
                                                           {"content-type", "application/grpc"},
                                                           {"user-agent", "h2-load/1"}};
    first = later = "\x83\x86";  // :method POST, :scheme http
    int index = 62 + 5;          // The newest entry of the table is 62.
    for (const auto& [name, value] : headers) {
      first += absl::StrCat("\x40", std::string(1, static_cast<char>(name.size())), name,
                            std::string(1, static_cast<char>(value.size())), value);
      later.push_back(static_cast<char>(0x80 | --index));
    }
  }
  std::string first;
  std::string later;
};

double OwnCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

absl::StatusOr<int> OpenSocket(const std::string& address) {
  int fd = -1;
  int result = -1;
  if (address.rfind("unix:", 0) == 0) {
    sockaddr_un peer{};
    peer.sun_family = AF_UNIX;
    std::strncpy(peer.sun_path, address.c_str() + 5, sizeof(peer.sun_path) - 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    result = connect(fd, reinterpret_cast<sockaddr*>(&peer), sizeof(peer));
  } else {
    const size_t colon = address.rfind(':');
    if (colon == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("no port in ", address));
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints,
                    &found) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("no such address: ", address));
    }
    fd = socket(found->ai_family, SOCK_STREAM, 0);
    result = connect(fd, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  if (result != 0) {
    return absl::UnavailableError(absl::StrCat("connecting to ", address, ": ", strerror(errno)));
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

class Connection {
 public:
  // What the connections of a load share.
  struct Shared {
    const HeaderBlocks headers;
    const NextRequest* next = nullptr;  // Of the run.
    uint64_t answered = 0;
    uint64_t errors = 0;
    uint64_t bytes = 0;
    std::vector<int64_t> latencies;  // Nanoseconds.
    int64_t now = 0;                 // Nanoseconds; read once per wake-up.
  };

  Connection(int fd, Shared& shared) : fd_(fd), shared_(shared) {
    out_ = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    AppendFrameHeader(out_, 6, kSettings, 0, 0);
    out_ += std::string("\0\4", 2);  // SETTINGS_INITIAL_WINDOW_SIZE
    AppendUint32(out_, kWindow);
    AppendFrameHeader(out_, 4, kWindowUpdate, 0, 0);
    AppendUint32(out_, kWindow);
  }
  ~Connection() { close(fd_); }

  int fd() const { return fd_; }
  size_t in_flight() const { return started_.size(); }

  void Call(int64_t start) {
    const absl::string_view message = (*shared_.next)();
    const std::string& block = first_ ? shared_.headers.first : shared_.headers.later;
    first_ = false;
    AppendFrameHeader(out_, block.size(), kHeaders, kEndHeaders, next_stream_);
    out_ += block;
    AppendFrameHeader(out_, message.size() + 5, kData, kEndStream, next_stream_);
    out_.push_back(0);
    AppendUint32(out_, static_cast<uint32_t>(message.size()));
    out_.append(message.data(), message.size());
    started_[next_stream_] = {start, 0};
    next_stream_ += 2;
  }

  absl::Status Flush() {
    while (sent_ < out_.size()) {
      const ssize_t n = send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) return absl::OkStatus();  // There will be an event.
      if (n <= 0) return absl::UnavailableError(absl::StrCat("sending: ", strerror(errno)));
      sent_ += static_cast<size_t>(n);
    }
    out_.clear();
    sent_ = 0;
    return absl::OkStatus();
  }

  absl::Status Receive() {
    char buffer[65536];
    ssize_t n = 0;
    do {  // Events are edge-triggered.
      n = recv(fd_, buffer, sizeof(buffer), 0);
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) return absl::UnavailableError("the server closed the connection");
      in_.append(buffer, static_cast<size_t>(n));
    } while (n == sizeof(buffer));
    size_t at = 0;
    while (in_.size() - at >= 9) {
      const size_t length = ReadUint32(in_.data() + at) >> 8;
      if (in_.size() - at < 9 + length) break;
      const char* header = in_.data() + at;
      Frame(static_cast<uint8_t>(header[3]), static_cast<uint8_t>(header[4]),
            ReadUint32(header + 5), header + 9, length);
      at += 9 + length;
    }
    in_.erase(0, at);
    if (going_away_) return absl::UnavailableError("the server says goodbye");
    return absl::OkStatus();
  }

 private:
  struct Started {
    int64_t time;
    size_t bytes;
  };

  void Frame(uint8_t type, uint8_t flags, uint32_t stream, const char* payload, size_t length) {
    switch (type) {
      case kSettings:
        if ((flags & kAck) == 0) AppendFrameHeader(out_, 0, kSettings, kAck, 0);
        break;
      case kPing:
        if ((flags & kAck) == 0) {
          AppendFrameHeader(out_, length, kPing, kAck, 0);
          out_.append(payload, length);
        }
        break;
      case kGoAway:
        going_away_ = true;
        break;
      case kData:
        unacknowledged_ += length;
        if (unacknowledged_ > kWindow / 2) {
          AppendFrameHeader(out_, 4, kWindowUpdate, 0, 0);
          AppendUint32(out_, static_cast<uint32_t>(unacknowledged_));
          unacknowledged_ = 0;
        }
        started_[stream].bytes += length;
        if ((flags & kEndStream) != 0) End(stream);
        break;
      case kHeaders:
        if ((flags & kEndStream) != 0) End(stream);
        break;
      case kRstStream:
        End(stream);
        break;
      default:
        break;
    }
  }

  void End(uint32_t stream) {
    const auto found = started_.find(stream);
    if (found == started_.end()) return;
    if (found->second.bytes > 0) {
      ++shared_.answered;
      shared_.bytes += found->second.bytes;
      shared_.latencies.push_back(shared_.now - found->second.time);
    } else {
      ++shared_.errors;
    }
    started_.erase(found);
  }

  const int fd_;
  Shared& shared_;
  std::string out_;
  size_t sent_ = 0;
  std::string in_;
  bool first_ = true;
  bool going_away_ = false;
  uint32_t next_stream_ = 1;
  size_t unacknowledged_ = 0;
  std::unordered_map<uint32_t, Started> started_;
};

double Quantile(std::vector<int64_t>& values, double q) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<ptrdiff_t>(static_cast<double>(values.size() - 1) * q);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at) / 1e6;
}

}  // namespace

struct LoadClient::Parts {
  explicit Parts(const std::string& method)
      : shared{.headers = HeaderBlocks(method)}, epoll(epoll_create1(EPOLL_CLOEXEC)) {}
  ~Parts() { close(epoll); }

  size_t in_flight() const {
    size_t calls = 0;
    for (const auto& connection : connections) calls += connection->in_flight();
    return calls;
  }
  // Sends what is to be sent, then receives what there is, or comes within `nanos`.
  absl::Status Exchange(int64_t nanos);
  // Begins calls for `duration`.
  absl::Status Work(const LoadOptions& options, absl::Duration duration);
  // Waits for what is in flight.
  absl::Status Finish();

  Connection::Shared shared;
  const int epoll;
  std::vector<std::unique_ptr<Connection>> connections;
};

absl::Status LoadClient::Parts::Exchange(int64_t nanos) {
  for (const auto& connection : connections) RETURN_IF_ERROR(connection->Flush());
  epoll_event events[64];
  const timespec timeout = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
  const int count = epoll_pwait2(epoll, events, 64, &timeout, nullptr);
  shared.now = absl::GetCurrentTimeNanos();
  for (int i = 0; i < count; ++i) {
    RETURN_IF_ERROR(connections[events[i].data.u32]->Receive());
  }
  return absl::OkStatus();
}

absl::Status LoadClient::Parts::Work(const LoadOptions& options, absl::Duration duration) {
  constexpr int64_t kLongestWait = 10000000;
  const size_t per_connection =
      std::max<size_t>(1, static_cast<size_t>(options.in_flight) / connections.size());
  const double nanos_per_call = options.rate > 0 ? 1e9 / options.rate : 0;
  shared.now = absl::GetCurrentTimeNanos();
  const int64_t end = shared.now + absl::ToInt64Nanoseconds(duration);
  auto planned = static_cast<double>(shared.now);
  while (shared.now < end) {
    for (const auto& connection : connections) {
      while (connection->in_flight() < per_connection) {
        if (nanos_per_call == 0) {
          connection->Call(shared.now);
          continue;
        }
        if (planned > static_cast<double>(shared.now)) break;
        connection->Call(static_cast<int64_t>(planned));
        planned += nanos_per_call;
      }
    }
    const bool full = in_flight() >= per_connection * connections.size();
    const int64_t wait =
        nanos_per_call == 0 || full ? kLongestWait : static_cast<int64_t>(planned) - shared.now;
    RETURN_IF_ERROR(Exchange(std::clamp<int64_t>(wait, 0, kLongestWait)));
  }
  return absl::OkStatus();
}

absl::Status LoadClient::Parts::Finish() {
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (in_flight() > 0) {
    if (absl::Now() > until) return absl::UnavailableError("the server has stopped answering");
    RETURN_IF_ERROR(Exchange(10000000));
  }
  return absl::OkStatus();
}

LoadClient::LoadClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LoadClient::~LoadClient() = default;

absl::StatusOr<std::unique_ptr<LoadClient>> LoadClient::Connect(const std::string& address,
                                                                const std::string& method,
                                                                int connections) {
  auto parts = std::make_unique<Parts>(method);
  for (int i = 0; i < connections; ++i) {
    ASSIGN_OR_RETURN(const int fd, OpenSocket(address));
    parts->connections.push_back(std::make_unique<Connection>(fd, parts->shared));
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET,
                      .data = {.u32 = static_cast<uint32_t>(i)}};
    epoll_ctl(parts->epoll, EPOLL_CTL_ADD, fd, &event);
  }
  return std::unique_ptr<LoadClient>(new LoadClient(std::move(parts)));
}

absl::StatusOr<LoadResult> LoadClient::Run(const LoadOptions& options, const NextRequest& next) {
  Connection::Shared& shared = parts_->shared;
  shared.next = &next;
  RETURN_IF_ERROR(parts_->Work(options, options.warm_up));
  shared.answered = shared.errors = shared.bytes = 0;
  shared.latencies.clear();
  const double server_before = CpuSeconds(options.server_pid);
  const double client_before = OwnCpuSeconds();
  const int64_t begin = absl::GetCurrentTimeNanos();
  RETURN_IF_ERROR(parts_->Work(options, options.duration));

  LoadResult result;
  result.seconds = static_cast<double>(absl::GetCurrentTimeNanos() - begin) / 1e9;
  result.answered = shared.answered;
  result.errors = shared.errors;
  const double answers = std::max<double>(1, static_cast<double>(shared.answered));
  result.rate = static_cast<double>(shared.answered) / result.seconds;
  if (options.server_pid > 0) {
    result.server_micros = (CpuSeconds(options.server_pid) - server_before) * 1e6 / answers;
  }
  result.client_micros = (OwnCpuSeconds() - client_before) * 1e6 / answers;
  result.bytes = static_cast<double>(shared.bytes) / answers;
  result.p50_millis = Quantile(shared.latencies, 0.5);
  result.p99_millis = Quantile(shared.latencies, 0.99);
  RETURN_IF_ERROR(parts_->Finish());
  return result;
}

}  // namespace yilan::bench
