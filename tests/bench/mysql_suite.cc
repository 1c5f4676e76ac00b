// The suite `mysql`: the backend on MariaDB against bare loops of the C API that say the same to
// the same server.
#include "base/status_macros.h"
#include "tests/bench/mysql_bench.h"
#include "tests/bench/suites.h"

namespace yilan::bench {

absl::Status RunMySql(const SuiteOptions& options, Report& report) {
  ASSIGN_OR_RETURN(
      const auto server,
      MariaDbServer::Start(
          {.parent_directory = options.directory,
           .extra_flags = {
               options.small ? "--innodb-buffer-pool-size=256M" : "--innodb-buffer-pool-size=8G",
               "--innodb-log-file-size=1G", "--innodb-flush-log-at-trx-commit=1"}}));
  RETURN_IF_ERROR(MeasureMySqlWrites(options, *server, report));
  RETURN_IF_ERROR(MeasureMySqlIngest(options, *server, report));
  return MeasureMySqlLoads(options, *server, report);
}

}  // namespace yilan::bench
