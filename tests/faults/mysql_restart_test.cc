// MariaDB is killed or stands still, under checked clients.
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/history/seed.h"

namespace yilan::faults {
namespace {

constexpr uint64_t kPoolCap = 8;
constexpr char kSmallPool[] = "&max-connections=8";
// Connections that are not the server's: the followers', and those of the test itself.
constexpr uint64_t kOthers = 3 + 3;

TEST_F(MySqlFaultTest, ClientsOfAHealthyDatabaseSeeNothingWrong) {
  StartDatabase();
  StartServer();
  StartClients();
  AwaitWrites(300);
  const uint64_t seconds = history::NumberFromEnvironment("YILAN_SOAK_SECONDS", 0);
  clients().AwaitAcknowledged(std::numeric_limits<uint32_t>::max(), absl::Seconds(seconds));
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

}  // namespace
}  // namespace yilan::faults
