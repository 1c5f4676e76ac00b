// What a session makes of conflicts, of deadlines, and of a server that is killed, stopped, full or
// read-only.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/mysql/session.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/mysql/session_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(),
              std::min(path.size() + 1, sizeof(address.sun_path) - 1));
  return address;
}
// Both -1 when it does not work.
int ConnectUnix(const std::string& path) {
  const sockaddr_un address = UnixAddress(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? fd : -1;
}
int ListenUnix(const std::string& path) {
  const sockaddr_un address = UnixAddress(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  return bound && listen(fd, 1) == 0 ? fd : -1;
}

using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST_F(SessionTest, WhatTheServerRolledBackIsNotContinuedAsAnotherTransaction) {
  const auto one = Writer();
  const auto two = Writer();
  ASSERT_THAT(Insert(*one, "a", ""), IsOk());
  ASSERT_THAT(two->Execute("SET SESSION innodb_lock_wait_timeout = 1"), IsOk());
  ASSERT_THAT(Insert(*two, "b", ""), IsOk());
  ASSERT_TRUE(IsRetry(Insert(*two, "a", "").status()));
  // Whoever takes no notice gets no further.
  EXPECT_TRUE(IsRetry(Insert(*two, "c", "").status()));
  EXPECT_TRUE(IsRetry(two->Query("SELECT 1", {}, [](const RowView&) { return absl::OkStatus(); })));
  EXPECT_TRUE(IsRetry(two->Commit()));
  EXPECT_THAT(two->Rollback(), IsOk());
  EXPECT_THAT(one->Rollback(), IsOk());
  EXPECT_THAT(Insert(*two, "d", "written"), IsOk());
  EXPECT_THAT(two->Commit(), IsOk());
  EXPECT_THAT(Values(*Connect()), ::testing::ElementsAre("written"));
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

TEST_F(SessionTest, AnErrorBehindTheFirstRowsVisitsNone) {
  const auto session = Connect();
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(Insert(*session, absl::StrCat("k", i), std::string(20'000, 'x')), IsOk());
  }
  ASSERT_THAT(session->Execute("SET SESSION max_statement_time = 0.2"), IsOk());
  int visits = 0;
  // Two seconds, of which each hundredth sends a row too large to be held back.
  EXPECT_THAT(session->Query("SELECT v, SLEEP(0.02) FROM t", {},
                             [&](const RowView&) {
                               ++visits;
                               return absl::OkStatus();
                             }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(visits, 0);
  EXPECT_FALSE(session->broken());
  EXPECT_EQ(Values(*session).size(), 100u);
}

TEST_F(SessionTest, ALargeAnswerThatIsCutVisitsNone) {
  const auto session = Connect();
  ASSERT_THAT(Insert(*session, "a", std::string(1 << 20, 'x')), IsOk());
  session->SetDeadline(absl::Now() + absl::Milliseconds(100));
  int visits = 0;
  EXPECT_THAT(session->Query("SELECT a.v, SLEEP(0.005) FROM t AS a, "
                             "(WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n "
                             "WHERE i < 200) SELECT i FROM n) AS b",
                             {},
                             [&](const RowView&) {
                               ++visits;
                               return absl::OkStatus();
                             }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(visits, 0);
  EXPECT_TRUE(session->broken());
}

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

TEST_F(OwnServerTest, ConnectingEndsInTimeWhenTheServerStopsInTheMiddle) {
  Start({});
  // Passes the greeting on, and nothing of what comes behind it.
  const std::string path = own_->directory() + "/half";
  std::string greeting(256, '\0');
  const int real = ConnectUnix(own_->socket_path());
  ASSERT_GE(real, 0);
  const ssize_t size = read(real, greeting.data(), greeting.size());
  ASSERT_GT(size, 0);
  const int listener = ListenUnix(path);
  ASSERT_GE(listener, 0);
  std::thread half([&] {
    const int peer = accept(listener, nullptr, nullptr);
    EXPECT_EQ(write(peer, greeting.data(), static_cast<size_t>(size)), size);
    while (read(peer, greeting.data(), greeting.size()) > 0) continue;
    close(peer);
  });
  options_.socket = path;
  options_.connect_timeout = absl::Seconds(1);
  const absl::Time start = absl::Now();
  EXPECT_THAT(Session::Connect(options_, watchdog_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  half.join();
  close(listener);
  close(real);
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

}  // namespace
}  // namespace yilan::storage::mysql
