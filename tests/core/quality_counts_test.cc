// What a scorecard counts with: shared values in bounded memory, and durations.
#include <cmath>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/quality/duration_counts.h"
#include "core/quality/shared_values.h"
#include "gtest/gtest.h"

namespace yilan::core {
namespace {

TEST(SharedValues, AValueOfOneCustomerIsUniqueHoweverOftenItIsStated) {
  SharedValues values(1000);
  values.Add(1, "a", {1, 1});
  values.Add(1, "a", {1, 1});
  values.Add(2, "a", {1, 1});
  EXPECT_EQ(values.Count()[1].distinct, 1);
  EXPECT_EQ(values.Count()[1].unique, 1);
  EXPECT_EQ(values.Count()[2].unique, 1);
}

TEST(SharedValues, AValueOfTwoCustomersIsSharedInEveryGroupThatStatesIt) {
  SharedValues values(1000);
  values.Add(1, "a", {1, 1});
  values.Add(1, "b", {1, 1});
  values.Add(2, "a", {1, 2});
  auto count = values.Count();
  EXPECT_EQ(count[1].distinct, 2);
  EXPECT_EQ(count[1].unique, 1);
  EXPECT_EQ(count[2].distinct, 1);
  EXPECT_EQ(count[2].unique, 0);
  EXPECT_EQ(values.sampling(), 1);
}

TEST(SharedValues, BeyondItsBoundItKeepsASampleThatTellsTheShare) {
  constexpr int kCustomers = 200000;
  SharedValues values(10000);
  for (uint64_t i = 0; i < kCustomers; ++i) {
    values.Add(0, absl::StrCat("own ", i), {1, i});
    // Every fourth customer shares a number with its neighbour: a fifth of all values is shared.
    if (i % 4 < 2) values.Add(0, absl::StrCat("shared ", i / 4), {1, i});
  }
  EXPECT_GT(values.sampling(), 1);
  const SharedValues::Figures figures = values.Count()[0];
  EXPECT_LE(figures.distinct, 10000);
  EXPECT_GT(figures.distinct, 2000);
  // Values: 200,000 of their own and 50,000 shared ones. Five standard deviations of the sample.
  EXPECT_NEAR(static_cast<double>(figures.unique) / static_cast<double>(figures.distinct), 0.8,
              5 * std::sqrt(0.16 / static_cast<double>(figures.distinct)));
}

TEST(DurationCounts, QuantilesAreAccurateToAnEighth) {
  DurationCounts counts;
  for (int i = 1; i <= 1000; ++i) counts.Add(int64_t{1000000} * i);
  for (const double share : {0.01, 0.5, 0.9, 0.99}) {
    const double exact = share * 1000 * 1000000;
    const auto told = static_cast<double>(counts.Quantile(share));
    EXPECT_GE(told, exact * 0.999);
    EXPECT_LE(told, exact * 1.126);
  }
  EXPECT_EQ(counts.Quantile(1), 1000000000);
  EXPECT_EQ(counts.max(), 1000000000);
}

TEST(DurationCounts, EdgesAndExtremesHaveTheirPlace) {
  DurationCounts none;
  EXPECT_EQ(none.Quantile(0.5), 0);
  for (const int64_t duration : {int64_t{0}, int64_t{7}, int64_t{8}, int64_t{9}, int64_t{1} << 40,
                                 kMaxTime, kMaxTime - kMinTime}) {
    DurationCounts one;
    one.Add(duration);
    EXPECT_EQ(one.Quantile(0.5), duration);
  }
  DurationCounts negative;
  negative.Add(-5);
  EXPECT_EQ(negative.Quantile(0.99), 0);
  EXPECT_EQ(negative.count(), 1);
}

}  // namespace
}  // namespace yilan::core
