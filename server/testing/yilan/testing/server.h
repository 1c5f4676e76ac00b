// A whole Yilan inside a test: the real server and core over a store in memory.
//
//   yilan::testing::Server server;
//   auto customers = yilan::v1::CustomerService::NewStub(server.Channel());
//   …
//   server.Advance(absl::Hours(24 * 30));   // The bill is overdue now.
//
// Every server has a store, a clock and ids of its own, so tests that have one each cannot disturb
// one another, also within one process. It is up within some milliseconds, and gone with the
// object.
#ifndef YILAN_TESTING_SERVER_H_
#define YILAN_TESTING_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "grpcpp/channel.h"

namespace yilan::testing {

struct ServerOptions {
  // What the clock shows; it stands still until it is set.
  absl::Time now = absl::FromUnixSeconds(1'704'067'200);  // 2024-01-01T00:00:00Z
  // The same seed and calls, one after the other, give the same ids.
  uint64_t seed = 1;
  // Whether to listen on a free port of 127.0.0.1 too.
  bool listen = true;
  size_t view_cache_bytes = size_t{16} << 20;
};

// Thread-safe.
class Server {
 public:
  // Ends the program with a message if the server cannot start: there is no test without it.
  explicit Server(const ServerOptions& options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // A channel within the process: no port, no network. Callers on it are the client "local".
  std::shared_ptr<grpc::Channel> Channel();
  // Where it listens: "127.0.0.1:40123"; empty without `listen`.
  std::string Address() const;

  absl::Time Now() const;
  void SetTime(absl::Time now);
  void Advance(absl::Duration by);

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace yilan::testing

#endif  // YILAN_TESTING_SERVER_H_
