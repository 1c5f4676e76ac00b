// The suite `mysql`: the backend on MariaDB against bare loops of the C API that say the same to
// the same server.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "storage/mysql/load_customer.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"
#include "storage/mysql/statements.h"
#include "tests/bench/bare_mysql.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/key_sequence.h"
#include "tests/bench/operator_facts.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"
#include "tests/mysql/mariadb_server.h"

namespace yilan::bench {
namespace {

using storage::MySqlStore;

// Does one operation on a thread; `n` is a number that no other call has.
using Operation = std::function<absl::Status(int thread, uint64_t n)>;

// Operations a second on `threads` threads.
absl::StatusOr<double> RateOf(int threads, absl::Duration duration, std::atomic<uint64_t>& next,
                              const Operation& operation) {
  std::atomic<bool> failed{false};
  std::atomic<uint64_t> done{0};
  std::vector<absl::Status> errors(static_cast<size_t>(threads));
  const absl::Time begin = absl::Now();
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      uint64_t count = 0;
      while (absl::Now() - begin < duration && !failed) {
        absl::Status status = operation(i, next++);
        if (!status.ok()) {
          errors[static_cast<size_t>(i)] = std::move(status);
          failed = true;
          break;
        }
        ++count;
      }
      done += count;
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (const absl::Status& error : errors) RETURN_IF_ERROR(error);
  return static_cast<double>(done) / absl::ToDoubleSeconds(absl::Now() - begin);
}

struct Turns {
  double bare = 0;
  double ours = 0;
  double ratio = 0;  // Of ours to the bare rate, turn by turn.
};

// Both by turns: what the machine does otherwise meanwhile happens to both. Medians.
absl::StatusOr<Turns> ByTurns(int threads, int rounds, absl::Duration slice, const Operation& bare,
                              const Operation& ours) {
  std::vector<double> bare_rates, our_rates, ratios;
  std::atomic<uint64_t> next{0};
  for (int round = 0; round < rounds + 1; ++round) {
    ASSIGN_OR_RETURN(const double of_bare, RateOf(threads, slice, next, bare));
    ASSIGN_OR_RETURN(const double of_ours, RateOf(threads, slice, next, ours));
    if (round == 0) continue;  // Statements are prepared, caches filled.
    bare_rates.push_back(of_bare);
    our_rates.push_back(of_ours);
    ratios.push_back(of_ours / of_bare);
  }
  return Turns{Median(bare_rates), Median(our_rates), Median(ratios)};
}

// A database of a server, with its schema.
struct Database {
  std::string name;
  storage::mysql::MySqlOptions options;
  std::unique_ptr<MySqlStore> store;
};

absl::StatusOr<Database> MakeDatabase(MariaDbServer& server) {
  Database database;
  ASSIGN_OR_RETURN(database.name, server.CreateDatabase());
  ASSIGN_OR_RETURN(database.options, storage::mysql::ParseMySqlUrl(server.Url(database.name)));
  database.options.password = std::string(MariaDbServer::password());
  {
    storage::mysql::Pool pool(database.options);
    ASSIGN_OR_RETURN(const storage::mysql::Pool::Lease session,
                     pool.Acquire(storage::mysql::Session::Mode::kRead, absl::InfiniteFuture()));
    RETURN_IF_ERROR(storage::mysql::Migrate(*session, 1000).status());
  }
  database.store = std::make_unique<MySqlStore>(database.options);
  return database;
}

using BareConnections = std::vector<std::unique_ptr<BareConnection>>;

absl::StatusOr<BareConnections> ConnectBare(const MariaDbServer& server, const Database& database,
                                            int count) {
  BareConnections connections;
  for (int i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(auto connection, BareConnection::Connect(server.socket_path(), database.name));
    connections.push_back(std::move(connection));
  }
  return connections;
}

std::string IdBytes(storage::CustomerId id) {
  std::string bytes;
  id.AppendTo(bytes);
  return bytes;
}

absl::Status MeasureLoads(const SuiteOptions& options, const MariaDbServer& server,
                          const Database& database, uint64_t customers, Report& report) {
  const absl::Duration slice = options.small ? absl::Milliseconds(100) : absl::Milliseconds(500);
  constexpr uint64_t kRecords = kFactsPerCustomer + kSubjectsPerCustomer;
  const std::vector<storage::KindLimit> limits = {{storage::Kind{19}, size_t{1000}}};
  storage::Revision revision = 0;
  const auto load = [&](uint64_t number, storage::Revision known) -> absl::Status {
    uint64_t records = 0;
    ASSIGN_OR_RETURN(
        const storage::LoadedCustomer loaded,
        database.store->LoadCustomer({}, BulkCustomerId(number), {.known = known, .limits = limits},
                                     [&](const storage::RecordView&) {
                                       ++records;
                                       return absl::OkStatus();
                                     }));
    revision = loaded.state.revision;
    if (records != (known == 0 ? kRecords : 0)) return absl::InternalError("records are missing");
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(load(0, 0));
  const storage::Revision known = revision;  // All customers were loaded at one revision.
  const auto pick = [customers](uint64_t n) { return (n * 2654435761u) % customers; };

  for (const int threads : {1, 8}) {
    ASSIGN_OR_RETURN(const BareConnections bare, ConnectBare(server, database, threads));
    const std::string sql = storage::mysql::LoadByCustomer();
    const Operation bare_load = [&](int thread, uint64_t n) -> absl::Status {
      ASSIGN_OR_RETURN(BareStatement* const statement,
                       bare[static_cast<size_t>(thread)]->Prepare(sql));
      const std::string id = IdBytes(BulkCustomerId(pick(n)));
      ASSIGN_OR_RETURN(const uint64_t rows,
                       statement->Run({absl::string_view(id),
                                       uint64_t{storage::mysql::kMostRecordsAtOnce + 1}}));
      return rows == kRecords ? absl::OkStatus() : absl::InternalError("rows are missing");
    };
    const Operation bare_read = [&](int thread, uint64_t n) -> absl::Status {
      ASSIGN_OR_RETURN(BareStatement* const statement, bare[static_cast<size_t>(thread)]->Prepare(
                                                           storage::mysql::RevisionOfCustomer()));
      const std::string id = IdBytes(BulkCustomerId(pick(n)));
      ASSIGN_OR_RETURN(const uint64_t rows, statement->Run({absl::string_view(id)}));
      return rows == 1 ? absl::OkStatus() : absl::InternalError("a row is missing");
    };
    const std::string at = absl::StrCat(", ", threads, threads == 1 ? " thread" : " threads");
    ASSIGN_OR_RETURN(const Turns loads,
                     ByTurns(threads, options.Rounds(9), slice, bare_load,
                             [&](int, uint64_t n) -> absl::Status { return load(pick(n), 0); }));
    report.Add(absl::StrCat("bare loop of the load", at), loads.bare, "1/s");
    report.Add(absl::StrCat("LoadCustomer, 43 records", at), loads.ours, "1/s")
        .Against(absl::StrCat("bare loop of the load", at), loads.ratio)
        .RatioAtLeast(0.85);
    ASSIGN_OR_RETURN(const Turns reads, ByTurns(threads, options.Rounds(9), slice, bare_read,
                                                [&](int, uint64_t n) -> absl::Status {
                                                  return load(pick(n), known);
                                                }));
    report.Add(absl::StrCat("bare read of one row", at), reads.bare, "1/s");
    report.Add(absl::StrCat("LoadCustomer, unchanged", at), reads.ours, "1/s")
        .Against(absl::StrCat("bare read of one row", at), reads.ratio)
        .RatioAtLeast(0.8);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunMySql(const SuiteOptions& options, Report& report) {
  const uint64_t customers = options.customers > 0 ? options.customers
                             : options.small       ? 500
                                                   : 200000;
  ASSIGN_OR_RETURN(const auto server,
                   MariaDbServer::Start(
                       {.parent_directory = options.directory,
                        .extra_flags = {"--innodb-buffer-pool-size=8G", "--innodb-log-file-size=1G",
                                        "--innodb-flush-log-at-trx-commit=1"}}));
  ASSIGN_OR_RETURN(const Database database, MakeDatabase(*server));
  ASSIGN_OR_RETURN(const auto bulk, BulkCustomers::Make(options.small ? 20 : 300));
  const absl::Time begin = absl::Now();
  RETURN_IF_ERROR(bulk->Load(*database.store, 0, customers));
  report.Add("Import",
             static_cast<double>(customers * (kFactsPerCustomer + kSubjectsPerCustomer)) /
                 absl::ToDoubleSeconds(absl::Now() - begin),
             "records/s");
  return MeasureLoads(options, *server, database, customers, report);
}

}  // namespace yilan::bench
