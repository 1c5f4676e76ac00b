// Databases for tests that only need one, whatever the server: of a private MariaDB, or, with
// YILAN_TEST_MYSQL_URL set, of the server that it names.
//
//   ASSIGN_OR_RETURN(const TestDatabase database, TestDatabases::Get().Create());
//   RunServer({"migrate", "--storage", database.url}, {{"YILAN_MYSQL_PASSWORD",
//   database.password}});
//
// YILAN_TEST_MYSQL_URL is as --storage takes it (mysql://USER@HOST:PORT/DATABASE?tls=required…);
// its password is in YILAN_TEST_MYSQL_PASSWORD. The user must be allowed to create and drop
// databases named yilan_test_…; DATABASE is only connected to.
#ifndef YILAN_TESTS_MYSQL_TEST_DATABASES_H_
#define YILAN_TESTS_MYSQL_TEST_DATABASES_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "storage/mysql/mysql_options.h"
#include "tests/mysql/mariadb_server.h"

namespace yilan {

struct TestDatabase {
  std::string name;
  std::string url;  // For --storage.
  std::string password;
};
// How to reach it, and with the newest schema.
absl::StatusOr<storage::mysql::MySqlOptions> OptionsOf(const TestDatabase& database);
absl::Status Migrate(const storage::mysql::MySqlOptions& options);

// Thread-safe.
class TestDatabases {
 public:
  // Those of this program. Starts the private server on first use.
  static TestDatabases& Get();

  // An empty database, which goes when the program ends.
  absl::StatusOr<TestDatabase> Create();
  // How to reach one that has the schema, for a MySqlStore.
  absl::StatusOr<storage::mysql::MySqlOptions> CreateMigrated();

 private:
  TestDatabases();
  absl::Status Drop(const std::string& name);

  Mutex mutex_;
  absl::Status started_;
  std::string url_;  // Of the server that was given; empty for the private one.
  std::string password_;
  std::unique_ptr<MariaDbServer> own_;
  int created_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace yilan

#endif  // YILAN_TESTS_MYSQL_TEST_DATABASES_H_
