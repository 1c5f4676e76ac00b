// The suites `view` and `cold`: GetCustomerView against the floor.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/key_sequence.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"

namespace yilan::bench {
namespace {

// What a view of the generated customers takes in the cache, with room to spare.
constexpr uint64_t kCachedViewBytes = 6500;

void AddComparison(const std::string& what, const Comparison& comparison, double least_rate_ratio,
                   double most_micros_ratio, Report& report) {
  const std::string floor = absl::StrCat("canned bytes, ", what);
  const std::string view = absl::StrCat("view, ", what);
  report.Add(floor + ": rate", comparison.floor_rate, "calls/s");
  report.Add(view + ": rate", comparison.rate, "calls/s")
      .Against(floor + ": rate", comparison.rate_ratio)
      .RatioAtLeast(least_rate_ratio);
  report.Add(floor + ": server CPU", comparison.floor_micros, "us/call");
  report.Add(view + ": server CPU", comparison.micros, "us/call")
      .Against(floor + ": server CPU", comparison.micros_ratio)
      .RatioAtMost(most_micros_ratio);
}

std::vector<std::string> Arguments(const std::string& storage, uint64_t customers) {
  return {"--storage", storage, "--customers", absl::StrCat(customers)};
}

void AddSizes(const ServerProcess& server, uint64_t customers, Report& report) {
  const ServerFigures& started = server.started();
  report.Add("customers", static_cast<double>(customers), "");
  report.Add("mean payload of a fact", started.Number("payload_bytes"), "B");
  report.Add("mean response", started.Number("view_bytes"), "B");
}

}  // namespace

absl::Status RunView(const SuiteOptions& options, Report& report) {
  const uint64_t customers = options.customers > 0 ? options.customers
                             : options.small       ? 2000
                                                   : 1000000;
  std::vector<std::string> arguments = Arguments("memory:", customers);
  const uint64_t cache_mib = (customers * kCachedViewBytes >> 20) + 16;
  arguments.insert(arguments.end(), {"--view-cache", absl::StrCat(cache_mib), "--warm"});
  ASSIGN_OR_RETURN(const auto server, ServerProcess::Start(arguments));
  const ServerFigures& started = server->started();
  AddSizes(*server, customers, report);
  report.Add("bulk load",
             static_cast<double>(customers * kRecordsPerCustomer) / started.Number("load_seconds"),
             "records/s");
  Figure& memory = report.Add("store, per customer with 40 facts",
                              (started.Number("memory_loaded") - started.Number("memory_empty")) /
                                  static_cast<double>(customers),
                              "B");
  // A store of a few customers is mostly what any store takes.
  if (!options.small) memory.AtMost(8192);
  report.Add("view cache, per customer",
             started.Number("view_bytes_held") / static_cast<double>(customers), "B");

  ASSIGN_OR_RETURN(const auto comparer, FloorComparer::Connect(*server, kViewMethod));
  const CompareOptions compare = {
      .rounds = options.Rounds(21),
      .slice = options.small ? absl::Milliseconds(100) : absl::Milliseconds(300)};
  double rate = 0;
  double client_micros = 0;
  for (const auto& [skew, skew_name] :
       {std::pair(Skew::kUniform, "uniform"), std::pair(Skew::kZipf, "Zipf")}) {
    KeySequence keys(customers, skew);
    const NextRequest next = [&keys] { return keys.NextViewRequest(); };
    for (const int in_flight : {1, 16, 64, 256}) {
      CompareOptions these = compare;
      these.in_flight = in_flight;
      ASSIGN_OR_RETURN(const Comparison comparison, comparer->Compare(these, next));
      AddComparison(absl::StrCat(skew_name, ", ", in_flight, " in flight"), comparison, 0.85, 1.25,
                    report);
      if (in_flight == 64) rate = comparison.rate;
      if (in_flight == 64) client_micros = comparison.client_micros;
    }
    ASSIGN_OR_RETURN(
        const Latencies latencies,
        comparer->RunAtRate(0.7 * rate, options.Rounds(9),
                            options.small ? absl::Milliseconds(500) : absl::Seconds(2), next));
    const std::string at = absl::StrCat(skew_name, ", at 70 % load: ");
    report.Add(absl::StrCat("canned bytes, ", at, "p99"), latencies.floor_p99_millis, "ms");
    report.Add(absl::StrCat("view, ", at, "p50"), latencies.p50_millis, "ms");
    Figure& p99 = report.Add(absl::StrCat("view, ", at, "p99"), latencies.p99_millis, "ms");
    if (!options.small) p99.AtMost(5);
    report.Add(absl::StrCat("view, ", at, "p99 of the worst 2 s"), latencies.worst_p99_millis,
               "ms");
  }
  report.Add("load generator: its own CPU", client_micros, "us/call");
  ASSIGN_OR_RETURN(const ServerFigures now, server->Ask());
  report.Add("resident memory of the server, per customer",
             now.Number("resident") / static_cast<double>(customers), "B");
  report
      .Add("views that were not in the cache",
           now.Number("view_misses") - started.Number("view_misses"), "")
      .AtMost(0);
  return server->Stop();
}

absl::Status RunColdView(const SuiteOptions& options, Report& report) {
  const uint64_t customers = options.customers > 0 ? options.customers
                             : options.small       ? 1000
                                                   : 100000;
  // Blocks take more room in the cache than in their files: everything has to fit.
  const std::string cache = absl::StrCat((customers * 20000 >> 20) + 256);
  for (const bool memory : {true, false}) {
    const std::string name = memory ? "memory" : "RocksDB";
    std::vector<std::string> arguments = Arguments(
        memory ? "memory:" : absl::StrCat("rocksdb:", options.directory, "/cold"), customers);
    // Without a cache for views, --warm brings the blocks into theirs.
    arguments.insert(arguments.end(), {"--storage-cache", cache, "--warm"});
    ASSIGN_OR_RETURN(const auto server, ServerProcess::Start(arguments));
    if (memory) AddSizes(*server, customers, report);
    ASSIGN_OR_RETURN(const auto comparer, FloorComparer::Connect(*server, kViewMethod));
    KeySequence keys(customers, Skew::kUniform);
    const double bar = memory ? 3 : 6;
    for (const int in_flight : {1, 64}) {
      ASSIGN_OR_RETURN(const Comparison comparison,
                       comparer->Compare({.in_flight = in_flight,
                                          .rounds = options.Rounds(9),
                                          .slice = options.small ? absl::Milliseconds(100)
                                                                 : absl::Milliseconds(500)},
                                         [&keys] { return keys.NextViewRequest(); }));
      AddComparison(absl::StrCat(name, ", nothing cached, ", in_flight, " in flight"), comparison,
                    1 / bar, bar, report);
    }
    RETURN_IF_ERROR(server->Stop());
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
