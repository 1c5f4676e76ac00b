#include "tests/mysql/mariadb_server.h"

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <mysql_driver.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/mysql/kept_process.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kReadTimeoutSeconds = 1;
constexpr int kAccessDenied = 1045;
constexpr int kDatabaseAccessDenied = 1044;
constexpr int kLostConnection = 2013;

std::unique_ptr<MariaDbServer> StartServer(const MariaDbServer::Options& options = {}) {
  auto server = MariaDbServer::Start(options);
  EXPECT_THAT(server, IsOk());
  return server.ok() ? *std::move(server) : nullptr;
}

// A connection as Yilan makes them, with a short read timeout. What fails is an error number.
class Client {
 public:
  Client(const std::string& host, const std::string& password) {
    try {
      sql::ConnectOptionsMap options;
      options["hostName"] = sql::SQLString(host);
      options["userName"] = sql::SQLString(std::string(MariaDbServer::user()));
      options["password"] = sql::SQLString(password);
      options["OPT_READ_TIMEOUT"] = kReadTimeoutSeconds;
      connection_.reset(sql::mysql::get_driver_instance()->connect(options));
    } catch (const sql::SQLException& error) {
      error_ = error.getErrorCode();
    }
  }
  explicit Client(const MariaDbServer& server)
      : Client("unix://" + server.socket_path(), std::string(MariaDbServer::password())) {}

  // 0, or why there is no connection.
  int error() const { return error_; }
  // 0, or why the statement failed.
  int Run(const std::string& sql) {
    if (connection_ == nullptr) return error_;
    try {
      const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
      if (statement->execute(sql)) {
        const std::unique_ptr<sql::ResultSet> drained(statement->getResultSet());
      }
      return 0;
    } catch (const sql::SQLException& error) {
      return error.getErrorCode();
    }
  }

 private:
  std::unique_ptr<sql::Connection> connection_;
  int error_ = 0;
};

// A table t with the number 1 in it, committed.
std::string MakeTable(const MariaDbServer& server, const std::string& database) {
  const std::string table = database + ".t";
  EXPECT_THAT(server.Execute("CREATE TABLE " + table + " (n INT PRIMARY KEY) ENGINE = InnoDB"),
              IsOk());
  EXPECT_THAT(server.Execute("INSERT INTO " + table + " VALUES (1)"), IsOk());
  return table;
}

class MariaDbServerTest : public ::testing::Test {
 protected:
  MariaDbServerTest() : server_(StartServer({.durable = false})) {}
  void SetUp() override {
    ASSERT_NE(server_, nullptr);
    auto database = server_->CreateDatabase();
    ASSERT_THAT(database, IsOk());
    database_ = *database;
  }

  const std::unique_ptr<MariaDbServer> server_;
  std::string database_;
};

TEST_F(MariaDbServerTest, StartsInUnderTenSeconds) {
  const auto second = StartServer();
  ASSERT_NE(second, nullptr);
  RecordProperty("start_ms", static_cast<int>(absl::ToInt64Milliseconds(second->start_time())));
  EXPECT_LT(second->start_time(), absl::Seconds(10));
}

TEST_F(MariaDbServerTest, TellsWhereItListens) {
  EXPECT_EQ(server_->Url("yilan_7"),
            absl::StrCat("mysql://yilan@localhost/yilan_7?socket=", server_->socket_path()));
  EXPECT_TRUE(std::filesystem::is_socket(server_->socket_path()));
}

TEST_F(MariaDbServerTest, ListensOnTcpOnlyWhenAskedTo) {
  EXPECT_EQ(server_->port(), 0);
  auto skipped = server_->Execute("SELECT @@skip_networking");
  ASSERT_THAT(skipped, IsOk());
  EXPECT_THAT(*skipped, ElementsAre(ElementsAre("1")));

  const auto tcp = StartServer({.tcp = true});
  ASSERT_NE(tcp, nullptr);
  EXPECT_EQ(tcp->TcpUrl("yilan_7"),
            absl::StrCat("mysql://yilan@127.0.0.1:", tcp->port(), "/yilan_7"));
  Client client(absl::StrCat("tcp://127.0.0.1:", tcp->port()),
                std::string(MariaDbServer::password()));
  EXPECT_EQ(client.Run("SELECT 1"), 0);
}

