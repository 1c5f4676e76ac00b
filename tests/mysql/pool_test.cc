#include "storage/mysql/pool.h"

#include <atomic>
#include <memory>
#include <optional>
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

using ::testing::HasSubstr;
using Mode = Session::Mode;

absl::Time In(absl::Duration time) { return absl::Now() + time; }

class PoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = MariaDbServer::Start({.durable = false});
    ASSERT_THAT(started, IsOk());
    server_ = *std::move(started);
    auto database = server_->CreateDatabase();
    ASSERT_THAT(database, IsOk());
    auto options = ParseMySqlUrl(server_->Url(*database));
    ASSERT_THAT(options, IsOk());
    options_ = *options;
    options_.password = std::string(MariaDbServer::password());
  }

  Pool& Make(size_t max_connections) {
    options_.max_connections = max_connections;
    return pool_.emplace(options_);
  }
  // A number of the server's status.
  uint64_t Status(const std::string& name) {
    auto rows = server_->Execute("SHOW GLOBAL STATUS LIKE '" + name + "'");
    EXPECT_THAT(rows, IsOk());
    uint64_t value = 0;
    EXPECT_TRUE(rows.ok() && rows->size() == 1 && absl::SimpleAtoi((*rows)[0][1], &value));
    return value;
  }
  // Connections of Yilan's user.
  size_t ConnectionsAtServer() {
    auto rows =
        server_->Execute("SELECT ID FROM information_schema.processlist WHERE USER = 'yilan'");
    EXPECT_THAT(rows, IsOk());
    return rows.ok() ? rows->size() : 0;
  }
  void WaitForWaiting(size_t waiting) {
    const absl::Time limit = In(absl::Seconds(20));
    while (pool_->figures().waiting != waiting && absl::Now() < limit) std::this_thread::yield();
    ASSERT_EQ(pool_->figures().waiting, waiting);
  }

  std::unique_ptr<MariaDbServer> server_;
  MySqlOptions options_;
  std::optional<Pool> pool_;
};

TEST_F(PoolTest, ConnectsWhenSomebodyAsksAndNotBefore) {
  Pool& pool = Make(4);
  EXPECT_EQ(pool.figures().open, 0u);
  EXPECT_EQ(ConnectionsAtServer(), 0u);
  {
    auto lease = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
    ASSERT_THAT(lease, IsOk());
    EXPECT_THAT((*lease)->Execute("DO 1"), IsOk());
    EXPECT_EQ(pool.figures().idle, 0u);
  }
  EXPECT_EQ(pool.figures().idle, 1u);
  EXPECT_EQ(pool.figures().open, 1u);
  EXPECT_EQ(pool.figures().connects, 1u);
}

TEST_F(PoolTest, GivesASessionOfTheSameModeWhereThereIsOne) {
  Pool& pool = Make(4);
  uint64_t reader = 0;
  uint64_t writer = 0;
  {
    auto read = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
    auto write = pool.Acquire(Mode::kWrite, In(absl::Seconds(10)));
    ASSERT_THAT(read, IsOk());
    ASSERT_THAT(write, IsOk());
    reader = (*read)->connection_id();
    writer = (*write)->connection_id();
  }
  for (int i = 0; i < 3; ++i) {
    auto write = pool.Acquire(Mode::kWrite, In(absl::Seconds(10)));
    ASSERT_THAT(write, IsOk());
    EXPECT_EQ((*write)->connection_id(), writer);
    EXPECT_EQ((*write)->mode(), Mode::kWrite);
    auto read = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ((*read)->connection_id(), reader);
  }
}

TEST_F(PoolTest, TurnsAnIdleSessionRatherThanConnecting) {
  Pool& pool = Make(4);
  EXPECT_THAT(pool.Acquire(Mode::kRead, In(absl::Seconds(10))), IsOk());
  auto write = pool.Acquire(Mode::kWrite, In(absl::Seconds(10)));
  ASSERT_THAT(write, IsOk());
  EXPECT_EQ((*write)->mode(), Mode::kWrite);
  EXPECT_EQ(pool.figures().connects, 1u);
}

TEST_F(PoolTest, RollsBackWhatALeaseLeavesOpen) {
  ASSERT_THAT(server_->Execute("CREATE TABLE " + options_.database + ".t (k INT PRIMARY KEY)"),
              IsOk());
  Pool& pool = Make(1);
  {
    auto lease = pool.Acquire(Mode::kWrite, In(absl::Seconds(10)));
    ASSERT_THAT(lease, IsOk());
    ASSERT_THAT((*lease)->Update("INSERT INTO t VALUES (?)", {uint64_t{1}}), IsOk());
  }
  auto lease = pool.Acquire(Mode::kWrite, In(absl::Seconds(10)));
  ASSERT_THAT(lease, IsOk());
  EXPECT_FALSE((*lease)->in_transaction());
  ASSERT_THAT((*lease)->Commit(), IsOk());
  auto rows = server_->Execute("SELECT COUNT(*) FROM " + options_.database + ".t");
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)[0][0], "0");
  EXPECT_EQ(pool.figures().connects, 1u);
}

TEST_F(PoolTest, AllInUseUntilTheDeadlineIsResourceExhausted) {
  Pool& pool = Make(1);
  auto lease = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
  ASSERT_THAT(lease, IsOk());
  const absl::Time start = absl::Now();
  auto second = pool.Acquire(Mode::kRead, start + absl::Milliseconds(100));
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("max-connections"));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(100));
  EXPECT_EQ(pool.figures().waiting, 0u);
}

