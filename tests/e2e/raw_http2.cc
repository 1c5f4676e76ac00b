#include "tests/e2e/raw_http2.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace yilan::e2e {
namespace {

constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kRstStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kPing = 6;
constexpr uint8_t kWindowUpdate = 8;
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr uint8_t kAck = 1;

std::string Uint32(uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string FrameOf(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload) {
  return Uint32(static_cast<uint32_t>(payload.size() << 8 | type)) + static_cast<char>(flags) +
         Uint32(stream) + payload;
}

// A header that is not to be remembered (RFC 7541, section 6.2.2).
std::string Literal(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name +
         static_cast<char>(value.size()) + value;
}

}  // namespace

RawHttp2::RawHttp2(int port, uint32_t window) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<uint16_t>(port));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0;
  SendRaw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  // SETTINGS_INITIAL_WINDOW_SIZE
  SendRaw(FrameOf(kSettings, 0, 0, std::string("\0\4", 2) + Uint32(window)));
}

RawHttp2::~RawHttp2() { close(fd_); }

void RawHttp2::SendRaw(const std::string& bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t sent = send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return;
    at += static_cast<size_t>(sent);
  }
}

uint32_t RawHttp2::Call(const std::string& path, const std::string& message) {
  const uint32_t stream = next_stream_;
  next_stream_ += 2;
  const std::string headers = std::string("\x83\x86") + Literal(":path", path) +
                              Literal(":authority", "localhost") + Literal("te", "trailers") +
                              Literal("content-type", "application/grpc");
  SendRaw(FrameOf(kHeaders, kEndHeaders, stream, headers) +
          FrameOf(kData, kEndStream, stream,
                  std::string(1, '\0') + Uint32(static_cast<uint32_t>(message.size())) + message));
  return stream;
}

void RawHttp2::Reset(uint32_t stream) {
  SendRaw(FrameOf(kRstStream, 0, stream, Uint32(8)));  // CANCEL
}

void RawHttp2::OpenWindow(uint32_t stream, uint32_t bytes) {
  SendRaw(FrameOf(kWindowUpdate, 0, stream, Uint32(bytes)));
}

bool RawHttp2::ReceiveBytes(size_t count, std::string& bytes) {
  bytes.resize(count);
  size_t at = 0;
  while (at < count) {
    const ssize_t n = recv(fd_, bytes.data() + at, count - at, 0);
    if (n <= 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}

bool RawHttp2::Receive(Frame& frame) {
  std::string header;
  if (!ReceiveBytes(9, header)) return false;
  const auto byte = [&header](size_t at) {
    return static_cast<uint32_t>(static_cast<uint8_t>(header[at]));
  };
  frame.type = static_cast<uint8_t>(header[3]);
  frame.flags = static_cast<uint8_t>(header[4]);
  frame.stream = byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
  if (!ReceiveBytes(byte(0) << 16 | byte(1) << 8 | byte(2), frame.payload)) return false;
  if (frame.type == kSettings && (frame.flags & kAck) == 0)
    SendRaw(FrameOf(kSettings, kAck, 0, ""));
  if (frame.type == kPing && (frame.flags & kAck) == 0) {
    SendRaw(FrameOf(kPing, kAck, 0, frame.payload));
  }
  return true;
}

bool RawHttp2::AwaitHeaders(uint32_t stream) {
  for (Frame frame; Receive(frame);) {
    if (frame.stream == stream && frame.type == kHeaders) return true;
  }
  return false;
}

bool RawHttp2::AwaitEnd(uint32_t stream) {
  for (Frame frame; Receive(frame);) {
    const bool ends =
        frame.type == kRstStream ||
        ((frame.type == kHeaders || frame.type == kData) && (frame.flags & kEndStream) != 0);
    if (frame.stream == stream && ends) return frame.type != kRstStream;
  }
  return false;
}

bool RawHttp2::AwaitClosed() {
  Frame frame;
  while (Receive(frame)) {
  }
  return true;
}

}  // namespace yilan::e2e
