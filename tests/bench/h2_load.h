// A load generator for unary gRPC calls that costs little enough not to be what is measured.
//
// It speaks just as much HTTP/2 as it takes: headers that are encoded once, frames counted and not
// understood. A response with data counts as answered, one without as an error. One thread, any
// number of connections; it spends 6 to 10 µs per call, most of it in the kernel, where gRPC's own
// client spends as much as the server.
//
//   ASSIGN_OR_RETURN(const auto floor, LoadClient::Connect(address, "/yilan.bench.Floor/Get"));
//   ASSIGN_OR_RETURN(const LoadResult result, floor->Run({.in_flight = 64}, [] { return ""; }));
#ifndef YILAN_TESTS_BENCH_H2_LOAD_H_
#define YILAN_TESTS_BENCH_H2_LOAD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace yilan::bench {

struct LoadOptions {
  int in_flight = 64;                                // Over all connections.
  absl::Duration warm_up = absl::Milliseconds(300);  // Before anything is counted.
  absl::Duration duration = absl::Seconds(2);
  // Calls a second: each begins at its planned time, or when a place is free, and its latency
  // counts from the planned time, so that a server that stalls is seen to stall. 0: as many as the
  // server takes.
  double rate = 0;
  // The process whose CPU time is measured; 0: none.
  pid_t server_pid = 0;
};

struct LoadResult {
  uint64_t answered = 0;
  uint64_t errors = 0;
  double seconds = 0;
  double rate = 0;           // Answers a second.
  double server_micros = 0;  // CPU time of the server per answer.
  double client_micros = 0;  // CPU time of this thread per answer.
  double p50_millis = 0;
  double p99_millis = 0;
  double bytes = 0;  // Mean size of an answer, gRPC's 5 bytes included.
};

// The messages of the calls, one after the other: each the encoded bytes of a request, which stay
// good until the next call of the function.
using NextRequest = std::function<absl::string_view()>;

// The callers of one method of one server. Not thread-safe.
class LoadClient {
 public:
  // `address` is "HOST:PORT" or "unix:PATH", `method` is "/package.Service/Method".
  static absl::StatusOr<std::unique_ptr<LoadClient>> Connect(const std::string& address,
                                                             const std::string& method,
                                                             int connections = 1);
  ~LoadClient();
  LoadClient(const LoadClient&) = delete;
  LoadClient& operator=(const LoadClient&) = delete;

  // Calls the method over and over, and waits for the last answers, which are not counted. The
  // connections stay open. UNAVAILABLE when the server breaks one.
  absl::StatusOr<LoadResult> Run(const LoadOptions& options, const NextRequest& next);

 private:
  struct Parts;
  explicit LoadClient(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_H2_LOAD_H_
