// The suite `import`: a file of the real world through the command-line client.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "tests/bench/child_process.h"
#include "tests/bench/server_process.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"

namespace yilan::bench {

absl::Status RunImport(const SuiteOptions& options, Report& report) {
  const std::string file = absl::StrCat(options.source, "/tests/data/telco_churn.csv");
  for (const bool memory : {true, false}) {
    const std::string name = memory ? "memory" : "RocksDB";
    std::vector<double> seconds;
    for (int round = 0; round < (options.small ? 1 : 3); ++round) {
      const std::string directory = absl::StrCat(options.directory, "/import", round);
      ASSIGN_OR_RETURN(const auto server,
                       ServerProcess::Start(
                           {"--storage", memory ? "memory:" : absl::StrCat("rocksdb:", directory),
                            "--customers", "0"}));
      const absl::Time begin = absl::Now();
      ASSIGN_OR_RETURN(ChildProcess import,
                       ChildProcess::Start({absl::StrCat(options.programs, "/yilan"), "--server",
                                            server->address(), "import", file, "--quiet",
                                            "--restart", "--work-dir", options.directory}));
      RETURN_IF_ERROR(import.Wait());
      seconds.push_back(absl::ToDoubleSeconds(absl::Now() - begin));
      RETURN_IF_ERROR(server->Stop());
    }
    Figure& figure =
        report.Add(absl::StrCat("import of telco_churn.csv, ", name), Median(seconds), "s");
    if (!memory) figure.AtMost(5);
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
