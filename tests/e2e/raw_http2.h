// An HTTP/2 client that can misbehave: holds the server's window shut, resets streams, sends frames
// of its own making. Just enough of RFC 9113 for that.
#ifndef YILAN_TESTS_E2E_RAW_HTTP2_H_
#define YILAN_TESTS_E2E_RAW_HTTP2_H_

#include <cstdint>
#include <string>

namespace yilan::e2e {

class RawHttp2 {
 public:
  // Connects to 127.0.0.1:port. The server may send `window` bytes of answers per stream.
  RawHttp2(int port, uint32_t window);
  ~RawHttp2();
  RawHttp2(const RawHttp2&) = delete;
  RawHttp2& operator=(const RawHttp2&) = delete;

  bool connected() const { return connected_; }
  // Begins a unary call; returns its stream.
  uint32_t Call(const std::string& path, const std::string& message);
  void Reset(uint32_t stream);
  // Lets the server send `bytes` more on the stream.
  void OpenWindow(uint32_t stream, uint32_t bytes);
  void SendRaw(const std::string& bytes);

  // Receives until headers, or data, or the end of the stream has come; false when the connection
  // ended before.
  bool AwaitHeaders(uint32_t stream);
  bool AwaitEnd(uint32_t stream);
  // Receives until the server closes the connection.
  bool AwaitClosed();

 private:
  struct Frame {
    uint8_t type = 0;
    uint8_t flags = 0;
    uint32_t stream = 0;
    std::string payload;
  };
  bool Receive(Frame& frame);
  bool ReceiveBytes(size_t count, std::string& bytes);

  int fd_ = -1;
  bool connected_ = false;
  uint32_t next_stream_ = 1;
};

}  // namespace yilan::e2e

#endif  // YILAN_TESTS_E2E_RAW_HTTP2_H_
