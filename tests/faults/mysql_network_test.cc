// The network between server and database is slow, silent, open one way only, or cut, under
// checked clients.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/network/tcp_proxy.h"

namespace yilan::faults {
namespace {

class MySqlNetworkTest : public MySqlFaultTest {
 protected:
  // A server that reaches its database through proxy(); the followers do without.
  void StartAll(const std::string& server_options = "",
                absl::Duration deadline = absl::Seconds(1)) {
    StartDatabase({.tcp = true});
    auto started = TcpProxy::Start(database().port());
    ASSERT_TRUE(started.ok()) << started.status();
    proxy_ = *std::move(started);
    StartServer({.url = absl::StrReplaceAll(TcpUrl(server_options),
                                            {{absl::StrCat(":", database().port(), "/"),
                                              absl::StrCat(":", proxy_->port(), "/")}})});
    StartClients({.deadline = deadline});
    AwaitWrites(50);
  }
  TcpProxy& proxy() { return *proxy_; }

 private:
  std::unique_ptr<TcpProxy> proxy_;
};

TEST_F(MySqlNetworkTest, AHundredMillisecondsMoreForEachRoundTripLoseNothing) {
  StartAll("&read-timeout=10s", absl::Seconds(20));
  proxy().SetDelay(absl::Milliseconds(50));
  AwaitWrites(30);
  proxy().SetDelay(absl::ZeroDuration());
  AwaitWrites(50);
  StopAndCheck();
}

TEST_F(MySqlNetworkTest, APartitionEndsInErrorsAndThenInService) {
  StartAll("&read-timeout=2s");
  proxy().SetMode(TcpProxy::Mode::kSilent);
  EXPECT_FALSE(clients().AwaitAcknowledged(20, absl::Seconds(4)));
  proxy().SetMode(TcpProxy::Mode::kOpen);
  ExpectRecovery();
  AwaitWrites(50);
  const history::Report report = StopAndCheck();
  EXPECT_GT(report.repeated, 0u);
}

TEST_F(MySqlNetworkTest, AnswersThatDoNotArriveAreUnknownAndNeverWrong) {
  StartAll("&read-timeout=2s");
  for (int i = 0; i < 3; ++i) {
    proxy().SetMode(TcpProxy::Mode::kHalfOpen);
    EXPECT_FALSE(clients().AwaitAcknowledged(20, absl::Milliseconds(1500)));
    proxy().SetMode(TcpProxy::Mode::kOpen);
    ExpectRecovery();
    AwaitWrites(20);
  }
  StopAndCheck();
}

TEST_F(MySqlNetworkTest, ConnectionsThatAreCutAreMadeAgain) {
  StartAll();
  for (int i = 0; i < 10; ++i) {
    proxy().SetMode(TcpProxy::Mode::kCut);
    EXPECT_FALSE(clients().AwaitAcknowledged(20, absl::Milliseconds(100)));
    proxy().SetMode(TcpProxy::Mode::kOpen);
    ExpectRecovery();
    AwaitWrites(20);
  }
  StopAndCheck();
}

}  // namespace
}  // namespace yilan::faults