TEST_F(MariaDbServerTest, AsksForThePassword) {
  EXPECT_EQ(Client("unix://" + server_->socket_path(), "").error(), kAccessDenied);
  EXPECT_EQ(Client(*server_).error(), 0);
}

TEST_F(MariaDbServerTest, GivesYilanItsOwnDatabasesAndNoOthers) {
  Client client(*server_);
  EXPECT_EQ(client.Run("CREATE TABLE " + database_ + ".mine (n INT)"), 0);
  EXPECT_EQ(client.Run("CREATE DATABASE billing"), kDatabaseAccessDenied);
}

TEST_F(MariaDbServerTest, HasNoAccountsButItsOwn) {
  auto accounts = server_->Execute("SELECT User, Host FROM mysql.global_priv ORDER BY User");
  ASSERT_THAT(accounts, IsOk());
  EXPECT_THAT(*accounts, ElementsAre(ElementsAre("mariadb.sys", "localhost"),
                                     ElementsAre("root", "localhost"), ElementsAre("yilan", "%")));
}

TEST_F(MariaDbServerTest, MakesAnotherEmptyDatabaseEachTime) {
  MakeTable(*server_, database_);
  auto other = server_->CreateDatabase();
  ASSERT_THAT(other, IsOk());
  EXPECT_NE(*other, database_);
  auto tables = server_->Execute("SHOW TABLES IN " + *other);
  ASSERT_THAT(tables, IsOk());
  EXPECT_THAT(*tables, IsEmpty());
}

TEST_F(MariaDbServerTest, ReturnsRowsAsText) {
  auto rows = server_->Execute("SELECT 1, 'two', NULL UNION ALL SELECT 3, '', 'four'");
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("1", "two", "NULL"), ElementsAre("3", "", "four")));
}

TEST_F(MariaDbServerTest, SaysWhatTheServerSays) {
  auto rows = server_->Execute("SELECT n FROM " + database_ + ".missing");
  EXPECT_THAT(rows, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(rows.status().message()), HasSubstr("1146: "));
}

TEST_F(MariaDbServerTest, SharesNothingWithAnotherThatRunsAtTheSameTime) {
  const auto other = StartServer();
  ASSERT_NE(other, nullptr);
  const std::string table = MakeTable(*server_, database_);
  auto found = other->Execute("SHOW DATABASES LIKE '" + database_ + "'");
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(*found, IsEmpty());

  other->Kill();
  auto rows = server_->Execute("SELECT n FROM " + table);
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("1")));
}

TEST_F(MariaDbServerTest, IsGoneAfterKill) {
  server_->Kill();
  EXPECT_EQ(kill(server_->pid(), 0), -1);
  EXPECT_EQ(errno, ESRCH);
  EXPECT_THAT(server_->Execute("SELECT 1"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(MariaDbServerTest, KeepsWhatWasCommittedOverKillAlsoWhenNotDurable) {
  const std::string table = MakeTable(*server_, database_);
  const std::string url = server_->Url(database_);
  server_->Kill();
  ASSERT_THAT(server_->Restart(), IsOk());
  EXPECT_EQ(server_->Url(database_), url);
  auto rows = server_->Execute("SELECT n FROM " + table);
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("1")));
}

TEST(MariaDbServerOptionsTest, KeepsWhatWasCommittedOverKillWhenDurable) {
  const auto server = StartServer();
  ASSERT_NE(server, nullptr);
  auto database = server->CreateDatabase();
  ASSERT_THAT(database, IsOk());
  const std::string table = MakeTable(*server, *database);
  server->Kill();
  ASSERT_THAT(server->Restart(), IsOk());
  auto rows = server->Execute("SELECT n FROM " + table);
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("1")));
}

TEST(MariaDbServerOptionsTest, KeepsItsPortOverRestart) {
  const auto server = StartServer({.tcp = true});
  ASSERT_NE(server, nullptr);
  const int port = server->port();
  server->Kill();
  ASSERT_THAT(server->Restart(), IsOk());
  EXPECT_EQ(server->port(), port);
  Client client(absl::StrCat("tcp://127.0.0.1:", port), std::string(MariaDbServer::password()));
  EXPECT_EQ(client.Run("SELECT 1"), 0);
}

TEST(MariaDbServerOptionsTest, TakesFlagsOfTheTest) {
  const auto server = StartServer({.extra_flags = {"--max-connections=17"}});
  ASSERT_NE(server, nullptr);
  auto rows = server->Execute("SELECT @@max_connections, @@innodb_flush_log_at_trx_commit");
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("17", "1")));
}

