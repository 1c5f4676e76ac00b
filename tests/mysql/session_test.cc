#include "storage/mysql/session.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/mysql/mysql_url.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = Session::Mode;

// One server for the tests that leave it as it is; each has a database of its own.
std::unique_ptr<MariaDbServer>& SharedServer() {
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
      EXPECT_THAT(session->SetMode(Mode::kWrite), IsOk());
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

TEST_F(SessionTest, BytesComeBackAsTheyWent) {
  const auto session = Connect();
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  std::vector<std::string> values = {"",
                                     std::string("\0", 1),
                                     std::string("a\0b\0", 4),
                                     "'",
                                     "\"",
                                     "`",
                                     "\\",
                                     "\\'; DROP TABLE t; --",
                                     "%_?",
                                     "\xff\xfe",
                                     "\xc3\x28",
                                     "张",
                                     all_bytes,
                                     std::string(1 << 20, '\xff'),
                                     std::string(256 * 1024, '\''),
                                     std::string(256 * 1024 + 1, '\0')};
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string key = absl::StrCat("k", 100 + i);
    ASSERT_THAT(Insert(*session, key, values[i]), IsOk());
  }
  EXPECT_EQ(Values(*session), values);
}

TEST_F(SessionTest, KeysAreFoundByTheirExactBytes) {
  const auto session = Connect();
  const std::vector<std::string> keys = {"a", "A", "a ", std::string("a\0", 2), "ä", "\xe4", ""};
  for (const std::string& key : keys) ASSERT_THAT(Insert(*session, key, key), IsOk());
  for (const std::string& key : keys) {
    std::vector<std::string> found;
    ASSERT_THAT(session->Query("SELECT v FROM t WHERE k = ?", {absl::string_view(key)},
                               [&](const RowView& row) {
                                 found.emplace_back(row.bytes(0));
                                 return absl::OkStatus();
                               }),
                IsOk());
    EXPECT_THAT(found, ElementsAre(key));
  }
}

TEST_F(SessionTest, NumbersAndNullComeBack) {
  const auto session = Connect();
  ASSERT_THAT(Insert(*session, "max", "", ~uint64_t{0}), IsOk());
  ASSERT_THAT(session->Update("INSERT INTO t VALUES (?, ?, ?)",
                              {absl::string_view("null"), nullptr, nullptr}),
              IsOk());
  ASSERT_THAT(session->Query("SELECT n, ? FROM t WHERE k = 'max'", {int64_t{-7}},
                             [](const RowView& row) {
                               EXPECT_EQ(row.number(0), ~uint64_t{0});
                               EXPECT_EQ(static_cast<int64_t>(row.number(1)), -7);
                               EXPECT_FALSE(row.is_null(0));
                               return absl::OkStatus();
                             }),
              IsOk());
  ASSERT_THAT(session->Query("SELECT v, n FROM t WHERE k = 'null'", {},
                             [](const RowView& row) {
                               EXPECT_TRUE(row.is_null(0) && row.is_null(1));
                               EXPECT_EQ(row.bytes(0), "");
                               EXPECT_EQ(row.number(1), 0u);
                               return absl::OkStatus();
                             }),
              IsOk());
}

