// Sessions to a MariaDB server, for their tests.
#ifndef YILAN_TESTS_MYSQL_SESSION_FIXTURE_H_
#define YILAN_TESTS_MYSQL_SESSION_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/session.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {

// One server for the tests that leave it as it is; each has a database of its own.
inline std::unique_ptr<MariaDbServer>& SharedServer() {
  static std::unique_ptr<MariaDbServer> server;
  return server;
}

class SessionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = MariaDbServer::Start({.durable = false});
    ASSERT_THAT(started, IsOk());
    SharedServer() = *std::move(started);
  }
  static void TearDownTestSuite() { SharedServer().reset(); }

  void SetUp() override {
    ASSERT_NE(SharedServer(), nullptr);
    Use(*SharedServer());
  }

  void Use(MariaDbServer& server) {
    server_ = &server;
    auto database = server.CreateDatabase();
    ASSERT_THAT(database, IsOk());
    auto options = ParseMySqlUrl(server.Url(*database));
    ASSERT_THAT(options, IsOk());
    options_ = *options;
    options_.password = std::string(MariaDbServer::password());
    ASSERT_THAT(server.Execute("CREATE TABLE " + *database +
                               ".t (k VARBINARY(64) PRIMARY KEY, v LONGBLOB, n BIGINT UNSIGNED) "
                               "ENGINE = InnoDB"),
                IsOk());
  }

  std::unique_ptr<Session> Connect() {
    auto session = Session::Connect(options_, watchdog_);
    EXPECT_THAT(session, IsOk());
    return session.ok() ? *std::move(session) : nullptr;
  }
  std::unique_ptr<Session> Writer() {
    auto session = Connect();
    if (session != nullptr) {
      EXPECT_THAT(session->SetMode(Session::Mode::kWrite), IsOk());
    }
    return session;
  }

  static absl::StatusOr<uint64_t> Insert(Session& session, absl::string_view key,
                                         absl::string_view value, uint64_t number = 0) {
    return session.Update("INSERT INTO t VALUES (?, ?, ?)", {key, value, number});
  }
  // Values of v in the order of their keys.
  static std::vector<std::string> Values(Session& session) {
    std::vector<std::string> values;
    EXPECT_THAT(session.Query("SELECT v FROM t ORDER BY k", {},
                              [&](const RowView& row) {
                                values.emplace_back(row.bytes(0));
                                return absl::OkStatus();
                              }),
                IsOk());
    return values;
  }
  static absl::Status Update(Session& session, absl::string_view key, uint64_t number) {
    return session.Update("UPDATE t SET n = ? WHERE k = ?", {number, key}).status();
  }
  void Kill(const Session& session) {
    EXPECT_THAT(server_->Execute(absl::StrCat("KILL ", session.connection_id())), IsOk());
  }
  // Waits until the server says that one statement waits for a lock of a row. (innodb_trx does not
  // change while it is read more often than ten times a second.)
  void WaitUntilBlocked() {
    const absl::Time limit = absl::Now() + absl::Seconds(20);
    while (absl::Now() < limit) {
      auto rows = server_->Execute("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'");
      ASSERT_THAT(rows, IsOk());
      if ((*rows)[0][1] == "1") return;
    }
    ADD_FAILURE() << "never blocked";
  }

  MariaDbServer* server_ = nullptr;
  MySqlOptions options_;
  Watchdog watchdog_;
};

// Each with a server of its own, for what it does to it or how it is set up.
class OwnServerTest : public SessionTest {
 protected:
  static void SetUpTestSuite() {}
  static void TearDownTestSuite() {}
  void SetUp() override {}
  void Start(MariaDbServer::Options options) {
    options.durable = false;
    auto started = MariaDbServer::Start(options);
    ASSERT_THAT(started, IsOk());
    own_ = *std::move(started);
    Use(*own_);
  }
  std::unique_ptr<MariaDbServer> own_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_TESTS_MYSQL_SESSION_FIXTURE_H_
