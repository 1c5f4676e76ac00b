// The observed decorator: it tells what was done, and does nothing else.
#include "storage/observed_store.h"

#include <set>
#include <string>

#include "absl/time/clock.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "storage/memory/memory_store.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

class Recorder final : public OperationObserver {
 public:
  void Observe(const Observation& observation) override {
    MutexLock lock(mutex_);
    seen_.push_back(observation);
  }
  std::vector<Observation> seen() {
    MutexLock lock(mutex_);
    return seen_;
  }

 private:
  Mutex mutex_;
  std::vector<Observation> seen_ ABSL_GUARDED_BY(mutex_);
};

// Passes the whole suite: the decorator is a store like another.
Backend Observed() {
  return {.name = "Observed",
          .open = [recorder = std::make_shared<Recorder>()](const std::string&) {
            return std::make_unique<ObservedStore>(NewMemoryStore(), *recorder);
          }};
}
INSTANTIATE_TEST_SUITE_P(Observed, Conformance, ::testing::Values(Observed()), BackendName);

class ObservedStoreTest : public ::testing::Test {
 protected:
  // What the last operation reported.
  Observation Last() {
    const std::vector<Observation> seen = recorder_.seen();
    EXPECT_FALSE(seen.empty());
    return seen.empty() ? Observation() : seen.back();
  }

  Recorder recorder_;
  ObservedStore store_{NewMemoryStore(), recorder_};
  const CustomerId customer_ = {.high = 1, .low = 2};
};

TEST_F(ObservedStoreTest, EveryOperationIsReportedOnce) {
  const auto nothing = [](const auto&) { return absl::OkStatus(); };
  EXPECT_THAT(store_.LoadCustomer({}, customer_, {}, nothing),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_.Read({}, [](Reader&) { return absl::OkStatus(); }), IsOk());
  EXPECT_THAT(
      store_.Write(
          {}, [](Reader&) { return WritePlan{}; }, [](Transaction&) { return absl::OkStatus(); }),
      IsOk());
  EXPECT_THAT(store_.Changes({}, 0, 0, 1), IsOk());
  EXPECT_THAT(store_.TrimChanges({}, 0, 0), IsOk());
  EXPECT_THAT(store_.TrimRequests({}, 0), IsOk());
  EXPECT_THAT(store_.ListCustomers({}, {}, 1), IsOk());
  EXPECT_THAT(store_.GetStatistics({}), IsOk());
  EXPECT_THAT(store_.Export({}, nothing), IsOk());
  EXPECT_THAT(store_.ReadBulk({}, nothing), IsOk());
  EXPECT_THAT(store_.Import({}, {}), IsOk());
  EXPECT_THAT(store_.CheckReady({}), IsOk());
  std::vector<Operation> operations;
  for (const Observation& each : recorder_.seen()) operations.push_back(each.operation);
  std::vector<Operation> expected;
  for (int i = 0; i < kOperations; ++i) expected.push_back(static_cast<Operation>(i));
  EXPECT_EQ(operations, expected);
}

TEST_F(ObservedStoreTest, EveryOperationHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i < kOperations; ++i) {
    names.emplace(OperationName(static_cast<Operation>(i)));
  }
  EXPECT_EQ(names.size(), size_t{kOperations});
  EXPECT_FALSE(names.contains("unknown"));
}

TEST_F(ObservedStoreTest, TheCodeIsTheOneReturned) {
  EXPECT_THAT(store_.Changes({}, -1, 0, 1), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(Last().code, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(store_.Read({}, [](Reader&) { return absl::DataLossError("x"); }),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(Last().code, absl::StatusCode::kDataLoss);
  EXPECT_THAT(store_.CheckReady({}), IsOk());
  EXPECT_EQ(Last().code, absl::StatusCode::kOk);
}

TEST_F(ObservedStoreTest, TheLatencyIsFromCallToReturn) {
  const absl::Duration wanted = absl::Milliseconds(5);
  const absl::Time begin = absl::Now();
  EXPECT_THAT(store_.Read({},
                          [&](Reader&) {
                            while (absl::Now() < begin + wanted) {
                            }
                            return absl::OkStatus();
                          }),
              IsOk());
  // The clocks differ: one may be set while this runs, but hardly by more than the wait.
  EXPECT_GT(Last().latency, wanted / 2);
  EXPECT_LT(Last().latency, absl::Seconds(60));
}

TEST_F(ObservedStoreTest, AWriteCountsTheRunsOfItsBody) {
  int runs = 0;
  EXPECT_THAT(store_.Write(
                  {}, [](Reader&) { return WritePlan{}; },
                  [&](Transaction&) { return ++runs < 3 ? Replan() : absl::OkStatus(); }),
              IsOk());
  EXPECT_EQ(Last().runs, 3);
  EXPECT_THAT(
      store_.Write(
          {}, [](Reader&) -> absl::StatusOr<WritePlan> { return absl::CancelledError("no plan"); },
          [](Transaction&) { return absl::OkStatus(); }),
      StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(Last().runs, 0);
}

}  // namespace
}  // namespace yilan::storage
