// What the parts of the suite `mysql` share: databases, bare connections to them, and measuring by
// turns.
#ifndef YILAN_TESTS_BENCH_MYSQL_BENCH_H_
#define YILAN_TESTS_BENCH_MYSQL_BENCH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "storage/mysql/mysql_options.h"
#include "storage/mysql/mysql_store.h"
#include "tests/bench/bare_mysql.h"
#include "tests/bench/suites.h"
#include "tests/mysql/mariadb_server.h"
#include "yilan/v1/billing_service.pb.h"

namespace yilan::bench {

// A database of a server, with its schema.
struct MySqlDatabase {
  std::string name;
  storage::mysql::MySqlOptions options;
  std::unique_ptr<storage::MySqlStore> store;
};
// `observer` sees the statements of the store; may be null.
absl::StatusOr<MySqlDatabase> MakeMySqlDatabase(
    MariaDbServer& server, storage::mysql::StatementObserver* observer = nullptr);

using BareConnections = std::vector<std::unique_ptr<BareConnection>>;
absl::StatusOr<BareConnections> ConnectBare(const MariaDbServer& server,
                                            const MySqlDatabase& database, int count);

// Does one operation on a thread; `n` is a number that no other call has.
using Operation = std::function<absl::Status(int thread, uint64_t n)>;
// Runs operations 0 to `count` - 1 on `threads` threads; how many a second.
absl::StatusOr<double> RateOfAll(int threads, uint64_t count, const Operation& operation);

// The same with any number of operations, for so long.
absl::StatusOr<double> RateFor(int threads, absl::Duration duration, const Operation& operation);

struct Turns {
  double bare = 0;
  double ours = 0;
  double ratio = 0;  // Of ours to the bare rate, turn by turn.
};
// Both by turns: what the machine does otherwise meanwhile happens to both. Medians.
absl::StatusOr<Turns> ByTurns(int threads, int rounds, absl::Duration slice, const Operation& bare,
                              const Operation& ours);

// Another bill of a customer for each `sequence`.
v1::UpsertCustomerBillRequest BillOf(uint64_t customer, uint64_t sequence, IdGenerator& ids);

// The parts of the suite.
absl::Status MeasureMySqlLoads(const SuiteOptions& options, const MariaDbServer& server,
                               const MySqlDatabase& database, uint64_t customers, Report& report);
absl::Status MeasureMySqlViews(const SuiteOptions& options, const MariaDbServer& server,
                               const MySqlDatabase& database, uint64_t customers, Report& report);
absl::Status MeasureMySqlWrites(const SuiteOptions& options, MariaDbServer& server, Report& report);
absl::Status MeasureMySqlIngest(const SuiteOptions& options, MariaDbServer& server, Report& report);

}  // namespace yilan::bench

#endif  // YILAN_TESTS_BENCH_MYSQL_BENCH_H_