TEST_F(SessionTest, AVisitCanStopAndTheSessionGoesOn) {
  const auto session = Connect();
  for (const char* key : {"a", "b", "c"}) ASSERT_THAT(Insert(*session, key, key), IsOk());
  int visits = 0;
  EXPECT_THAT(session->Query("SELECT v FROM t ORDER BY k", {},
                             [&](const RowView&) {
                               ++visits;
                               return absl::CancelledError("enough");
                             }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(visits, 1);
  EXPECT_THAT(Values(*session), ElementsAre("a", "b", "c"));
}

TEST_F(SessionTest, AVisitMayRunOtherStatements) {
  const auto session = Connect();
  for (const char* key : {"a", "b"}) ASSERT_THAT(Insert(*session, key, key), IsOk());
  EXPECT_THAT(session->Query("SELECT k FROM t", {},
                             [&](const RowView& row) {
                               const std::string key(row.bytes(0));
                               EXPECT_THAT(Update(*session, key, 5), IsOk());
                               EXPECT_EQ(row.bytes(0), key);
                               return absl::OkStatus();
                             }),
              IsOk());
}

TEST_F(SessionTest, AColumnThatIsNotThereIsAnError) {
  const auto session = Connect();
  EXPECT_THAT(session->Query("SELECT 1", {},
                             [](const RowView& row) {
                               EXPECT_EQ(row.bytes(1), "");
                               return absl::OkStatus();
                             }),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_FALSE(session->broken());
}

TEST_F(SessionTest, UpdateCountsRowsThatChanged) {
  const auto session = Connect();
  for (const char* key : {"a", "b"}) ASSERT_THAT(Insert(*session, key, key), IsOk());
  const std::string sql = "UPDATE t SET n = ?";
  EXPECT_EQ(session->Update(sql, {uint64_t{1}}).value_or(99), 2u);
  EXPECT_EQ(session->Update(sql, {uint64_t{1}}).value_or(99), 0u);
}

TEST_F(SessionTest, ADuplicateKeyIsMarkedAndTheTransactionGoesOn) {
  const auto session = Writer();
  ASSERT_THAT(Insert(*session, "a", "first"), IsOk());
  const absl::Status status = Insert(*session, "a", "second").status();
  EXPECT_TRUE(IsDuplicate(status)) << status;
  ASSERT_THAT(Insert(*session, "b", "third"), IsOk());
  ASSERT_THAT(session->Commit(), IsOk());
  EXPECT_THAT(Values(*Connect()), ElementsAre("first", "third"));
}

TEST_F(SessionTest, ATransactionIsSeenOnlyAfterItsCommit) {
  const auto writer = Writer();
  const auto reader = Connect();
  ASSERT_THAT(Insert(*writer, "a", "a"), IsOk());
  EXPECT_TRUE(writer->in_transaction());
  EXPECT_THAT(Values(*reader), IsEmpty());
  ASSERT_THAT(writer->Commit(), IsOk());
  EXPECT_FALSE(writer->in_transaction());
  EXPECT_THAT(Values(*reader), ElementsAre("a"));
}

TEST_F(SessionTest, RollbackTakesItBack) {
  const auto writer = Writer();
  ASSERT_THAT(Insert(*writer, "a", "a"), IsOk());
  ASSERT_THAT(writer->Rollback(), IsOk());
  ASSERT_THAT(writer->Commit(), IsOk());
  EXPECT_THAT(Values(*Connect()), IsEmpty());
}

TEST_F(SessionTest, AWriterSeesWhatWasCommittedSinceItBegan) {
  const auto writer = Writer();
  EXPECT_THAT(Values(*writer), IsEmpty());
  ASSERT_THAT(Insert(*Connect(), "a", "a"), IsOk());
  EXPECT_THAT(Values(*writer), ElementsAre("a"));
}

TEST_F(SessionTest, ASnapshotSeesNothingNewer) {
  const auto reader = Connect();
  ASSERT_THAT(reader->Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"), IsOk());
  ASSERT_THAT(Insert(*Connect(), "a", "a"), IsOk());
  EXPECT_THAT(Values(*reader), IsEmpty());
  ASSERT_THAT(reader->Rollback(), IsOk());
  EXPECT_THAT(Values(*reader), ElementsAre("a"));
}

TEST_F(SessionTest, TheModeIsNotChangedInATransaction) {
  const auto writer = Writer();
  ASSERT_THAT(Insert(*writer, "a", "a"), IsOk());
  EXPECT_THAT(writer->SetMode(Mode::kRead), StatusIs(absl::StatusCode::kInternal));
  ASSERT_THAT(writer->Rollback(), IsOk());
  EXPECT_THAT(writer->SetMode(Mode::kRead), IsOk());
}

TEST_F(SessionTest, SettingsAreOursWhateverTheServers) {
  const auto session = Connect();
  const auto text = [&](const std::string& sql) {
    std::string value;
    EXPECT_THAT(session->Query(sql, {},
                               [&](const RowView& row) {
                                 value = std::string(row.bytes(0));
                                 return absl::OkStatus();
                               }),
                IsOk());
    return value;
  };
  EXPECT_THAT(text("SELECT @@sql_mode"), HasSubstr("STRICT_ALL_TABLES"));
  EXPECT_EQ(text("SELECT @@time_zone"), "+00:00");
  EXPECT_EQ(text("SELECT @@character_set_client"), "binary");
  EXPECT_EQ(text("SELECT @@character_set_connection"), "binary");
  EXPECT_EQ(text("SELECT @@character_set_results"), "binary");
  EXPECT_EQ(text("SELECT @@wait_timeout"), "60");
  EXPECT_EQ(text("SELECT @@innodb_lock_wait_timeout"), "5");
  EXPECT_EQ(text("SELECT @@max_statement_time"), "30.000000");
  EXPECT_EQ(text("SELECT @@tx_isolation"), "REPEATABLE-READ");
  EXPECT_EQ(text("SELECT @@autocommit"), "1");
  ASSERT_THAT(session->SetMode(Mode::kWrite), IsOk());
  EXPECT_EQ(text("SELECT @@tx_isolation"), "READ-COMMITTED");
  EXPECT_EQ(text("SELECT @@autocommit"), "0");
}

TEST_F(SessionTest, CountsItsRoundTripsAsTheServerDoes) {
  const auto session = Connect();
  // What the server has been asked by this session, this question included.
  const auto statements = [&] {
    uint64_t sum = 0;
    EXPECT_THAT(
        session->Query("SHOW SESSION STATUS WHERE Variable_name IN ('Com_stmt_prepare', "
                       "'Com_stmt_execute', 'Com_set_option', 'Com_commit', 'Com_rollback')",
                       {},
                       [&](const RowView& row) {
                         uint64_t count = 0;
                         EXPECT_TRUE(absl::SimpleAtoi(row.bytes(1), &count));
                         sum += count;
                         return absl::OkStatus();
                       }),
        IsOk());
    return sum;
  };
  EXPECT_EQ(session->round_trips(), 0u);
  statements();
  EXPECT_EQ(session->round_trips(), 2u);  // One to prepare it, one to run it.
  const uint64_t before = statements();
  const uint64_t counted_before = session->round_trips();
  ASSERT_THAT(session->Rollback(), IsOk());             // Nothing to do.
  ASSERT_THAT(session->SetMode(Mode::kWrite), IsOk());  // 1
  ASSERT_THAT(session->SetMode(Mode::kWrite), IsOk());
  for (const char* key : {"a", "b", "c"}) ASSERT_THAT(Insert(*session, key, ""), IsOk());  // 4
  ASSERT_THAT(session->Commit(), IsOk());                                                  // 1
  ASSERT_THAT(Insert(*session, "d", ""), IsOk());                                          // 1
  ASSERT_THAT(session->Rollback(), IsOk());                                                // 1
  EXPECT_EQ(session->round_trips() - counted_before, 8u);
  EXPECT_EQ(statements() - before, 8u + 1u);
}

TEST_F(SessionTest, ADeadlockIsMarkedForRetry) {
  const auto one = Writer();
  const auto two = Writer();
  ASSERT_THAT(Insert(*one, "a", ""), IsOk());
  ASSERT_THAT(Insert(*one, "b", ""), IsOk());
  ASSERT_THAT(one->Commit(), IsOk());

  ASSERT_THAT(Update(*one, "a", 1), IsOk());
  ASSERT_THAT(Update(*two, "b", 2), IsOk());
  absl::Status first;
  std::thread blocked([&] { first = Update(*one, "b", 1); });
  WaitUntilBlocked();
  const absl::Status second = Update(*two, "a", 2);
  if (!second.ok()) {
    EXPECT_THAT(two->Rollback(), IsOk());
  }
  blocked.join();
  EXPECT_NE(first.ok(), second.ok());
  EXPECT_TRUE(IsRetry(first.ok() ? second : first)) << first << second;
  EXPECT_FALSE(one->broken() || two->broken());
}

TEST_F(SessionTest, ALockThatIsNotGotInTimeIsMarkedForRetry) {
  const auto one = Writer();
  const auto two = Writer();
  ASSERT_THAT(Insert(*one, "a", ""), IsOk());
  ASSERT_THAT(two->Execute("SET SESSION innodb_lock_wait_timeout = 1"), IsOk());
  const absl::Status status = Insert(*two, "a", "").status();
  EXPECT_TRUE(IsRetry(status)) << status;
  EXPECT_FALSE(two->broken());
}

TEST_F(SessionTest, AKilledConnectionIsLostAndNothingWasWritten) {
  const auto session = Writer();
  ASSERT_THAT(Insert(*session, "a", ""), IsOk());
  Kill(*session);
  const absl::Status status = Insert(*session, "b", "").status();
  EXPECT_TRUE(IsConnectionLost(status)) << status;
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(session->broken() && session->server_gone());
  EXPECT_THAT(Values(*Connect()), IsEmpty());
}

TEST_F(SessionTest, CommitOnAKilledConnectionFails) {
  const auto session = Writer();
  ASSERT_THAT(Insert(*session, "a", ""), IsOk());
  Kill(*session);
  EXPECT_THAT(session->Commit(), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_TRUE(session->broken());
  EXPECT_THAT(Values(*Connect()), IsEmpty());
}

TEST_F(SessionTest, ABrokenSessionSendsNoCommitAndSaysSo) {
  const auto session = Writer();
  Kill(*session);
  ASSERT_FALSE(Insert(*session, "a", "").ok());
  EXPECT_THAT(session->Commit(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(SessionTest, AKilledStatementIsUnavailable) {
  const auto session = Connect();
  absl::Status status;
  std::thread sleeper([&] {
    status = session->Query("SELECT SLEEP(20) FROM DUAL WHERE ? = 1", {uint64_t{1}},
                            [](const RowView&) { return absl::OkStatus(); });
  });
  const absl::Time limit = absl::Now() + absl::Seconds(15);
  while (absl::Now() < limit) {
    auto rows = server_->Execute(
        absl::StrCat("SELECT COUNT(*) FROM information_schema.processlist WHERE STATE = "
                     "'User sleep' AND ID = ",
                     session->connection_id()));
    if (rows.ok() && (*rows)[0][0] == "1") break;
  }
  EXPECT_THAT(server_->Execute(absl::StrCat("KILL QUERY ", session->connection_id())), IsOk());
  sleeper.join();
  // SLEEP returns 1 when it is interrupted, or the statement fails: never is it a lost connection.
  EXPECT_FALSE(IsConnectionLost(status)) << status;
  EXPECT_TRUE(session->IsAlive());
}

TEST_F(SessionTest, IsAliveFindsAConnectionThatWasKilledWhileIdle) {
  const auto session = Connect();
  EXPECT_TRUE(session->IsAlive());
  Kill(*session);
  EXPECT_FALSE(session->IsAlive());
  EXPECT_TRUE(session->broken());
}

TEST_F(SessionTest, ADeadlineEndsAStatementThatWaits) {
  const auto session = Connect();
  const absl::Time start = absl::Now();
  session->SetDeadline(start + absl::Milliseconds(200));
  EXPECT_THAT(
      session->Query("SELECT SLEEP(20)", {}, [](const RowView&) { return absl::OkStatus(); }),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(200));
  EXPECT_TRUE(session->broken());
  EXPECT_FALSE(session->server_gone());
}

TEST_F(SessionTest, TheReadTimeoutEndsAStatementWithoutADeadline) {
  options_.read_timeout = absl::Seconds(1);
  const auto session = Connect();
  const absl::Time start = absl::Now();
  EXPECT_THAT(
      session->Query("SELECT SLEEP(20)", {}, [](const RowView&) { return absl::OkStatus(); }),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(SessionTest, AfterTheDeadlineNothingIsSent) {
  const auto session = Writer();
  ASSERT_THAT(Insert(*session, "a", ""), IsOk());
  session->SetDeadline(absl::Now() - absl::Milliseconds(1));
  const uint64_t before = session->round_trips();
  EXPECT_THAT(Insert(*session, "b", ""), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(session->Commit(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(session->round_trips(), before);
  EXPECT_FALSE(session->broken());
  // The connection is saved all the same.
  EXPECT_THAT(session->Rollback(), IsOk());
  session->SetDeadline(absl::InfiniteFuture());
  EXPECT_THAT(Values(*session), IsEmpty());
}

TEST_F(SessionTest, KeepsMoreStatementsThanItCaches) {
  const auto session = Connect();
  for (int round = 0; round < 2; ++round) {
    for (uint64_t i = 0; i < 300; ++i) {
      uint64_t found = 0;
      ASSERT_THAT(session->Query(absl::StrCat("SELECT ? + ", i), {i},
                                 [&](const RowView& row) {
                                   found = row.number(0);
                                   return absl::OkStatus();
                                 }),
                  IsOk());
      ASSERT_EQ(found, 2 * i);
    }
  }
  std::vector<int64_t> counts;
  ASSERT_THAT(session->Query("SHOW SESSION STATUS WHERE Variable_name IN ('Com_stmt_close', "
                             "'Com_stmt_prepare')",
                             {},
                             [&](const RowView& row) {
                               EXPECT_TRUE(absl::SimpleAtoi(row.bytes(1), &counts.emplace_back()));
                               return absl::OkStatus();
                             }),
              IsOk());
  ASSERT_EQ(counts.size(), 2u);  // In order of their names.
  EXPECT_LE(counts[1] - counts[0], 256);
  EXPECT_GT(counts[0], 300);
}

TEST_F(SessionTest, AStatementFollowsAChangeOfItsTable) {
  const auto session = Connect();
  ASSERT_THAT(Insert(*session, "a", "v"), IsOk());
  EXPECT_THAT(Values(*session), ElementsAre("v"));
  ASSERT_THAT(server_->Execute("ALTER TABLE " + options_.database + ".t ADD COLUMN w INT"), IsOk());
  EXPECT_THAT(Values(*session), ElementsAre("v"));
}

TEST_F(SessionTest, AMissingTableSaysToMigrate) {
  const auto session = Connect();
  const absl::Status status =
      session->Query("SELECT 1 FROM missing", {}, [](const RowView&) { return absl::OkStatus(); });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("migrate"));
}

TEST_F(SessionTest, AWrongPasswordIsAFailedPrecondition) {
  options_.password = "wrong";
  const auto session = Session::Connect(options_, watchdog_);
  EXPECT_THAT(session, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(session.status().message()), HasSubstr("1045"));
}

TEST_F(SessionTest, AMissingDatabaseSaysToCreateIt) {
  options_.database = "yilan_none";
  const auto session = Session::Connect(options_, watchdog_);
  EXPECT_THAT(session, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(session.status().message()), HasSubstr("CREATE DATABASE"));
}

TEST_F(SessionTest, WhereNothingListensIsUnavailable) {
  options_.socket += "_none";
  EXPECT_THAT(Session::Connect(options_, watchdog_), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(SessionTest, ManyThreadsConnectAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 5; ++round) {
        auto session = Session::Connect(options_, watchdog_);
        ASSERT_THAT(session, IsOk());
        // Another's socket would be cut.
        (*session)->SetDeadline(absl::Now() + absl::Milliseconds(100));
        EXPECT_THAT((*session)->Query("SELECT SLEEP(20)", {},
                                      [](const RowView&) { return absl::OkStatus(); }),
                    StatusIs(absl::StatusCode::kDeadlineExceeded));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

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

TEST_F(OwnServerTest, DeadlinesHoldWhileTheServerIsStopped) {
  Start({});
  const auto reader = Connect();
  const auto writer = Writer();
  ASSERT_THAT(Insert(*writer, "a", ""), IsOk());
  own_->Pause();
  const absl::Time start = absl::Now();
  reader->SetDeadline(start + absl::Milliseconds(300));
  writer->SetDeadline(start + absl::Milliseconds(300));
  EXPECT_THAT(reader->Query("SELECT 1", {}, [](const RowView&) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  writer->SetDeadline(absl::Now() + absl::Milliseconds(300));
  EXPECT_THAT(writer->Commit(), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  EXPECT_TRUE(reader->broken() && writer->broken());
  own_->Resume();
  EXPECT_THAT(Connect()->Execute("DO 1"), IsOk());
}

TEST_F(OwnServerTest, ConnectingEndsInTimeWhileTheServerIsStopped) {
  Start({});
  own_->Pause();
  options_.connect_timeout = absl::Seconds(1);
  const absl::Time start = absl::Now();
  EXPECT_THAT(Session::Connect(options_, watchdog_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  own_->Resume();
}

TEST_F(OwnServerTest, AReadOnlyServerIsLeft) {
  Start({});
  const auto writer = Writer();
  ASSERT_THAT(own_->Execute("SET GLOBAL read_only = ON"), IsOk());
  const absl::Status status = Insert(*writer, "a", "").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(writer->broken() && writer->server_gone());
}

TEST_F(OwnServerTest, CommitOnAServerMadeReadOnlyMeanwhileWasRolledBack) {
  Start({});
  const auto writer = Writer();
  ASSERT_THAT(Insert(*writer, "a", ""), IsOk());
  // SET GLOBAL read_only waits for writers in some versions: not so long that the test notices.
  ASSERT_THAT(own_->Execute("SET GLOBAL read_only = ON"), IsOk());
  EXPECT_THAT(writer->Commit(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Values(*Connect()), IsEmpty());
}

TEST_F(OwnServerTest, TooManyConnectionsSayWhatToDo) {
  Start({.extra_flags = {"--max-connections=10"}});
  std::vector<std::unique_ptr<Session>> sessions;
  absl::Status refused;
  for (int i = 0; i < 20 && refused.ok(); ++i) {
    auto session = Session::Connect(options_, watchdog_);
    if (session.ok()) sessions.push_back(*std::move(session));
    refused = session.status();
  }
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("max_connections"));
}

TEST_F(OwnServerTest, AStatementLargerThanAPacketIsRefusedAndTheSessionGoesOn) {
  Start({.extra_flags = {"--max-allowed-packet=1M"}});
  const auto session = Connect();
  EXPECT_EQ(session->max_packet_bytes(), size_t{1} << 20);
  EXPECT_THAT(Insert(*session, "a", std::string(1 << 20, 'x')),
              StatusIs(absl::StatusCode::kResourceExhausted));
  const std::string part(200 * 1024, 'x');
  std::vector<Param> params(6, absl::string_view(part));
  EXPECT_THAT(session->Query("SELECT LENGTH(CONCAT(?, ?, ?, ?, ?, ?))", params,
                             [](const RowView&) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Insert(*session, "b", std::string(1000 * 1024, 'x')), IsOk());
  EXPECT_FALSE(session->broken());
}

TEST_F(OwnServerTest, RequiredTlsRefusesAServerWithoutIt) {
  Start({.tcp = true});
  options_.socket.clear();
  options_.host = "127.0.0.1";
  options_.port = own_->port();
  EXPECT_THAT(Session::Connect(options_, watchdog_), IsOk());
  const std::string key = own_->directory() + "/key.pem";
  const std::string certificate = own_->directory() + "/certificate.pem";
  ASSERT_THAT(RunToEnd({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate},
                       own_->directory() + "/openssl.log"),
              IsOk());
  options_.tls_required = true;
  options_.tls_ca = certificate;
  const auto session = Session::Connect(options_, watchdog_);
  EXPECT_THAT(session, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(session.status().message()), HasSubstr("TLS"));
}

class TlsTest : public OwnServerTest {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + absl::StrCat("/yilan_tls_", absl::GetCurrentTimeNanos());
    ASSERT_THAT(RunToEnd({"mkdir", "-p", directory_}, "/dev/null"), IsOk());
    Certificate("server", "localhost");
    Certificate("other", "localhost");
    Certificate("elsewhere", "db.example.net");
  }
  void TearDown() override { EXPECT_THAT(RunToEnd({"rm", "-r", directory_}, "/dev/null"), IsOk()); }

  void Certificate(const std::string& name, const std::string& host) {
    ASSERT_THAT(RunToEnd({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                          "-subj", "/CN=" + host, "-addext", "subjectAltName=DNS:" + host,
                          "-keyout", File(name, "key"), "-out", File(name, "pem")},
                         directory_ + "/log"),
                IsOk());
  }
  std::string File(const std::string& name, const std::string& end) const {
    return absl::StrCat(directory_, "/", name, ".", end);
  }
  void StartWith(const std::string& name) {
    Start({.tcp = true, .tls_certificate = File(name, "pem"), .tls_key = File(name, "key")});
    options_.socket.clear();
    options_.host = "localhost";
    options_.port = own_->port();
    options_.tls_required = true;
    options_.tls_ca = File(name, "pem");
  }

  std::string directory_;
};

TEST_F(TlsTest, AServerWithTheRightCertificateIsUsedWithTls) {
  StartWith("server");
  const auto session = Connect();
  std::string cipher;
  EXPECT_THAT(session->Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {},
                             [&](const RowView& row) {
                               cipher = std::string(row.bytes(1));
                               return absl::OkStatus();
                             }),
              IsOk());
  EXPECT_NE(cipher, "");
}

TEST_F(TlsTest, ACertificateOfAnotherCaIsRefused) {
  StartWith("server");
  options_.tls_ca = File("other", "pem");
  EXPECT_THAT(Session::Connect(options_, watchdog_), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, ACertificateForAnotherHostIsRefused) {
  StartWith("elsewhere");
  EXPECT_THAT(Session::Connect(options_, watchdog_), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(TlsTest, DeadlinesHoldAndAKilledConnectionIsLost) {
  StartWith("server");
  const auto killed = Connect();
  Kill(*killed);
  const absl::Status lost = killed->Execute("DO 1");
  EXPECT_TRUE(IsConnectionLost(lost)) << lost;
  const auto session = Connect();
  own_->Pause();
  session->SetDeadline(absl::Now() + absl::Milliseconds(300));
  const absl::Time start = absl::Now();
  EXPECT_THAT(session->Execute("DO 1"), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  own_->Resume();
}

TEST_F(SessionTest, TlsWithoutACaIsRefused) {
  options_.tls_required = true;
  EXPECT_THAT(Session::Connect(options_, watchdog_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace yilan::storage::mysql
