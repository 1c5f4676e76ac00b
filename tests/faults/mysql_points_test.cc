// The server is killed at named points of a write, and at any time; its database connection is
// killed just before COMMIT.
#include <csignal>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/faults/fault_names.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/history/seed.h"

namespace yilan::faults {
namespace {

// Kills of either sort. YILAN_KILLS sets it, script/test --soak sets YILAN_KILLS.
uint64_t Kills(uint64_t quick) { return history::NumberFromEnvironment("YILAN_KILLS", quick); }

std::string Fault(const std::string& point, uint64_t passage, const char* action) {
  return absl::StrCat(point, ":", passage, ":", action);
}

TEST_F(MySqlFaultTest, AServerThatIsKilledAtAnyPointOfAWriteLosesNothing) {
  StartDatabase();
  StartServer();
  StartClients();
  AwaitWrites(50);
  std::mt19937_64 random(seed());
  const uint64_t rounds = (Kills(20) + std::size(kFaultPoints) - 1) / std::size(kFaultPoints);
  for (uint64_t round = 0; round < rounds; ++round) {
    for (const auto& [point, name] : kFaultPoints) {
      const std::string fault = Fault(name, 1 + random() % 40, "kill");
      SCOPED_TRACE(fault);
      server().Signal(SIGKILL);
      ASSERT_TRUE(server().Wait().has_value());
      RestartServer(0, {{"YILAN_FAULT", fault}});
      // The clients' own writes lead it to its end.
      ASSERT_EQ(server().Wait(), -SIGKILL);
    }
  }
  RestartServer();
  AwaitWrites(50);
  const history::Report report = StopAndCheck();
  EXPECT_GT(report.repeated, 0u);
}

TEST_F(MySqlFaultTest, AServerThatIsKilledAtAnyTimeLosesNothing) {
  StartDatabase();
  StartServer();
  StartServer();
  StartClients();
  std::mt19937_64 random(seed());
  for (uint64_t i = 0; i < Kills(20); ++i) {
    AwaitWrites(1 + random() % 30);
    const size_t victim = random() % 2;
    server(victim).Signal(SIGKILL);
    ASSERT_EQ(server(victim).Wait(), -SIGKILL);
    RestartServer(victim);
  }
  AwaitWrites(50);
  StopAndCheck();
}

TEST_F(MySqlFaultTest, ACommitThatFailsIsSeenToFail) {
  StartDatabase();
  StartServer({.environment = {{"YILAN_FAULT", Fault("before_commit", 15, "stop")}}});
  StartClients();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(AwaitStopped());
    KillConnections();
    server().Signal(SIGCONT);
  }
  server().Signal(SIGKILL);
  ASSERT_TRUE(server().Wait().has_value());
  RestartServer(0, {{"YILAN_FAULT", Fault("before_commit", 1'000'000'000, "stop")}});
  AwaitWrites(20);
  const history::Report report = StopAndCheck();
  EXPECT_GT(report.repeated, 0u);
}

}  // namespace
}  // namespace yilan::faults
