// MariaDB loses its connections, has none to spare, or takes no writes, under checked clients.
#include <csignal>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/history/seed.h"

namespace yilan::faults {
namespace {

constexpr uint64_t kMaxConnections = 24;

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
  StartServer({.url = Url("&max-connections=8")});
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
  // All that a read-only database refused is known not to be there. Only whose fact was committed
  // just before, and whose answer was to be settled just after, does not know.
  EXPECT_GT(report.failed, 0u);
  EXPECT_LE(report.unknown_applied, static_cast<size_t>(history::Options().writers));
}

}  // namespace
}  // namespace yilan::faults
