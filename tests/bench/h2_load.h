// A load generator for unary gRPC calls that costs little enough not to be what is measured.
//
// It speaks just as much HTTP/2 as it takes: headers that are encoded once, frames counted and not
// understood. A response with data counts as answered, one without as an error. One thread, any
// number of connections; it spends some 2 µs per call where gRPC's own client spends as much as the
// server.
//
//   ASSIGN_OR_RETURN(const LoadResult result,
//                    RunLoad({.address = "127.0.0.1:50051", .method = "/yilan.bench.Floor/Get"},
//                            {""}));
#ifndef YILAN_TESTS_BENCH_H2_LOAD_H_
#define YILAN_TESTS_BENCH_H2_LOAD_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace yilan::bench {

struct LoadOptions {
  std::string address;  // "127.0.0.1:50051" or "unix:/path"
  std::string method;   // "/package.Service/Method"
  int connections = 1;
  int in_flight = 64;  // Over all connections.
  absl::Duration warm_up = absl::Milliseconds(300);
  absl::Duration duration = absl::Seconds(2);
  // Calls a second: each begins at its planned time, or when a place is free, and its latency
  // counts from the planned time. 0: as many as the server takes.
  double rate = 0;
  // The process whose CPU time is measured; 0: none.
  int server_pid = 0;
};

struct LoadResult {
  uint64_t answered = 0;
  uint64_t errors = 0;
  double seconds = 0;
  double rate = 0;           // Answers a second.
  double server_micros = 0;  // CPU time of the server per answer.
  double client_micros = 0;  // CPU time of this process per answer.
  double p50_millis = 0;
  double p99_millis = 0;
  double bytes = 0;  // Mean size of an answer, gRPC's 5 bytes included.
};

// Calls the method over and over with the messages that `next` returns, each the encoded bytes of a
// request; the reference stays good until the next call of `next`.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options,
                                   const std::function<const std::string&()>& next);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_H2_LOAD_H_
