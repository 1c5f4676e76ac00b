// All sorts of failure in a random order, under checked clients of two servers.
#include <csignal>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/history/seed.h"
#include "tests/network/tcp_proxy.h"

namespace yilan::faults {
namespace {

class MySqlMixedTest : public MySqlFaultTest {
 protected:
  enum class Event {
    kKillServer,
    kKillDatabase,
    kPauseDatabase,
    kKillConnections,
    kCutNetwork,
    kLoseAnswers,
    kReadOnly,
  };
  static constexpr int kEvents = 7;

  // The first server is beside the database, the second reaches it through the proxy.
  void StartAll() {
    StartDatabase({.tcp = true});
    auto proxy = TcpProxy::Start(database().port());
    ASSERT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
    StartServer({.url = Url("&read-timeout=2s")});
    StartServer({.url = absl::StrReplaceAll(TcpUrl("&read-timeout=2s"),
                                            {{absl::StrCat(":", database().port(), "/"),
                                              absl::StrCat(":", proxy_->port(), "/")}})});
    StartClients({.deadline = absl::Seconds(1)});
  }

  // Something happens, and lasts for up to 1.5 s.
  void Happen(Event event, std::mt19937_64& random) {
    const absl::Duration duration = absl::Milliseconds(random() % 1500);
    const auto last = [&] { clients().AwaitAcknowledged(1'000'000, duration); };
    switch (event) {
      case Event::kKillServer: {
        const size_t victim = random() % 2;
        server(victim).Signal(SIGKILL);
        ASSERT_TRUE(server(victim).Wait().has_value());
        RestartServer(victim);
        break;
      }
      case Event::kKillDatabase:
        database().Kill();
        ASSERT_TRUE(database().Restart().ok());
        break;
      case Event::kPauseDatabase:
        database().Pause();
        last();
        database().Resume();
        break;
      case Event::kKillConnections:
        KillConnections();
        break;
      case Event::kCutNetwork:
        proxy_->SetMode(TcpProxy::Mode::kCut);
        last();
        proxy_->SetMode(TcpProxy::Mode::kOpen);
        break;
      case Event::kLoseAnswers:
        proxy_->SetMode(TcpProxy::Mode::kHalfOpen);
        last();
        proxy_->SetMode(TcpProxy::Mode::kOpen);
        break;
      case Event::kReadOnly:
        ASSERT_TRUE(database().Execute("SET GLOBAL read_only = 1").ok());
        last();
        ASSERT_TRUE(database().Execute("SET GLOBAL read_only = 0").ok());
        break;
    }
  }

 private:
  std::unique_ptr<TcpProxy> proxy_;
};

TEST_F(MySqlMixedTest, WhateverFailsInWhateverOrderTheHistoryHolds) {
  StartAll();
  std::mt19937_64 random(seed());
  for (uint64_t i = 0; i < history::NumberFromEnvironment("YILAN_KILLS", 15); ++i) {
    // Sometimes the next thing happens before the last one is over.
    if (random() % 3 != 0) AwaitWrites(random() % 30);
    Happen(static_cast<Event>(random() % kEvents), random);
    if (HasFatalFailure()) return;
  }
  ExpectRecovery();
  AwaitWrites(50);
  StopAndCheck();
}

}  // namespace
}  // namespace yilan::faults
