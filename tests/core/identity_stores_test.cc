// The customers are the same on every store, and whoever writes at the same time: orders on
// RocksDB and MySQL give what memory gives, and facts that several threads write at once through
// two servers' cores give what they give one after the other.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/check/check.h"
#include "gtest/gtest.h"
#include "tests/core/identity_facts.h"
#include "tests/core/identity_state.h"
#include "tests/status_matchers.h"
#include "tests/transfer/random_writer.h"
#include "tests/transfer/stores.h"

namespace yilan::core {
namespace {

using storage::transfer::BackendKind;

constexpr size_t kRecords = 250;
constexpr size_t kDecisions = 5;
constexpr size_t kMaxBatch = 32;

class IdentityStoresTest : public testing::TestWithParam<BackendKind> {
 protected:
  struct Outcome {
    IdentityState before;
    std::vector<std::string> decided;
    IdentityState after;
  };

  // One order on one thread, in memory.
  Outcome Serial(IdentityFacts facts, std::mt19937_64& random) {
    const auto store = storage::transfer::NewStore(BackendKind::kMemory, directory_);
    IdGenerator ids(clock_);
    Platform platform(*store, clock_, ids, size_t{1} << 20, RunSerially);
    return Run(*store, platform, std::move(facts), random, [&](const std::vector<StatedFact>& all) {
      TakeInBatches(platform, call_, all, kMaxBatch, random);
    });
  }

  Outcome Run(storage::RecordStore& store, Platform& platform, IdentityFacts facts,
              std::mt19937_64& random,
              const std::function<void(const std::vector<StatedFact>&)>& take) {
    Outcome outcome;
    ShuffleFacts(facts.before, {}, random);
    take(facts.before);
    ResolveAllThatWait(platform, call_);
    outcome.before = ReadIdentityState(store);
    if (!decisions_.has_value()) {
      decisions_ = ChooseDecisions(outcome.before, kDecisions, random);
    }
    for (const StewardDecision& decision : *decisions_) {
      outcome.decided.push_back(Decide(platform, call_, decision));
    }
    ShuffleFacts(facts.after, RecordsOf(facts.before), random);
    take(facts.after);
    ResolveAllThatWait(platform, call_);
    outcome.after = ReadIdentityState(store);
    EXPECT_EQ(DifferencesFromBulk(platform, call_), "");
    const auto report = CheckStore(store, {}, clock_.Now());
    EXPECT_THAT(report, IsOk());
    if (report.ok()) {
      EXPECT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
    }
    return outcome;
  }

  static void ExpectSame(const Outcome& outcome, const Outcome& expected) {
    EXPECT_EQ(Differences(outcome.before, expected.before), "");
    EXPECT_EQ(outcome.decided, expected.decided);
    EXPECT_EQ(Differences(outcome.after, expected.after), "");
    EXPECT_EQ(outcome.after.pending, 0u);
  }

  const storage::transfer::TestDirectory directory_;
  const uint64_t seed_ = storage::transfer::TestSeed();
  SystemClock clock_;
  const Call call_ = {.client = "test"};
  std::optional<std::vector<StewardDecision>> decisions_;
};

TEST_P(IdentityStoresTest, AnyOrderGivesTheCustomersThatMemoryGives) {
  std::mt19937_64 random(seed_);
  const IdentityFacts facts = MakeIdentityFacts({.seed = seed_, .records = kRecords});
  const Outcome expected = Serial(facts, random);
  for (int order = 0; order < 2; ++order) {
    SCOPED_TRACE(absl::StrCat("order ", order));
    const auto store = storage::transfer::NewStore(GetParam(), directory_);
    ASSERT_NE(store, nullptr);
    IdGenerator ids(clock_);
    Platform platform(*store, clock_, ids, size_t{1} << 20, RunSerially);
    ExpectSame(Run(*store, platform, facts, random,
                   [&](const std::vector<StatedFact>& all) {
                     TakeInBatches(platform, call_, all, kMaxBatch, random);
                   }),
               expected);
  }
}

TEST_P(IdentityStoresTest, WritersAtOnceGiveTheCustomersThatOneGives) {
  constexpr size_t kWriters = 4;
  std::mt19937_64 random(seed_);
  const IdentityFacts facts = MakeIdentityFacts({.seed = seed_, .records = kRecords});
  const Outcome expected = Serial(facts, random);
  const auto store = storage::transfer::NewStore(GetParam(), directory_);
  ASSERT_NE(store, nullptr);
  IdGenerator ids(clock_);
  Platform first(*store, clock_, ids, size_t{1} << 20, RunSerially);
  Platform second(*store, clock_, ids, size_t{1} << 20, RunSerially);
  ExpectSame(Run(*store, first, facts, random,
                 [&](const std::vector<StatedFact>& all) {
                   std::vector<std::vector<StatedFact>> shares(kWriters);
                   // What is taken back was stated by the same writer before.
                   for (const StatedFact& fact : all) {
                     shares[std::hash<std::string>()(fact.record) % kWriters].push_back(fact);
                   }
                   std::vector<std::thread> writers;
                   for (size_t i = 0; i < kWriters; ++i) {
                     writers.emplace_back([&, i, seed = random()] {
                       std::mt19937_64 own(seed);
                       TakeInBatches(i % 2 == 0 ? first : second, call_, shares[i], 4, own);
                     });
                   }
                   for (std::thread& writer : writers) writer.join();
                 }),
             expected);
}

std::string StoreName(const testing::TestParamInfo<BackendKind>& store) {
  return storage::transfer::NameOf(store.param);
}
INSTANTIATE_TEST_SUITE_P(Stores, IdentityStoresTest,
                         testing::Values(BackendKind::kMemory, BackendKind::kRocksDb,
                                         BackendKind::kMariaDb),
                         StoreName);

}  // namespace
}  // namespace yilan::core
