#include "core/matching/match_model.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using ::testing::HasSubstr;

TEST(ShippedMatchModel, IsAModelWithEveryFieldAndRule) {
  const auto model = MatchModel::Make(ShippedMatchModel());
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ((*model)->version(), "shipped-1");
  for (const Field field : kFields) {
    EXPECT_NE((*model)->Of(field, Level::kDifferent).weight, 0) << static_cast<int>(field);
  }
  for (int rule = 1; rule < v1::BlockingRule_ARRAYSIZE; ++rule) {
    EXPECT_GE((*model)->BlockCap(static_cast<v1::BlockingRule>(rule)), 2u) << rule;
  }
}

TEST(ShippedMatchModel, HoldsTheSameForABetterSignThanAWorseOne) {
  const auto model = MatchModel::Make(ShippedMatchModel());
  for (const Field field : kFields) {
    if (field == Field::kNameOrder) continue;
    EXPECT_GT((*model)->Of(field, Level::kExact).weight, 0);
    EXPECT_LT((*model)->Of(field, Level::kDifferent).weight, 0);
  }
}

v1::FieldParameters& Find(v1::MatchModel& model, v1::MatchField field) {
  for (v1::FieldParameters& parameters : *model.mutable_fields()) {
    if (parameters.field() == field) return parameters;
  }
  ADD_FAILURE() << "no such field";
  return *model.add_fields();
}

TEST(MatchModel, RefusesWhatIsNoModelAndSaysWhy) {
  const auto refuse = [](const auto& change, const char* why) {
    v1::MatchModel model = ShippedMatchModel();
    change(model);
    const auto made = MatchModel::Make(model);
    EXPECT_THAT(made, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(made.status().message()), HasSubstr(why));
  };
  refuse([](v1::MatchModel& model) { model.clear_version(); }, "version");
  refuse([](v1::MatchModel& model) { model.set_prior(1); }, "prior");
  refuse([](v1::MatchModel& model) { model.set_join_probability(0); }, "join_probability");
  refuse([](v1::MatchModel& model) { model.set_review_probability(1); }, "review_probability");
  refuse(
      [](v1::MatchModel& model) { Find(model, v1::MATCH_FIELD_SEX).mutable_levels(0)->set_m(0); },
      "MATCH_FIELD_SEX");
  refuse(
      [](v1::MatchModel& model) { Find(model, v1::MATCH_FIELD_SEX).mutable_levels(0)->set_m(0.5); },
      "add up to 1");
  refuse(
      [](v1::MatchModel& model) {
        Find(model, v1::MATCH_FIELD_SEX).mutable_levels()->RemoveLast();
      },
      "lacks the level MATCH_LEVEL_DIFFERENT");
  refuse(
      [](v1::MatchModel& model) {
        Find(model, v1::MATCH_FIELD_SEX).mutable_levels(0)->set_level(v1::MATCH_LEVEL_NEAR);
      },
      "has no level");
  refuse([](v1::MatchModel& model) { model.mutable_term_frequencies(0)->set_other_frequency(2); },
         "other_frequency");
  refuse([](v1::MatchModel& model) { model.mutable_look_alikes(0)->set_relative_frequency(0); },
         "relative_frequency");
  refuse([](v1::MatchModel& model) { model.mutable_blocking(0)->set_cap(1); }, "cap");
}

}  // namespace
}  // namespace yilan::core
