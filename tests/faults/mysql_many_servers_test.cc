// Several servers on one database.
#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/faults/mysql_fault_test.h"
#include "tests/history/client.h"
#include "tests/history/seed.h"

namespace yilan::faults {
namespace {

// So many writes through one server, each read through another at once: a hundred thousand in a
// soak, which sets YILAN_KILLS; else what fits in a few seconds.
constexpr uint64_t kRounds = 100'000;
constexpr uint64_t kLeastRounds = 500;
constexpr absl::Duration kQuickTime = absl::Seconds(15);

TEST_F(MySqlFaultTest, WhatWasWrittenThroughOneServerIsReadThroughAnotherAtOnce) {
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kCustomers = 5;  // For each thread.
  StartDatabase({.durable = false});
  StartServer();
  StartServer();
  const std::vector<std::string> addresses = Addresses();
  const bool quick = history::NumberFromEnvironment("YILAN_KILLS", 0) == 0;
  const absl::Time start = absl::Now();
  std::atomic<uint64_t> rounds{0};
  std::atomic<uint64_t> stale{0};
  std::atomic<uint64_t> failed{0};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      history::Client client(addresses, absl::Seconds(20));
      for (uint64_t i = 1; i <= kRounds / kThreads; ++i) {
        if (quick && i > kLeastRounds / kThreads && absl::Now() > start + kQuickTime) break;
        rounds.fetch_add(1);
        history::WriteOp write;
        write.customer = absl::StrCat("c", t * kCustomers + i % kCustomers);
        write.parts = {history::kAllParts[i % history::kParts]};
        write.token = i;
        write.request_id = absl::StrFormat("%08x-0000-4000-8000-%012x", t, i);
        const history::Attempt written = client.Write(0, write);
        // Cached by both, and read by id and by key in turns.
        history::ReadOp read;
        read.customer = write.customer;
        const bool ok =
            written.outcome == history::Outcome::kAcknowledged &&
            client.ReadView(1, i % 2 == 0 ? written.customer_id : std::string(), read).ok();
        if (!ok) failed.fetch_add(1);
        const history::SeenFact& seen = read.facts[history::IndexOf(write.parts.front())];
        if (ok && (read.revision != written.revision || seen.token != write.token || seen.torn)) {
          stale.fetch_add(1);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::cout << rounds.load() << " writes through one server, each read through the other"
            << std::endl;
  EXPECT_EQ(stale.load(), 0u);
  EXPECT_EQ(failed.load(), 0u);
  ExpectStoreIsSound();
}

TEST_F(MySqlFaultTest, WritersOfOneServerAndReadersOfAnotherSeeOneHistory) {
  StartDatabase();
  StartServer();
  StartServer();
  StartClients({.addresses = {Addresses()[0]}, .reader_addresses = {Addresses()[1]}});
  AwaitWrites(300);
  StopAndCheck();
}

TEST_F(MySqlFaultTest, RequestsAndTheFeedHoldAcrossServers) {
  StartDatabase();
  for (int i = 0; i < 3; ++i) StartServer();
  // Every client uses all of them in turns, and asks one for what another has answered.
  StartClients({.followers = 2});
  AwaitWrites(300);
  StopAndCheck();
}

}  // namespace
}  // namespace yilan::faults
