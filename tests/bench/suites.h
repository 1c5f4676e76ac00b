// The benchmark suites. docs/benchmarks.md says what each figure means.
#ifndef YILAN_TESTS_BENCH_SUITES_H_
#define YILAN_TESTS_BENCH_SUITES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "tests/bench/report.h"

namespace yilan::bench {

struct SuiteOptions {
  // Seconds instead of minutes: shows that the benchmark works, not how fast the platform is.
  bool small = false;
  // Customers in the store where a suite speaks of a million; 0: what suits, by `small`.
  uint64_t customers = 0;
  // An empty directory for stores and the like, on the disk that is to be measured.
  std::string directory;
  // Where the programs are.
  std::string programs;
  // The checkout, for scripts and data.
  std::string source;

  // How many times something is repeated.
  int Rounds(int full) const { return small ? 2 : full; }
};

struct Suite {
  const char* name;
  const char* help;  // What it measures, and how long it takes.
  bool quick;        // Run when no suite is named.
  // An error when something did not work; that a bar is missed is none.
  absl::Status (*run)(const SuiteOptions& options, Report& report);
};

absl::Span<const Suite> AllSuites();

absl::Status RunView(const SuiteOptions& options, Report& report);
absl::Status RunColdView(const SuiteOptions& options, Report& report);
absl::Status RunIngest(const SuiteOptions& options, Report& report);
absl::Status RunIngestCost(const SuiteOptions& options, Report& report);
absl::Status RunHeavy(const SuiteOptions& options, Report& report);
absl::Status RunIdentity(const SuiteOptions& options, Report& report);
absl::Status RunImport(const SuiteOptions& options, Report& report);
absl::Status RunResolve(const SuiteOptions& options, Report& report);
absl::Status RunStart(const SuiteOptions& options, Report& report);
absl::Status RunMySqlCost(const SuiteOptions& options, Report& report);
absl::Status RunMySql(const SuiteOptions& options, Report& report);
absl::Status RunStore(const SuiteOptions& options, Report& report);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_SUITES_H_
