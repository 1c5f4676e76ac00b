// Whose revision is asked for together with others', and whose is not.
#include "storage/mysql/revision_reads.h"

#include <atomic>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

using ::testing::Optional;

CustomerId Customer(uint64_t n) { return {.high = 1, .low = n}; }

// Statements that wait until they are let through; customer n is at revision n, and 13 is not
// there.
class Statements {
 public:
  absl::Status Read(absl::Span<const CustomerId> customers, absl::Time deadline,
                    std::vector<std::optional<Revision>>& revisions) {
    MutexLock lock(mutex_);
    sizes_.push_back(customers.size());
    changed_.SignalAll();
    while (!open_ && absl::Now() < deadline) changed_.WaitFor(mutex_, deadline - absl::Now());
    if (!open_) return absl::DeadlineExceededError("");
    for (const CustomerId customer : customers) {
      revisions.push_back(customer.low == 13 ? std::nullopt : std::optional(customer.low));
    }
    return error_;
  }
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.SignalAll();
  }
  void Fail() {
    MutexLock lock(mutex_);
    error_ = absl::UnavailableError("");
  }
  // How many customers each statement asked for, once there are as many statements.
  std::vector<size_t> Sizes(size_t statements) {
    MutexLock lock(mutex_);
    while (sizes_.size() < statements) changed_.Wait(mutex_);
    return sizes_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> sizes_ ABSL_GUARDED_BY(mutex_);
};

constexpr uint64_t kFirst = RevisionReads::kAtOnce;

class RevisionReadsTest : public ::testing::Test {
 protected:
  ~RevisionReadsTest() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void Ask(uint64_t n, absl::Time deadline = absl::InfiniteFuture()) {
    threads_.emplace_back([this, n, deadline] {
      const auto revision = reads_.Get(Customer(n), deadline);
      MutexLock lock(mutex_);
      answers_.emplace_back(n, revision);
      answered_.SignalAll();
    });
  }
  using Answers = std::vector<std::pair<uint64_t, absl::StatusOr<std::optional<Revision>>>>;
  Answers WaitFor(size_t answers) {
    MutexLock lock(mutex_);
    while (answers_.size() < answers) answered_.Wait(mutex_);
    return answers_;
  }

  Statements statements_;
  RevisionReads reads_{[this](absl::Span<const CustomerId> customers, absl::Time deadline,
                              std::vector<std::optional<Revision>>& revisions) {
    return statements_.Read(customers, deadline, revisions);
  }};
  Mutex mutex_;
  CondVar answered_;
  Answers answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

TEST_F(RevisionReadsTest, WhoComesWhileManyStatementsAreUnderWayAsksWithTheOthers) {
  for (uint64_t n = 1; n <= kFirst; ++n) Ask(n);
  statements_.Sizes(kFirst);
  for (uint64_t n = kFirst + 1; n <= kFirst + 20; ++n) Ask(n);
  while (reads_.waiting() < 20) std::this_thread::yield();
  statements_.Open();
  for (const auto& [n, revision] : WaitFor(kFirst + 20)) {
    ASSERT_THAT(revision, IsOk());
    if (n == 13) {
      EXPECT_EQ(*revision, std::nullopt);
    } else {
      EXPECT_THAT(*revision, Optional(n));
    }
  }
  // One more statement, or as many as ended at the same moment.
  const std::vector<size_t> sizes = statements_.Sizes(kFirst + 1);
  EXPECT_LE(sizes.size(), 2 * kFirst);
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), size_t{0}), kFirst + 20);
}

TEST_F(RevisionReadsTest, TheErrorOfAStatementGoesToAllWhomItAskedFor) {
  statements_.Fail();
  for (uint64_t n = 1; n <= 8; ++n) Ask(n);
  statements_.Open();
  for (const auto& [n, revision] : WaitFor(8)) {
    EXPECT_THAT(revision, StatusIs(absl::StatusCode::kUnavailable)) << n;
  }
}

TEST_F(RevisionReadsTest, WhoeverWaitsKeepsHisDeadline) {
  for (uint64_t n = 1; n <= kFirst; ++n) Ask(n);
  statements_.Sizes(kFirst);
  Ask(77, absl::Now() + absl::Milliseconds(10));
  const Answers answers = WaitFor(1);
  EXPECT_EQ(answers[0].first, 77u);
  EXPECT_THAT(answers[0].second, StatusIs(absl::StatusCode::kDeadlineExceeded));
  statements_.Open();
  WaitFor(kFirst + 1);
}

TEST_F(RevisionReadsTest, AnothersDeadlineIsNoneOfMine) {
  // The statement of one with a near deadline asks for others too.
  const absl::Time soon = absl::Now() + absl::Milliseconds(50);
  for (uint64_t n = 1; n <= kFirst; ++n) Ask(n, soon);
  statements_.Sizes(kFirst);
  for (uint64_t n = 101; n <= 104; ++n) Ask(n, n % 2 == 0 ? absl::InfiniteFuture() : soon);
  WaitFor(kFirst + 2);  // The first, 101 and 103.
  statements_.Open();
  for (const auto& [n, revision] : WaitFor(kFirst + 4)) {
    if (n == 102 || n == 104) {
      ASSERT_THAT(revision, IsOk());
      EXPECT_THAT(*revision, Optional(n));
    } else {
      EXPECT_THAT(revision, StatusIs(absl::StatusCode::kDeadlineExceeded)) << n;
    }
  }
}

TEST_F(RevisionReadsTest, NobodyIsForgottenUnderManyThreads) {
  statements_.Open();
  constexpr uint64_t kThreads = 16;
  constexpr uint64_t kCalls = 500;
  std::atomic<uint64_t> right{0};
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads_.emplace_back([&, thread] {
      for (uint64_t i = 1; i <= kCalls; ++i) {
        const uint64_t n = 100 + thread * kCalls + i;
        const auto revision = reads_.Get(Customer(n), absl::InfiniteFuture());
        if (revision.ok() && *revision == n) ++right;
      }
    });
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  EXPECT_EQ(right, kThreads * kCalls);
}

}  // namespace
}  // namespace yilan::storage::mysql
