// The conformance suite on MariaDB, or on the server of YILAN_TEST_MYSQL_URL: one server for all
// tests, a database for each.
#include <map>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/mysql/mysql_store.h"
#include "tests/mysql/test_databases.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

// The database that stands for a test's directory.
absl::StatusOr<std::unique_ptr<RecordStore>> OpenDatabase(const std::string& directory) {
  static auto* const databases = new std::map<std::string, TestDatabase>;
  TestDatabase& database = (*databases)[directory];
  if (database.name.empty()) {
    absl::StatusOr<TestDatabase> created = TestDatabases::Get().Create();
    if (!created.ok()) return created.status();
    database = *std::move(created);
  }
  absl::StatusOr<mysql::MySqlOptions> options = OptionsOf(database);
  if (!options.ok()) return options.status();
  if (absl::Status migrated = Migrate(*options); !migrated.ok()) return migrated;
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
