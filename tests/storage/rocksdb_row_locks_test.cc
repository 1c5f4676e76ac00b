#include "storage/rocksdb/row_locks.h"

#include <atomic>
#include <random>
#include <thread>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"

namespace yilan::storage::rocks {
namespace {

const LockId kA = KeyLock("a");
const LockId kB = KeyLock("b");

TEST(RowLocks, AreFreeAgainWhenTheirHolderGoes) {
  RowLocks locks;
  { EXPECT_THAT(locks.Acquire({kA, kB}, absl::InfiniteFuture()), IsOk()); }
  EXPECT_THAT(locks.Acquire({kA}, absl::Now()), IsOk());
}

TEST(RowLocks, AreHeldByOneAtATime) {
  RowLocks locks;
  const auto held = locks.Acquire({kA}, absl::InfiniteFuture());
  EXPECT_THAT(locks.Acquire({kA}, absl::Now() + absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(locks.Acquire({kB}, absl::Now()), IsOk());
}

TEST(RowLocks, MayBeNamedTwice) {
  RowLocks locks;
  EXPECT_THAT(locks.Acquire({kA, kB, kA}, absl::InfiniteFuture()), IsOk());
  EXPECT_THAT(locks.Acquire({kA, kB}, absl::Now()), IsOk());
}

TEST(RowLocks, ThatWereTakenBeforeTheDeadlineCameAreGivenBack) {
  RowLocks locks;
  const auto held = locks.Acquire({std::max(kA, kB)}, absl::InfiniteFuture());
  EXPECT_THAT(locks.Acquire({kA, kB}, absl::Now() + absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(locks.Acquire({std::min(kA, kB)}, absl::Now()), IsOk());
}

TEST(RowLocks, OfCustomersComeBeforeThoseOfKeysAndRequests) {
  for (uint64_t n = 0; n < 100; ++n) {
    const std::string name(1, static_cast<char>(n));
    EXPECT_LT(CustomerLock({n, n}), KeyLock(name));
    EXPECT_LT(KeyLock(name), RequestLock({name, name}));
  }
}

// Random sets of few locks, so that everybody waits for everybody.
TEST(RowLocks, ExcludeEachOtherWithoutDeadlock) {
  constexpr int kThreads = 8;
  constexpr int kLocks = 6;
  RowLocks locks;
  int64_t guarded[kLocks] = {};  // Not atomic: a lost exclusion loses counts.
  std::atomic<int64_t> expected[kLocks] = {};
  std::atomic<int> timeouts = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(static_cast<uint32_t>(thread));
      for (int round = 0; round < 2000; ++round) {
        const uint32_t wanted = random() % (1u << kLocks);
        std::vector<LockId> ids;
        for (int i = kLocks - 1; i >= 0; --i) {
          if ((wanted >> i & 1) != 0) ids.push_back(KeyLock(std::string(1, static_cast<char>(i))));
        }
        // Now and then somebody gives up, which must not confuse the others.
        const bool hurried = random() % 8 == 0;
        const auto held = locks.Acquire(
            ids, hurried ? absl::Now() + absl::Microseconds(10) : absl::InfiniteFuture());
        if (!held.ok()) {
          ++timeouts;
          continue;
        }
        for (int i = 0; i < kLocks; ++i) {
          if ((wanted >> i & 1) == 0) continue;
          ++guarded[i];
          ++expected[i];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kLocks; ++i) EXPECT_EQ(guarded[i], expected[i]);
}

}  // namespace
}  // namespace yilan::storage::rocks
