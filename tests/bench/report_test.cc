#include "tests/bench/report.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/status_matchers.h"

namespace yilan::bench {
namespace {

TEST(Report, ARatioIsTheValueOverThatOfTheReference) {
  Report report("s");
  report.Add("floor", 200, "calls/s");
  EXPECT_DOUBLE_EQ(*report.Add("view", 150, "calls/s").Against("floor").ratio(), 0.75);
}

TEST(Report, ABarOnARatioHoldsFromItsLimitOn) {
  Report report("s");
  report.Add("floor", 100, "calls/s");
  EXPECT_EQ(report.Add("a", 85, "calls/s").Against("floor").RatioAtLeast(0.85).holds(), true);
  EXPECT_EQ(report.Add("b", 84, "calls/s").Against("floor").RatioAtLeast(0.85).holds(), false);
  EXPECT_EQ(report.Add("c", 126, "us").Against("floor").RatioAtMost(1.25).holds(), false);
}

TEST(Report, ABarOnAValueHoldsFromItsLimitOn) {
  Report report("s");
  EXPECT_EQ(report.Add("a", 5, "ms").AtMost(5).holds(), true);
  EXPECT_EQ(report.Add("b", 39'999, "facts/s").AtLeast(40'000).holds(), false);
}

TEST(Report, AFigureWithoutABarNeitherHoldsNorFails) {
  Report report("s");
  EXPECT_EQ(report.Add("a", 5, "ms").holds(), std::nullopt);
  EXPECT_TRUE(report.AllHold());
}

TEST(Report, ARatioToAFigureThatIsNotThereDoesNotHold) {
  Report report("s");
  EXPECT_EQ(report.Add("a", 5, "ms").Against("no such figure").RatioAtMost(1e9).holds(), false);
  EXPECT_FALSE(report.AllHold());
}

TEST(Report, SlackLoosensBarsBothWays) {
  Report report("s", 2);
  EXPECT_EQ(report.Add("a", 10, "ms").AtMost(5).holds(), true);
  EXPECT_EQ(report.Add("b", 11, "ms").AtMost(5).holds(), false);
  EXPECT_EQ(report.Add("c", 20, "1/s").AtLeast(40).holds(), true);
  EXPECT_EQ(report.Add("d", 19, "1/s").AtLeast(40).holds(), false);
}

TEST(Report, TheFileIsAListOfFiguresWithTheFieldsThatAreDocumented) {
  Report report("s");
  report.Add("floor \"raw\"", 200, "calls/s");
  report.Add("view", 100, "calls/s").Against("floor \"raw\"").RatioAtLeast(0.85);
  report.Add("broken", std::nan(""), "ms");
  const std::string path = testing::TempDir() + "/report_test.json";
  ASSERT_THAT(report.WriteJson(path), IsOk());
  std::ifstream file(path);
  const nlohmann::json figures = nlohmann::json::parse(file);
  ASSERT_EQ(figures.size(), 3u);
  EXPECT_EQ(figures[1], nlohmann::json({{"name", "view"},
                                        {"value", 100},
                                        {"unit", "calls/s"},
                                        {"reference", "floor \"raw\""},
                                        {"ratio", 0.5},
                                        {"bar", "ratio >= 0.85"},
                                        {"holds", false}}));
  EXPECT_TRUE(figures[0]["holds"].is_null());
  EXPECT_TRUE(figures[2]["value"].is_null());
}

TEST(Report, AFileThatCannotBeWrittenIsAnError) {
  EXPECT_THAT(Report("s").WriteJson("/no/such/directory/s.json"),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace yilan::bench