TEST(MariaDbServerOptionsTest, SaysWhyItDoesNotStart) {
  auto server = MariaDbServer::Start({.extra_flags = {"--no-such-flag"}});
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("no-such-flag"));
}

TEST_F(MariaDbServerTest, OutlivesTheThreadThatRestartedIt) {
  std::thread([this] {
    server_->Kill();
    EXPECT_THAT(server_->Restart(), IsOk());
  }).join();
  EXPECT_THAT(server_->Execute("SELECT 1"), IsOk());
}

TEST_F(MariaDbServerTest, EndsCleanlyWhenStopped) {
  EXPECT_THAT(server_->Stop(), IsOk());
  EXPECT_THAT(server_->Log(), HasSubstr("Shutdown complete"));
  EXPECT_THAT(server_->Restart(), IsOk());
}

TEST_F(MariaDbServerTest, AnswersNothingWhilePausedAndGoesOnWhenResumed) {
  Client before(*server_);
  ASSERT_EQ(before.Run("SELECT 1"), 0);
  server_->Pause();
  EXPECT_EQ(before.Run("SELECT 1"), kLostConnection);  // The read timeout.
  server_->Resume();
  Client after(*server_);
  EXPECT_EQ(after.Run("SELECT 1"), 0);
}

TEST_F(MariaDbServerTest, ExecuteGivesUpWhenNoAnswerComesInTime) {
  server_->Pause();
  EXPECT_THAT(server_->Execute("SELECT 1", absl::Seconds(1)),
              StatusIs(absl::StatusCode::kUnavailable));
  server_->Resume();
  EXPECT_THAT(server_->Execute("SELECT 1"), IsOk());
}

TEST_F(MariaDbServerTest, StopsAlsoWhilePaused) {
  server_->Pause();
  EXPECT_THAT(server_->Stop(), IsOk());
}

TEST_F(MariaDbServerTest, TakesTlsOnlyWithACertificate) {
  const std::string key = server_->directory() + "/key.pem";
  const std::string certificate = server_->directory() + "/certificate.pem";
  ASSERT_THAT(RunToEnd({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", key, "-out", certificate},
                       server_->directory() + "/openssl.log"),
              IsOk());
  const auto with = StartServer({.tls_certificate = certificate, .tls_key = key});
  ASSERT_NE(with, nullptr);
  auto has = with->Execute("SELECT @@have_ssl");
  ASSERT_THAT(has, IsOk());
  EXPECT_THAT(*has, ElementsAre(ElementsAre("YES")));
  auto has_not = server_->Execute("SELECT @@have_ssl");
  ASSERT_THAT(has_not, IsOk());
  EXPECT_THAT(*has_not, ElementsAre(ElementsAre("DISABLED")));
}

TEST_F(MariaDbServerTest, LeavesNothingBehind) {
  auto server = StartServer();
  ASSERT_NE(server, nullptr);
  const std::string directory = server->directory();
  const pid_t pid = server->pid();
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST(MariaDbServerDeathTest, DiesWithTheTest) {
  // The program runs again up to EXPECT_EXIT, and then that one's statement: its threads are its
  // own. What it finds in the environment is ours.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr char kVariable[] = "YILAN_MARIADB_SERVER_TEST_DIRECTORY";
  if (getenv(kVariable) == nullptr) {
    std::string made = ::testing::TempDir() + "/yilan_XXXXXX";
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    setenv(kVariable, made.c_str(), 1);
  }
  const std::string directory = getenv(kVariable);
  EXPECT_EXIT(
      {
        auto server = MariaDbServer::Start({.parent_directory = directory});
        if (!server.ok()) _exit(1);
        std::ofstream(directory + "/pid") << (*server)->pid();
        raise(SIGKILL);
      },
      ::testing::KilledBySignal(SIGKILL), "");
  unsetenv(kVariable);
  pid_t pid = -1;
  std::ifstream(directory + "/pid") >> pid;
  ASSERT_GT(pid, 0);
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pid_fd >= 0) {  // Else it is gone already.
    pollfd end = {.fd = pid_fd, .events = POLLIN};
    EXPECT_EQ(poll(&end, 1, 30'000), 1) << "mariadbd " << pid << " runs on";
    syscall(SYS_pidfd_send_signal, pid_fd, SIGKILL, nullptr, 0);
    close(pid_fd);
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace yilan
