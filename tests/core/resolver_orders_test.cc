// Customers are a function of the records that there are, the decisions of stewards and the model,
// and of nothing else: in whatever order facts come and however they are cut into batches, the same
// customers, the same pairs and the same blocks over their caps come out, and those that resolving
// all records at once gives.
//
// YILAN_SEED replays a run, YILAN_ORDERS says how many orders are tried; YILAN_SOAK_SECONDS goes on
// with facts of other seeds for so long.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/check/check.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_store.h"
#include "tests/core/identity_facts.h"
#include "tests/core/identity_state.h"
#include "tests/history/seed.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

// With sanitizers everything takes ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kOrders = 6;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr uint64_t kOrders = 6;
#else
constexpr uint64_t kOrders = 200;
#endif
#else
constexpr uint64_t kOrders = 200;
#endif
constexpr size_t kRecords = 2000;
constexpr size_t kDecisions = 20;  // Of each kind.

// What came out: before stewards decide, and at the end.
struct Outcome {
  IdentityState before;
  std::vector<std::string> decided;
  IdentityState after;
};

class OrdersTest : public testing::Test {
 protected:
  static constexpr TimeMicros kStart = 1767225600000000;  // 2026-01-01T00:00:00Z

  // One order. Without `decisions` these are chosen, and what is there is held against bulk
  // resolving.
  void Run(IdentityFacts& facts, uint64_t seed,
           std::optional<std::vector<StewardDecision>>& decisions, Outcome& outcome) {
    const bool first = !decisions.has_value();
    std::mt19937_64 random(seed);
    ManualClock clock(kStart);
    IdGenerator ids(clock, seed);
    const auto store = storage::NewMemoryStore();
    Platform platform(*store, clock, ids, size_t{1} << 20, RunSerially);
    const Call call = {.client = "test"};
    const size_t max_batch = size_t{1} << (2 + random() % 8);
    ShuffleFacts(facts.before, {}, random);
    ASSERT_NO_FATAL_FAILURE(TakeInBatches(platform, call, facts.before, max_batch, random));
    outcome.before = ReadIdentityState(*store);
    if (first) decisions = ChooseDecisions(outcome.before, kDecisions, random);
    for (const StewardDecision& decision : *decisions) {
      outcome.decided.push_back(Decide(platform, call, decision));
    }
    ShuffleFacts(facts.after, RecordsOf(facts.before), random);
    ASSERT_NO_FATAL_FAILURE(TakeInBatches(platform, call, facts.after, max_batch, random));
    outcome.after = ReadIdentityState(*store);
    if (!first && seed % 10 != 0) return;
    if (first) {
      ASSERT_EQ(DifferencesFromBulk(platform, call), "");
    }
    const auto report = CheckStore(*store, {}, clock.Now());
    ASSERT_THAT(report, IsOk());
    ASSERT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
  }

  void TryOrders(uint64_t seed, uint64_t orders) {
    IdentityFacts facts = MakeIdentityFacts({.seed = seed, .records = kRecords});
    std::optional<std::vector<StewardDecision>> decisions;
    Outcome expected;
    ASSERT_NO_FATAL_FAILURE(Run(facts, seed, decisions, expected));
    ASSERT_NO_FATAL_FAILURE(ExpectVariety(facts, expected));
    for (uint64_t order = 1; order < orders; ++order) {
      SCOPED_TRACE(absl::StrCat("order ", order, " of seed ", seed));
      Outcome outcome;
      ASSERT_NO_FATAL_FAILURE(Run(facts, seed + order, decisions, outcome));
      ASSERT_EQ(Differences(outcome.before, expected.before), "");
      ASSERT_EQ(outcome.decided, expected.decided);
      ASSERT_EQ(Differences(outcome.after, expected.after), "");
    }
  }

  // That the facts are hard enough for the test to say something.
  static void ExpectVariety(const IdentityFacts& facts, const Outcome& outcome) {
    std::set<std::string> records = RecordsOf(facts.before);
    records.merge(RecordsOf(facts.after));
    EXPECT_EQ(records.size(), kRecords);
    const auto deletions = [](const std::vector<StatedFact>& all) {
      return std::count_if(all.begin(), all.end(), [](const StatedFact& f) { return f.deletion; });
    };
    EXPECT_GT(deletions(facts.before), 20);
    EXPECT_GT(deletions(facts.after), 20);
    EXPECT_GT(facts.before.size() + facts.after.size(), kRecords * 6 / 5);
    // Blocks came to be over their caps, and others no longer were.
    std::vector<std::string> risen;
    std::vector<std::string> fallen;
    const auto& before = outcome.before.suspects;
    const auto& after = outcome.after.suspects;
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                        std::back_inserter(risen));
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                        std::back_inserter(fallen));
    EXPECT_GE(risen.size(), 3u);
    EXPECT_GE(fallen.size(), 3u);
    const auto large = [](const std::set<std::string>& customer) { return customer.size() > 3; };
    EXPECT_GT(std::count_if(outcome.after.customers.begin(), outcome.after.customers.end(), large),
              10);
    EXPECT_GT(std::count(outcome.decided.begin(), outcome.decided.end(), "OK"), 30);
    EXPECT_TRUE(std::any_of(outcome.after.pairs.begin(), outcome.after.pairs.end(),
                            [](const auto& pair) { return pair.second.second; }));
    std::cout << facts.before.size() << " and " << facts.after.size() << " facts, "
              << outcome.after.customers.size() << " customers, " << outcome.after.pairs.size()
              << " pairs, " << outcome.decided.size() << " decisions, " << before.size()
              << " blocks over their caps before and " << after.size() << " after, " << risen.size()
              << " risen and " << fallen.size() << " fallen" << std::endl;
  }
};

TEST_F(OrdersTest, AnyOrderGivesTheSameCustomers) {
  const uint64_t seed = history::TestSeed();
  const uint64_t orders = history::NumberFromEnvironment("YILAN_ORDERS", kOrders);
  const absl::Time limit =
      absl::Now() +
      absl::Seconds(static_cast<int64_t>(history::NumberFromEnvironment("YILAN_SOAK_SECONDS", 0)));
  ASSERT_NO_FATAL_FAILURE(TryOrders(seed, orders));
  // Other facts, each in a few orders.
  for (uint64_t more = 1; absl::Now() < limit; ++more) {
    ASSERT_NO_FATAL_FAILURE(TryOrders(seed + more * 1000, 10));
  }
}

}  // namespace
}  // namespace yilan::core
