// MariaDB is killed, stopped, full of connections, or loses them, under checked clients.
#include <csignal>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/history/seed.h"

namespace yilan::faults {
namespace {

constexpr uint64_t kMaxConnections = 14;
constexpr uint64_t kPoolCap = 8;
constexpr char kSmallPool[] = "&max-connections=8";
// Connections that are not the server's: the followers', and those of the test itself.
constexpr uint64_t kOthers = 3 + 3;

TEST_F(MySqlFaultTest, ClientsOfAHealthyDatabaseSeeNothingWrong) {
  StartDatabase();
  StartServer();
  StartClients();
  AwaitWrites(300);
  const history::Report report = StopAndCheck();
  EXPECT_EQ(report.failed_reads, 0u);
}

TEST_F(MySqlFaultTest, ADatabaseThatIsKilledAndComesBackIsServedFromAtOnce) {
  StartDatabase();
  StartServer({.url = Url(kSmallPool)});
  StartClients();
  for (uint64_t i = 0; i < history::NumberFromEnvironment("YILAN_KILLS", 40) / 10; ++i) {
    AwaitWrites(50);
    database().Kill();
    ASSERT_TRUE(database().Restart().ok());
    ExpectRecovery();
    AwaitWrites(50);
    // Counted since it started: no storm. (A connection that a deadline breaks is made anew.)
    EXPECT_LE(StatusVariable("Max_used_connections"), kPoolCap + kOthers);
    EXPECT_LE(StatusVariable("Connections"), 2 * kPoolCap + kOthers + 5);
  }
  StopAndCheck();
}

TEST_F(MySqlFaultTest, ADatabaseThatIsAwayForLongMeetsNoStormWhenItComesBack) {
  StartDatabase();
  StartServer({.url = Url(kSmallPool)});
  StartClients();
  AwaitWrites(50);
  database().Kill();
  // Long enough for the pause between attempts to grow to its longest.
  EXPECT_FALSE(clients().AwaitAcknowledged(20, absl::Seconds(4)));
  ASSERT_TRUE(database().Restart().ok());
  ExpectRecovery();
  AwaitWrites(50);
  EXPECT_LE(StatusVariable("Max_used_connections"), kPoolCap + kOthers);
  EXPECT_LE(StatusVariable("Connections"), 2 * kPoolCap + kOthers + 5);
  StopAndCheck();
}

TEST_F(MySqlFaultTest, ADatabaseThatStandsStillForLongerThanEveryDeadlineIsServedFromAgain) {
  StartDatabase();
  StartServer({.url = Url(absl::StrCat(kSmallPool, "&read-timeout=2s"))});
  StartClients({.deadline = absl::Seconds(1)});
  AwaitWrites(100);
  database().Pause();
  // Those that were on their way may still be acknowledged.
  EXPECT_FALSE(clients().AwaitAcknowledged(20, absl::Seconds(5)));
  database().Resume();
  ExpectRecovery();
  AwaitWrites(100);
  const history::Report report = StopAndCheck();
  EXPECT_GT(report.repeated, 0u);
}

TEST_F(MySqlFaultTest, ConnectionsThatAreKilledAgainAndAgainAreReplaced) {
  StartDatabase();
  StartServer();
  StartClients();
  std::mt19937_64 random(seed());
  for (uint64_t i = 0; i < history::NumberFromEnvironment("YILAN_KILLS", 30); ++i) {
    AwaitWrites(1 + random() % 20);
    KillConnections();
  }
  ExpectRecovery();
  AwaitWrites(50);
  const history::Report report = StopAndCheck();
  EXPECT_GT(report.failed_reads + report.repeated, 0u);
}

TEST_F(MySqlFaultTest, ADatabaseWithoutAConnectionToSpareIsServedFromOnceItHasOne) {
  StartDatabase({.extra_flags = {absl::StrCat("--max-connections=", kMaxConnections)}});
  StartServer({.url = Url(kSmallPool)});
  StartClients({.followers = 0});
  AwaitWrites(50);
  auto options = storage::mysql::ParseMySqlUrl(Url("&max-connections=100"));
  ASSERT_TRUE(options.ok());
  options->password = std::string(MariaDbServer::password());
  storage::mysql::Pool hog(*options);
  std::vector<storage::mysql::Pool::Lease> taken;
  // While the server stands still the hog takes them all. One that the server was just making is
  // free once the database has waited for it for ten seconds.
  server().Signal(SIGSTOP);
  KillConnections();
  while (taken.size() < kMaxConnections) {
    auto lease = hog.Acquire(storage::mysql::Session::Mode::kRead, absl::Now() + absl::Seconds(30));
    ASSERT_TRUE(lease.ok()) << lease.status();
    taken.push_back(*std::move(lease));
  }
  server().Signal(SIGCONT);
  EXPECT_FALSE(clients().AwaitAcknowledged(20, absl::Seconds(2)));
  KillConnections();
  ExpectRecovery();
  AwaitWrites(50);
  StopAndCheck();
}

TEST_F(MySqlFaultTest, ADatabaseThatIsMadeReadOnlyGoesOnServingReads) {
  StartDatabase();
  StartServer();
  StartClients();
  AwaitWrites(100);
  ASSERT_TRUE(database().Execute("SET GLOBAL read_only = 1").ok());
  EXPECT_FALSE(clients().AwaitAcknowledged(20, absl::Seconds(1)));
  const uint64_t read = clients().read();
  EXPECT_FALSE(clients().AwaitAcknowledged(1, absl::Seconds(1)));
  EXPECT_GT(clients().read(), read + 20);
  ASSERT_TRUE(database().Execute("SET GLOBAL read_only = 0").ok());
  ExpectRecovery();
  AwaitWrites(100);
  const history::Report report = StopAndCheck();
  // All that a read-only database refused is known not to be there.
  EXPECT_GT(report.failed, 0u);
  EXPECT_EQ(report.unknown_applied, 0u);
}

}  // namespace
}  // namespace yilan::faults
