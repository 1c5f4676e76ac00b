#include "tests/mysql/test_databases.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gtest/gtest.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"

namespace yilan {
namespace {

using storage::mysql::MySqlOptions;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string NameOf(int number) { return absl::StrCat("yilan_test_", getpid(), "_", number); }

// `url` with another database.
std::string WithDatabase(const std::string& url, const std::string& database) {
  const size_t question = std::min(url.find('?'), url.size());
  const size_t slash = url.rfind('/', question);
  return absl::StrCat(url.substr(0, slash + 1), database, url.substr(question));
}

absl::Status Execute(const std::string& url, const std::string& password, const std::string& sql) {
  ASSIGN_OR_RETURN(MySqlOptions options, storage::mysql::ParseMySqlUrl(url));
  options.password = password;
  options.read_timeout = absl::Minutes(10);
  storage::mysql::Pool pool(options);
  ASSIGN_OR_RETURN(const storage::mysql::Pool::Lease session,
                   pool.Acquire(storage::mysql::Session::Mode::kRead, absl::InfiniteFuture()));
  return session->Execute(sql.c_str());
}

// Statics are destroyed after main(), when the driver may be gone; environments before.
class DropAll final : public testing::Environment {
 public:
  explicit DropAll(std::function<void()> drop) : drop_(std::move(drop)) {}
  void TearDown() override { drop_(); }

 private:
  const std::function<void()> drop_;
};

}  // namespace

absl::StatusOr<MySqlOptions> OptionsOf(const TestDatabase& database) {
  ASSIGN_OR_RETURN(MySqlOptions options, storage::mysql::ParseMySqlUrl(database.url));
  options.password = database.password;
  return options;
}

absl::Status Migrate(const MySqlOptions& options) {
  storage::mysql::Pool pool(options);
  ASSIGN_OR_RETURN(const storage::mysql::Pool::Lease session,
                   pool.Acquire(storage::mysql::Session::Mode::kRead, absl::InfiniteFuture()));
  constexpr int kNewest = 1000;
  return storage::mysql::Migrate(*session, kNewest).status();
}

TestDatabases& TestDatabases::Get() {
  static TestDatabases* const databases = new TestDatabases;
  return *databases;
}

TestDatabases::TestDatabases()
    : url_(Variable("YILAN_TEST_MYSQL_URL")), password_(Variable("YILAN_TEST_MYSQL_PASSWORD")) {
  if (url_.empty()) {
    auto started = MariaDbServer::Start({.durable = false});
    started_ = started.status();
    if (started.ok()) own_ = *std::move(started);
    password_ = std::string(MariaDbServer::password());
  }
  testing::AddGlobalTestEnvironment(new DropAll([this] {
    own_.reset();
    if (url_.empty()) return;
    MutexLock lock(mutex_);
    for (int number = 1; number <= created_; ++number) Drop(NameOf(number)).IgnoreError();
  }));
}

absl::StatusOr<TestDatabase> TestDatabases::Create() {
  RETURN_IF_ERROR(started_);
  if (own_ != nullptr) {
    ASSIGN_OR_RETURN(const std::string name, own_->CreateDatabase());
    // A busy disk may stall for longer than the default.
    return TestDatabase{name, own_->Url(name) + "&read-timeout=10m", password_};
  }
  std::string name;
  {
    MutexLock lock(mutex_);
    name = NameOf(++created_);
  }
  RETURN_IF_ERROR(Drop(name));
  RETURN_IF_ERROR(Execute(url_, password_, absl::StrCat("CREATE DATABASE ", name)));
  return TestDatabase{name, WithDatabase(url_, name), password_};
}

absl::StatusOr<MySqlOptions> TestDatabases::CreateMigrated() {
  ASSIGN_OR_RETURN(const TestDatabase database, Create());
  ASSIGN_OR_RETURN(MySqlOptions options, OptionsOf(database));
  RETURN_IF_ERROR(Migrate(options));
  return options;
}

absl::Status TestDatabases::Drop(const std::string& name) {
  return Execute(url_, password_, absl::StrCat("DROP DATABASE IF EXISTS ", name));
}

}  // namespace yilan
