// A method of a server beside its floor, the canned bytes, in turns: what the machine does
// otherwise meanwhile happens to both.
#ifndef YILAN_TESTS_BENCH_VIEW_LOAD_H_
#define YILAN_TESTS_BENCH_VIEW_LOAD_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/h2_load.h"
#include "tests/bench/server_process.h"

namespace yilan::bench {

inline constexpr char kFloorMethod[] = "/yilan.bench.Floor/Get";
inline constexpr char kViewMethod[] = "/yilan.v1.CustomerViewService/GetCustomerView";
inline constexpr char kTimelineMethod[] = "/yilan.v1.CustomerViewService/ListTimeline";

// Medians over the rounds.
struct Comparison {
  double floor_rate = 0;  // Answers a second.
  double rate = 0;
  double rate_ratio = 0;     // Of the method to the floor, round by round.
  double floor_micros = 0;   // CPU time of the server per answer.
  double micros = 0;         //
  double micros_ratio = 0;   //
  double client_micros = 0;  // CPU time of the load generator per answer of the method.
};

struct CompareOptions {
  int in_flight = 64;
  int rounds = 9;
  absl::Duration slice = absl::Milliseconds(500);
};

// Latencies at a given rate, medians over the rounds.
struct Latencies {
  double p50_millis = 0;
  double p99_millis = 0;
  double worst_p99_millis = 0;  // Of any round.
  double floor_p99_millis = 0;  // Of the canned answer at the same rate.
};

class FloorComparer {
 public:
  // `server` outlives this.
  static absl::StatusOr<std::unique_ptr<FloorComparer>> Connect(const ServerProcess& server,
                                                                const char* method);

  // Calls the floor and the method by turns. An error also when a call failed.
  absl::StatusOr<Comparison> Compare(const CompareOptions& options, const NextRequest& next);
  // The floor and the method by turns, `slice` each, at `rate` calls a second.
  absl::StatusOr<Latencies> RunAtRate(double rate, int rounds, absl::Duration slice,
                                      const NextRequest& next);

 private:
  FloorComparer(const ServerProcess& server, std::unique_ptr<LoadClient> floor,
                std::unique_ptr<LoadClient> method)
      : server_(server), floor_(std::move(floor)), method_(std::move(method)) {}

  const ServerProcess& server_;
  const std::unique_ptr<LoadClient> floor_;
  const std::unique_ptr<LoadClient> method_;
};

// The middle one of `values`, which has some.
double Median(std::vector<double> values);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_VIEW_LOAD_H_