TEST_F(PoolTest, ADeadlineThatHasPassedIsDeadlineExceeded) {
  EXPECT_THAT(Make(1).Acquire(Mode::kRead, absl::Now() - absl::Seconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(PoolTest, ServesThoseWhoWaitInTheirOrder) {
  Pool& pool = Make(1);
  auto lease = pool.Acquire(Mode::kRead, In(absl::Seconds(30)));
  ASSERT_THAT(lease, IsOk());
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auto mine = pool.Acquire(Mode::kRead, In(absl::Seconds(30)));
      ASSERT_THAT(mine, IsOk());
      order.push_back(i);  // Only one has the session.
    });
    WaitForWaiting(static_cast<size_t>(i) + 1);
  }
  { auto returned = std::move(*lease); }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3));
}

TEST_F(PoolTest, NeverOpensMoreThanItsCapUnderManyThreads) {
  Pool& pool = Make(8);
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round) {
        auto lease =
            pool.Acquire((i + round) % 2 == 0 ? Mode::kRead : Mode::kWrite, In(absl::Seconds(60)));
        ASSERT_THAT(lease, IsOk());
        ASSERT_THAT((*lease)->Execute("DO 1"), IsOk());
        ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 32 * 50);
  EXPECT_LE(pool.figures().connects, 8u);
  // The test's own connection is one more.
  EXPECT_LE(Status("Max_used_connections"), 8u + 1u);
  EXPECT_EQ(ConnectionsAtServer(), pool.figures().open);
}

TEST_F(PoolTest, ALostConnectionTakesTheIdleOnesWithIt) {
  Pool& pool = Make(4);
  auto one = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
  ASSERT_THAT(one, IsOk());
  {
    auto two = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
    auto three = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
    ASSERT_THAT(two, IsOk());
    ASSERT_THAT(three, IsOk());
  }
  EXPECT_EQ(pool.figures().idle, 2u);
  ASSERT_THAT(server_->Execute(absl::StrCat("KILL ", (*one)->connection_id())), IsOk());
  EXPECT_FALSE((*one)->Execute("DO 1").ok());
  { auto returned = std::move(*one); }
  EXPECT_EQ(pool.figures().idle, 0u);
  EXPECT_EQ(pool.figures().open, 0u);
  EXPECT_THAT(pool.Acquire(Mode::kRead, In(absl::Seconds(10))), IsOk());
}

TEST_F(PoolTest, ASessionCutAtItsDeadlineGoesAlone) {
  Pool& pool = Make(4);
  auto one = pool.Acquire(Mode::kRead, In(absl::Milliseconds(500)));
  auto two = pool.Acquire(Mode::kRead, In(absl::Seconds(10)));
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  { auto returned = std::move(*two); }
  EXPECT_THAT((*one)->Execute("DO SLEEP(20)"), StatusIs(absl::StatusCode::kDeadlineExceeded));
  { auto returned = std::move(*one); }
  EXPECT_EQ(pool.figures().open, 1u);
  EXPECT_EQ(pool.figures().idle, 1u);
}

TEST_F(PoolTest, AnUnreachableDatabaseFailsFastAndIsProbedByOne) {
  server_->Kill();
  Pool& pool = Make(8);
  std::atomic<int> unavailable = 0;
  std::vector<std::thread> threads;
  const absl::Time start = absl::Now();
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        auto lease = pool.Acquire(Mode::kRead, In(absl::Seconds(20)));
        unavailable += lease.status().code() == absl::StatusCode::kUnavailable;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(unavailable, 16 * 20);
  const absl::Duration took = absl::Now() - start;
  EXPECT_LT(took, absl::Seconds(15));
  // At most the pauses' number: the first two 25 and 50 ms at least, later ones more.
  EXPECT_LE(pool.figures().failures, 3 + static_cast<uint64_t>(took / absl::Milliseconds(100)));
  EXPECT_EQ(pool.figures().open, 0u);
}

TEST_F(PoolTest, ServesAgainSoonAfterTheDatabaseIsBack) {
  Pool& pool = Make(8);
  std::atomic<bool> stop = false;
  std::atomic<int64_t> last_failure = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        auto lease = pool.Acquire(Mode::kRead, In(absl::Seconds(5)));
        const absl::Status status = lease.ok() ? (*lease)->Execute("DO 1") : lease.status();
        if (!status.ok()) last_failure = absl::GetCurrentTimeNanos();
      }
    });
  }
  while (pool.figures().connects < 8) std::this_thread::yield();
  server_->Kill();
  while (pool.figures().failures < 4) std::this_thread::yield();
  ASSERT_THAT(server_->Restart(), IsOk());
  const absl::Time back = absl::Now();
  const uint64_t before = pool.figures().connects;
  while (pool.figures().connects == before && absl::Now() < back + absl::Seconds(20)) {
    std::this_thread::yield();
  }
  EXPECT_LT(absl::Now() - back, absl::Seconds(5));
  while (pool.figures().open < 8 && absl::Now() < back + absl::Seconds(20)) {
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(absl::FromUnixNanos(last_failure) - back, absl::Seconds(5));
  EXPECT_LE(pool.figures().connects - before, 8u);
  // The test has one of its own, and so has Restart(), which may have ended hers a moment later.
  EXPECT_LE(Status("Max_used_connections"), 8u + 2u);
}

TEST_F(PoolTest, CallersKeepTheirDeadlinesWhileTheDatabaseIsStopped) {
  Pool& pool = Make(4);
  server_->Pause();
  const absl::Time start = absl::Now();
  EXPECT_THAT(pool.Acquire(Mode::kRead, start + absl::Milliseconds(200)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(1500));
  server_->Resume();
  EXPECT_THAT(pool.Acquire(Mode::kRead, In(absl::Seconds(20))), IsOk());
}

}  // namespace
}  // namespace yilan::storage::mysql
