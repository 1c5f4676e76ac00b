#include "tests/bench/view_load.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace yilan::bench {
namespace {

absl::StatusOr<LoadResult> RunWithoutErrors(LoadClient& client, const LoadOptions& options,
                                            const NextRequest& next) {
  ASSIGN_OR_RETURN(LoadResult result, client.Run(options, next));
  if (result.errors > 0) {
    return absl::InternalError(
        absl::StrCat(result.errors, " calls failed of ", result.errors + result.answered));
  }
  if (result.answered == 0) return absl::InternalError("no call was answered");
  return result;
}

}  // namespace

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

absl::StatusOr<std::unique_ptr<FloorComparer>> FloorComparer::Connect(const ServerProcess& server,
                                                                      const char* method) {
  ASSIGN_OR_RETURN(auto floor_client, LoadClient::Connect(server.address(), kFloorMethod));
  ASSIGN_OR_RETURN(auto method_client, LoadClient::Connect(server.address(), method));
  return std::unique_ptr<FloorComparer>(
      new FloorComparer(server, std::move(floor_client), std::move(method_client)));
}

absl::StatusOr<Comparison> FloorComparer::Compare(const CompareOptions& options,
                                                  const NextRequest& next) {
  const LoadOptions load = {.in_flight = options.in_flight,
                            .warm_up = options.slice / 5,
                            .duration = options.slice,
                            .server_pid = server_.pid()};
  std::vector<double> floor_rates, rates, rate_ratios;
  std::vector<double> floor_micros, micros, micros_ratios, client_micros;
  for (int round = 0; round < options.rounds; ++round) {
    ASSIGN_OR_RETURN(const LoadResult floor,
                     RunWithoutErrors(*floor_, load, [] { return absl::string_view(); }));
    ASSIGN_OR_RETURN(const LoadResult method, RunWithoutErrors(*method_, load, next));
    floor_rates.push_back(floor.rate);
    rates.push_back(method.rate);
    rate_ratios.push_back(method.rate / floor.rate);
    floor_micros.push_back(floor.server_micros);
    micros.push_back(method.server_micros);
    micros_ratios.push_back(method.server_micros / floor.server_micros);
    client_micros.push_back(method.client_micros);
  }
  return Comparison{.floor_rate = Median(floor_rates),
                    .rate = Median(rates),
                    .rate_ratio = Median(rate_ratios),
                    .floor_micros = Median(floor_micros),
                    .micros = Median(micros),
                    .micros_ratio = Median(micros_ratios),
                    .client_micros = Median(client_micros)};
}

absl::StatusOr<Latencies> FloorComparer::RunAtRate(double rate, int rounds, absl::Duration slice,
                                                   const NextRequest& next) {
  // A call that finds no place waits for one, and its latency counts from when it was due.
  const LoadOptions load = {
      .in_flight = 256, .duration = slice, .rate = rate, .server_pid = server_.pid()};
  std::vector<double> p50, p99, floor_p99;
  for (int round = 0; round < rounds; ++round) {
    ASSIGN_OR_RETURN(const LoadResult floor,
                     RunWithoutErrors(*floor_, load, [] { return absl::string_view(); }));
    ASSIGN_OR_RETURN(const LoadResult method, RunWithoutErrors(*method_, load, next));
    floor_p99.push_back(floor.p99_millis);
    p50.push_back(method.p50_millis);
    p99.push_back(method.p99_millis);
  }
  return Latencies{.p50_millis = Median(p50),
                   .p99_millis = Median(p99),
                   .worst_p99_millis = *std::max_element(p99.begin(), p99.end()),
                   .floor_p99_millis = Median(floor_p99)};
}

}  // namespace yilan::bench
