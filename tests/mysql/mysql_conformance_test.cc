// The conformance suite on MariaDB: one server for all tests, a database for each.
#include <map>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

MariaDbServer& Server() {
  static MariaDbServer* const server = [] {
    auto started = MariaDbServer::Start({.durable = false});
    EXPECT_TRUE(started.ok()) << started.status();
    return started->release();
  }();
  return *server;
}

// The database that stands for a test's directory.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenDatabase(const std::string& directory) {
  static auto* const databases = new std::map<std::string, std::string>;
  std::string& database = (*databases)[directory];
  if (database.empty()) {
    absl::StatusOr<std::string> created = Server().CreateDatabase();
    if (!created.ok()) return created.status();
    database = *std::move(created);
  }
  absl::StatusOr<mysql::MySqlOptions> options = mysql::ParseMySqlUrl(Server().Url(database));
  if (!options.ok()) return options.status();
  options->password = std::string(MariaDbServer::password());
  // A busy disk may stall for longer than the default.
  options->read_timeout = absl::Minutes(10);
  {
    mysql::Pool pool(*options);
    auto session = pool.Acquire(mysql::Session::Mode::kRead, absl::InfiniteFuture());
    if (!session.ok()) return session.status();
    const auto done = mysql::Migrate(**session, 1000);
    if (!done.ok()) return done.status();
  }
  return std::make_unique<MySqlStore>(*options);
}

Backend MySql() {
  return {.name = "MySql",
          .open = [](const std::string& directory) { return OpenDatabase(directory); },
          .durable = true};
}

INSTANTIATE_TEST_SUITE_P(MySql, Conformance, ::testing::Values(MySql()), BackendName);
INSTANTIATE_TEST_SUITE_P(MySql, DurableConformance, ::testing::Values(MySql()), BackendName);

}  // namespace
}  // namespace yilan::storage
