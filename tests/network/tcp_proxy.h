// A network between two programs of a test that is as bad as the test wants it.
//
//   ASSERT_OK_AND_ASSIGN(const auto proxy, TcpProxy::Start(database.port()));
//   …let the program connect to 127.0.0.1, proxy->port()…
//   proxy->SetDelay(absl::Milliseconds(50));   // Each way.
//   proxy->SetMode(TcpProxy::Mode::kSilent);   // A partition: nothing arrives, nobody is told.
#ifndef YILAN_TESTS_NETWORK_TCP_PROXY_H_
#define YILAN_TESTS_NETWORK_TCP_PROXY_H_

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace yilan {

// Passes connections to a port of this machine on. Thread-safe; one thread does all of it.
class TcpProxy {
 public:
  enum class Mode {
    kOpen,      // All is passed on.
    kSilent,    // What is sent stays here until the mode changes; new connections are taken, and
                // get no answer.
    kHalfOpen,  // What the client sends is passed on, the answers stay here.
    kCut,       // Connections are reset, and new ones too.
  };

  // Listens on a free port of 127.0.0.1.
  static absl::StatusOr<std::unique_ptr<TcpProxy>> Start(int target_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }
  void SetMode(Mode mode);
  // From now on what is sent arrives so much later, in either direction.
  void SetDelay(absl::Duration delay);

 private:
  // Bytes on their way, with the time at which they arrive.
  struct Packet {
    absl::Time due;
    std::string bytes;
  };
  struct Direction {
    std::deque<Packet> packets;
    bool ended = false;   // The sender has said its last.
    bool closed = false;  // … and the receiver knows.
  };
  struct Link {
    int client = -1;
    int server = -1;
    Direction up;    // From the client.
    Direction down;  // To the client.
    bool broken = false;
  };

  TcpProxy(int listener, int wake, int port, int target_port)
      : listener_(listener), wake_(wake), port_(port), target_port_(target_port) {}

  void Run();
  void Accept(Mode mode);
  // Takes what has come from `from`; false when the connection broke.
  static bool Receive(int from, absl::Duration delay, Direction& direction);
  // Sends what is due; false when the connection broke.
  static bool Send(int to, Direction& direction);
  static void Close(Link& link, bool reset);
  void Wake();

  const int listener_;
  const int wake_;
  const int port_;
  const int target_port_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Mode mode_ ABSL_GUARDED_BY(mutex_) = Mode::kOpen;
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_);
  std::list<Link> links_;  // Of the thread.
  std::thread thread_;
};

}  // namespace yilan

#endif  // YILAN_TESTS_NETWORK_TCP_PROXY_H_
