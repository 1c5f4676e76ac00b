#include "tests/bench/mysql_bench.h"

#include <atomic>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"
#include "tests/bench/view_load.h"

namespace yilan::bench {
namespace {

// Runs `operation` on `threads` threads while `more` says so; how often a second.
absl::StatusOr<double> RunThreads(int threads, const std::function<bool(uint64_t)>& more,
                                  std::atomic<uint64_t>& next, const Operation& operation) {
  std::atomic<bool> failed{false};
  std::atomic<uint64_t> done{0};
  std::vector<absl::Status> errors(static_cast<size_t>(threads));
  const absl::Time begin = absl::Now();
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      uint64_t count = 0;
      for (uint64_t n = next++; !failed && more(n); n = next++) {
        absl::Status status = operation(i, n);
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

}  // namespace

absl::StatusOr<double> RateOfAll(int threads, uint64_t count, const Operation& operation) {
  std::atomic<uint64_t> next{0};
  return RunThreads(
      threads, [count](uint64_t n) { return n < count; }, next, operation);
}

absl::StatusOr<double> RateFor(int threads, absl::Duration duration, const Operation& operation) {
  std::atomic<uint64_t> next{0};
  const absl::Time end = absl::Now() + duration;
  return RunThreads(
      threads, [end](uint64_t) { return absl::Now() < end; }, next, operation);
}

absl::StatusOr<Turns> ByTurns(int threads, int rounds, absl::Duration slice, const Operation& bare,
                              const Operation& ours) {
  std::vector<double> bare_rates, our_rates, ratios;
  std::atomic<uint64_t> next{0};
  const auto rate = [&](const Operation& operation) {
    const absl::Time end = absl::Now() + slice;
    return RunThreads(
        threads, [end](uint64_t) { return absl::Now() < end; }, next, operation);
  };
  for (int round = 0; round < rounds + 1; ++round) {
    ASSIGN_OR_RETURN(const double of_bare, rate(bare));
    ASSIGN_OR_RETURN(const double of_ours, rate(ours));
    if (round == 0) continue;  // Statements are prepared, caches filled.
    bare_rates.push_back(of_bare);
    our_rates.push_back(of_ours);
    ratios.push_back(of_ours / of_bare);
  }
  return Turns{Median(bare_rates), Median(our_rates), Median(ratios)};
}

absl::StatusOr<MySqlDatabase> MakeMySqlDatabase(MariaDbServer& server,
                                                storage::mysql::StatementObserver* observer) {
  MySqlDatabase database;
  ASSIGN_OR_RETURN(database.name, server.CreateDatabase());
  ASSIGN_OR_RETURN(database.options, storage::mysql::ParseMySqlUrl(server.Url(database.name)));
  database.options.password = std::string(MariaDbServer::password());
  {
    storage::mysql::Pool pool(database.options);
    ASSIGN_OR_RETURN(const storage::mysql::Pool::Lease session,
                     pool.Acquire(storage::mysql::Session::Mode::kRead, absl::InfiniteFuture()));
    RETURN_IF_ERROR(storage::mysql::Migrate(*session, 1000).status());
  }
  database.options.observer = observer;
  database.store = std::make_unique<storage::MySqlStore>(database.options);
  return database;
}

absl::StatusOr<BareConnections> ConnectBare(const MariaDbServer& server,
                                            const MySqlDatabase& database, int count) {
  BareConnections connections;
  for (int i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(auto connection, BareConnection::Connect(server.socket_path(), database.name));
    connections.push_back(std::move(connection));
  }
  return connections;
}

}  // namespace yilan::bench
