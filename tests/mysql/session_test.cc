#include "storage/mysql/session.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/mysql/session_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = Session::Mode;

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

}  // namespace
}  // namespace yilan::storage::mysql
