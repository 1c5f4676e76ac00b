// Nodes of a Galera cluster die, hang and come back under checked clients of two Yilan servers
// behind HAProxy.
//
// YILAN_GALERA_TIMERS=default measures how long Galera's own timers stall; the tests then fail.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cluster/galera_fixture.h"
#include "tests/history/checker.h"
#include "tests/history/final_state.h"
#include "tests/history/seed.h"
#include "tests/history/workload.h"

namespace yilan {
namespace {

using testing::Ne;

// How soon writes go on after the writer died.
constexpr absl::Duration kFailover = absl::Seconds(5);

class GaleraFailoverTest : public GaleraTest {
 protected:
  static void SetUpTestSuite() {
    const char* const timers = std::getenv("YILAN_GALERA_TIMERS");
    Start({.default_timers = timers != nullptr && std::string(timers) == "default"});
  }

  void SetUp() override {
    GaleraTest::SetUp();
    url_ = cluster().Url(database_);
    for (auto& server : servers_) server = Server(url_);
    store_ = Store(url_);
    clients_ = std::make_unique<history::Workload>(
        history::Options{.seed = history::TestSeed(),
                         .addresses = {servers_[0]->address(), servers_[1]->address()},
                         .store = store_.get()});
    AwaitWrites(500);
  }

  void AwaitWrites(uint64_t count) {
    ASSERT_TRUE(clients_->AwaitAcknowledged(count, absl::Seconds(60)))
        << "HAProxy said:\n"
        << cluster().ProxyLog() << "a server said:\n"
        << servers_[0]->Log();
  }
  int WriterNow() {
    const auto writer = cluster().Writer();
    EXPECT_THAT(writer, IsOk());
    return *writer;
  }
  static int Next(int node) { return node % GaleraCluster::kNodes + 1; }

  // The longest time in which no write was acknowledged.
  static absl::Duration LongestStall(const history::History& history) {
    std::vector<history::Time> times;
    for (const history::WriteOp& write : history.writes) {
      if (write.outcome == history::Outcome::kAcknowledged) times.push_back(write.returned);
    }
    std::sort(times.begin(), times.end());
    history::Time longest = 0;
    for (size_t i = 1; i < times.size(); ++i) longest = std::max(longest, times[i] - times[i - 1]);
    return absl::Nanoseconds(longest);
  }

  // Ends the clients; what they saw must be what is stored, on every node.
  void StopAndCheck(absl::string_view what, absl::Duration longest_stall) {
    const history::History history = clients_->Stop();
    for (int number = 1; number <= GaleraCluster::kNodes; ++number) {
      ASSERT_THAT(cluster().WaitUntilSynced(number), IsOk());
      const auto node = Store(cluster().NodeUrl(number, database_));
      const auto state = history::ReadFinalState(*node);
      ASSERT_THAT(state, IsOk());
      const history::Report report = history::Check(history, *state);
      EXPECT_TRUE(report.sound()) << "node " << number << ": " << report.ToString();
      EXPECT_THAT(node->Verify({}), IsOk());
      if (number == 1) std::printf("%s: %s\n", what.data(), report.Figures().c_str());
    }
    const absl::Duration stall = LongestStall(history);
    std::printf("%s: no write was acknowledged for %s\n", what.data(),
                absl::FormatDuration(stall).c_str());
    EXPECT_LE(stall, longest_stall);
  }

  std::string url_;
  std::unique_ptr<e2e::ServerProcess> servers_[2];
  std::unique_ptr<storage::MySqlStore> store_;  // The followers'.
  std::unique_ptr<history::Workload> clients_;
};

TEST_F(GaleraFailoverTest, AWriterThatIsKilledIsReplacedAndStaysReplacedWhenItComesBack) {
  const int old_writer = WriterNow();
  cluster().node(old_writer).Kill();
  AwaitWrites(500);
  const int new_writer = WriterNow();
  EXPECT_THAT(new_writer, Ne(old_writer));
  ASSERT_THAT(cluster().Rejoin(old_writer), IsOk());
  ASSERT_THAT(cluster().WaitUntilUp(old_writer), IsOk());
  AwaitWrites(500);
  // Unless the machine stalled for so long that HAProxy gave this one up, too.
  if (!absl::StrContains(cluster().ProxyLog(),
                         absl::StrCat("yilan_writer/node", new_writer, " is DOWN"))) {
    EXPECT_EQ(WriterNow(), new_writer);
    EXPECT_THAT(cluster().WaitUntilLeft(old_writer), IsOk());
  }
  StopAndCheck("writer killed, and joined again", kFailover);
}

TEST_F(GaleraFailoverTest, AWriterThatHangsLosesItsConnections) {
  const int old_writer = WriterNow();
  cluster().node(old_writer).Pause();
  AwaitWrites(500);
  EXPECT_THAT(WriterNow(), Ne(old_writer));
  EXPECT_THAT(cluster().WaitUntilLeft(old_writer), IsOk());
  cluster().node(old_writer).Resume();
  ASSERT_THAT(cluster().WaitUntilSynced(old_writer), IsOk());
  AwaitWrites(500);
  StopAndCheck("writer stopped, and resumed", kFailover);
}

TEST_F(GaleraFailoverTest, AnotherNodeThatDiesAndLostItsDataIsGivenItWhileWritesGoOn) {
  const int writer = WriterNow();
  const int other = Next(writer);
  cluster().node(other).Kill();
  AwaitWrites(500);
  ASSERT_THAT(cluster().Rejoin(other, /*keep_data=*/false), IsOk());
  AwaitWrites(500);
  EXPECT_EQ(WriterNow(), writer);
  StopAndCheck("another node killed, and given all data", kFailover);
}

TEST_F(GaleraFailoverTest, WithoutAMajorityNothingIsAcknowledgedAndAfterwardsNothingIsWrong) {
  const int writer = WriterNow();
  const int others[] = {Next(writer), Next(Next(writer))};
  for (const int other : others) cluster().node(other).Pause();
  ASSERT_THAT(cluster().WaitUntilUp(writer, false), IsOk());
  const uint64_t acknowledged = clients_->acknowledged();
  EXPECT_FALSE(clients_->AwaitAcknowledged(1, absl::Seconds(3)));
  EXPECT_EQ(clients_->acknowledged(), acknowledged);
  for (const int other : others) cluster().node(other).Resume();
  AwaitWrites(500);
  StopAndCheck("majority stopped, and resumed", absl::InfiniteDuration());
}

}  // namespace
}  // namespace yilan
