// yilan-bench: runs benchmark suites, prints what they found and writes it to files.
//
//   yilan-bench view --customers 100000 --out build/bench
//
// Exit code: 0 when every bar is reached, 1 when one is not, 2 when a benchmark did not work.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/bench/report.h"
#include "tests/bench/suites.h"

namespace yilan::bench {
namespace {

// Bars of small runs are so much lower: many programs share the machine when tests run.
constexpr double kSmallSlack = 5;

constexpr Suite kSuites[] = {
    {"view", "cached GetCustomerView against canned bytes, memory, 1 M customers; 6 min, 16 GB",
     false, RunView},
    {"cold", "GetCustomerView with nothing cached, memory and RocksDB; 3 min", true, RunColdView},
    {"ingest", "facts a second through the stream, memory and RocksDB; 2 min", true, RunIngest},
    {"ingest-cost",
     "cost of a fact with 1 M customers and with 10 k; 15 min, 11 GB of memory, 10 GB of disk",
     false, RunIngestCost},
    {"heavy", "a customer with 10,000 facts; 1 min", true, RunHeavy},
    {"identity", "how well records are matched, and how fast a million of them; 2 min", true,
     RunIdentity},
    {"import", "yilan import of telco_churn.csv; 20 s", true, RunImport},
    {"resolve",
     "resolving records one by one among 1 M, merging large customers, memory and MariaDB; 30 min, "
     "16 "
     "GB of memory, 20 GB of disk",
     false, RunResolve},
    {"start", "how long until a server answers; 1 min", true, RunStart},
    {"mysql", "the backend on MariaDB against bare loops; 8 min, 8 GB of disk", false, RunMySql},
    {"mysql-cost",
     "a view and a write with 1 M customers on MariaDB and with 10 k; 30 min, 10 GB of memory, 40 "
     "GB "
     "of disk",
     false, RunMySqlCost},
    {"store", "single operations of the backends; 1 min", true, RunStore},
};

int Run(const Suite& suite, SuiteOptions options, const std::string& out) {
  std::string directory =
      std::filesystem::absolute(options.directory).string() + "/yilan-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) {
    std::fprintf(stderr, "yilan-bench: %s cannot be made\n", directory.c_str());
    return 2;
  }
  options.directory = directory;
  Report report(suite.name, options.small ? kSmallSlack : 1);
  absl::Status status = suite.run(options, report);
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  report.Print(stdout);
  std::printf("\n");
  std::fflush(stdout);
  if (status.ok() && !out.empty()) {
    std::filesystem::create_directories(out, error);
    status = report.WriteJson(out + "/" + suite.name + ".json");
  }
  if (!status.ok()) {
    std::fprintf(stderr, "yilan-bench: %s: %s\n", suite.name,
                 std::string(status.message()).c_str());
    return 2;
  }
  return report.AllHold() ? 0 : 1;
}

}  // namespace

absl::Span<const Suite> AllSuites() { return kSuites; }

}  // namespace yilan::bench

int main(int argc, char** argv) {
  using yilan::bench::Suite;
  yilan::bench::SuiteOptions options;
  options.directory = std::filesystem::temp_directory_path().string();
  options.programs = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  options.source = YILAN_SOURCE_DIR;
  std::vector<std::string> names;
  std::string out;
  bool list = false;
  CLI::App app("Runs benchmark suites; without names, the quick ones");
  app.add_option("suite", names, "Which suites");
  app.add_flag("--list", list, "Say which suites there are");
  app.add_flag("--small", options.small, "Seconds only: to see that they work");
  app.add_option("--customers", options.customers, "Customers in the store, where it depends");
  app.add_option("--out", out, "Directory for SUITE.json");
  app.add_option("--tmp", options.directory, "Directory for stores, on the disk to be measured");
  CLI11_PARSE(app, argc, argv);
  if (list) {
    for (const Suite& suite : yilan::bench::AllSuites()) {
      std::printf("%-12s %s%s\n", suite.name, suite.help, suite.quick ? "" : " (only when named)");
    }
    return 0;
  }
  const auto known = [](const std::string& name) {
    return std::any_of(yilan::bench::AllSuites().begin(), yilan::bench::AllSuites().end(),
                       [&](const Suite& suite) { return name == suite.name; });
  };
  for (const std::string& name : names) {
    if (known(name)) continue;
    std::fprintf(stderr, "yilan-bench: there is no suite %s; see --list\n", name.c_str());
    return 2;
  }
  int exit_code = 0;
  for (const Suite& suite : yilan::bench::AllSuites()) {
    const bool named = std::find(names.begin(), names.end(), suite.name) != names.end();
    if (named || (names.empty() && suite.quick)) {
      exit_code = std::max(exit_code, yilan::bench::Run(suite, options, out));
    }
  }
  return exit_code;
}
