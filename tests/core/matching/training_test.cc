#include "core/matching/training.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/matching/bulk_match.h"
#include "core/matching/patterns.h"
#include "gtest/gtest.h"
#include "tests/core/matching/made_up_people.h"
#include "tests/core/matching/seed.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

// Draws a level of each field; `first` gets what is left.
Pattern DrawPattern(Seed& seed, const std::vector<std::pair<Field, double>>& agreement) {
  PartyComparison comparison;
  for (const auto& [field, probability] : agreement) {
    comparison[field].level = seed.Chance(probability) ? Level::kExact : Level::kDifferent;
  }
  return PatternOf(comparison);
}

TEST(MaximizeExpectation, RecoversWhatPairsWereDrawnFrom) {
  Seed seed;
  const std::vector<std::pair<Field, double>> m = {{Field::kGivenName, 0.9},
                                                   {Field::kFamilyName, 0.8},
                                                   {Field::kBirthDate, 0.95},
                                                   {Field::kPlace, 0.7}};
  const std::vector<std::pair<Field, double>> u = {{Field::kGivenName, 0.02},
                                                   {Field::kFamilyName, 0.05},
                                                   {Field::kBirthDate, 0.01},
                                                   {Field::kPlace, 0.1}};
  PatternCounts counts;
  constexpr int kPairs = 50000;
  constexpr double kMatchShare = 0.3;
  for (int i = 0; i < kPairs; ++i) {
    counts.Add(DrawPattern(seed, seed.Chance(kMatchShare) ? m : u));
  }
  MixtureStart start = {.classes = std::vector<MixtureClass>(1), .u = {}, .used = {}};
  MixtureClass& matches = start.classes[0];
  matches.first = matches.least = {};
  for (auto& levels : matches.most) levels.fill(1);
  matches.learnt.fill(true);
  start.used.fill(true);
  for (const auto& [field, probability] : u) {
    start.u[Index(field)][Index(Level::kExact)] = probability;
    start.u[Index(field)][Index(Level::kDifferent)] = 1 - probability;
    matches.first[Index(field)][Index(Level::kExact)] = 0.6;
    matches.first[Index(field)][Index(Level::kDifferent)] = 0.4;
  }
  const Mixture found = MaximizeExpectation(counts.Sorted(), start, 1);
  EXPECT_NEAR(found.classes[0].pairs / kPairs, kMatchShare, 0.01);
  for (const auto& [field, probability] : m) {
    EXPECT_NEAR(found.classes[0].levels[Index(field)][Index(Level::kExact)] /
                    found.classes[0].fields[Index(field)],
                probability, 0.015);
  }
}

TEST(LimitLevels, KeepsTheSum) {
  std::array<double, kLevelLimit> least = {};
  std::array<double, kLevelLimit> most = {};
  most.fill(1);
  most[7] = 0.1;
  std::array<double, kLevelLimit> levels = {0, 0.5, 0, 0, 0.1, 0, 0, 0.4};
  LimitLevels(least, most, levels);
  EXPECT_DOUBLE_EQ(levels[7], 0.1);
  EXPECT_NEAR(levels[1] + levels[4] + levels[7], 1, 1e-12);
}

v1::MatchModel Train(const LinkageData& data, size_t threads = 2) {
  const auto model = TrainMatchModel(Pack(data), ShippedMatchModel(),
                                     {.version = "test",
                                      .first_set = data.first_set,
                                      .threads = threads,
                                      .most_random_pairs = 300'000});
  EXPECT_THAT(model, IsOk());
  return *model;
}

TEST(TrainMatchModel, IsDeterministicOnAnyNumberOfThreads) {
  const LinkageData data = MakeUpPeople({.people = 800, .phones = true});
  EXPECT_EQ(Train(data, 1).SerializeAsString(), Train(data, 3).SerializeAsString());
}

TEST(TrainMatchModel, FindsHowManyMatchesThereAre) {
  const LinkageData data = MakeUpPeople({.people = 2000, .link = true, .families = 0});
  const double pairs = 2000.0 * 2000.0;
  EXPECT_NEAR(Train(data).prior() * pairs, 2000, 200);
}

TEST(TrainMatchModel, KeepsTheBaseWhereTheRecordsSayNothing) {
  const v1::MatchModel model = Train(MakeUpPeople({.people = 600}));
  const auto find = [](const v1::MatchModel& in, v1::MatchField field) {
    for (const v1::FieldParameters& parameters : in.fields()) {
      if (parameters.field() == field) return parameters.SerializeAsString();
    }
    return std::string();
  };
  for (const v1::MatchField field :
       {v1::MATCH_FIELD_PHONE, v1::MATCH_FIELD_EMAIL, v1::MATCH_FIELD_DOCUMENT}) {
    EXPECT_EQ(find(model, field), find(ShippedMatchModel(), field));
    EXPECT_NE(std::find(model.provenance().untrained_fields().begin(),
                        model.provenance().untrained_fields().end(), field),
              model.provenance().untrained_fields().end());
  }
  EXPECT_NE(find(model, v1::MATCH_FIELD_GIVEN_NAME),
            find(ShippedMatchModel(), v1::MATCH_FIELD_GIVEN_NAME));
}

TEST(TrainMatchModel, MakesAModelOfAnyRecords) {
  // Strangers alone, two records, one record many times.
  LinkageData copies = MakeUpPeople({.people = 1, .most_duplicates = 1, .errors = 0});
  for (int i = 0; i < 5; ++i) {
    copies.records.insert(copies.records.end(), copies.records.begin(), copies.records.begin() + 1);
  }
  for (const LinkageData& data :
       {MakeUpPeople({.people = 500, .duplicated = 0}), MakeUpPeople({.people = 1}), copies}) {
    EXPECT_THAT(MatchModel::Make(Train(data)), IsOk());
  }
}

TEST(TrainMatchModel, HasNoPersonalDataInItsFrequencies) {
  LinkageData data = MakeUpPeople({.people = 300, .phones = true});
  for (size_t i = 0; i < 50; ++i) {
    data.records[i].add_contact_media()->set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    data.records[i].mutable_contact_media()->rbegin()->set_value("+61491570006");
  }
  const v1::MatchModel model = Train(data);
  bool has_phones = false;
  for (const v1::TermFrequencies& frequencies : model.term_frequencies()) {
    has_phones = has_phones || frequencies.field() == v1::MATCH_FIELD_PHONE;
  }
  EXPECT_TRUE(has_phones);
  EXPECT_EQ(model.DebugString().find("61491570006"), std::string::npos);
}

TEST(TrainMatchModel, TellsItsProgressAndCanBeCancelled) {
  const PackedParties parties = Pack(MakeUpPeople({.people = 300}));
  double last = 0;
  ASSERT_THAT(TrainMatchModel(parties, ShippedMatchModel(),
                              {.version = "test",
                               .progress =
                                   [&](double part, absl::string_view stage) {
                                     EXPECT_GE(part, last);
                                     EXPECT_FALSE(stage.empty());
                                     last = part;
                                     return true;
                                   }}),
              IsOk());
  EXPECT_EQ(last, 1);
  EXPECT_THAT(TrainMatchModel(
                  parties, ShippedMatchModel(),
                  {.version = "test", .progress = [](double, absl::string_view) { return false; }}),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(TrainMatchModel, RefusesFewerThanTwoRecords) {
  EXPECT_THAT(TrainMatchModel(PackedParties(), ShippedMatchModel(), {.version = "test"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// Other people, error rates and fields than any public file: nothing is made for one file. Floors
// are a little below what is reached.
struct Made {
  const char* name;
  MadeUpOptions options;
  double f1;         // At .5.
  double precision;  // At .99.
};

class MadeUp : public ::testing::TestWithParam<Made> {};

TEST_P(MadeUp, IsMatchedByAModelTrainedOnIt) {
  const LinkageData data = MakeUpPeople(GetParam().options);
  const auto model = MatchModel::Make(Train(data));
  const auto result = BulkMatch(**model, Pack(data), {.first_set = data.first_set, .threads = 2});
  ASSERT_THAT(result, IsOk());
  EXPECT_GE(Judge(data, result->pairs, 0.5).F1(), GetParam().f1);
  EXPECT_GE(Judge(data, result->pairs, 0.99).Precision(), GetParam().precision);
}

INSTANTIATE_TEST_SUITE_P(
    All, MadeUp,
    ::testing::Values(
        Made{"clean", {.people = 3000, .link = true, .errors = 0.5}, 0.97, 0.998},
        Made{"usual", {.people = 3000, .link = true}, 0.94, 0.998},
        Made{"no_families", {.people = 3000, .link = true, .families = 0}, 0.96, 0.999},
        Made{"bad", {.people = 3000, .link = true, .errors = 4}, 0.88, 0.998},
        Made{"one_file", {.people = 600}, 0.93, 0.99},
        Made{
            "many_records", {.people = 1000, .most_duplicates = 5, .duplicated = 0.6}, 0.90, 0.998},
        Made{"few_duplicates", {.people = 3000, .duplicated = 0.05}, 0.85, 0.97},
        Made{"all_fields",
             {.people = 3000, .link = true, .documents = true, .phones = true, .emails = true},
             0.995,
             0.999},
        Made{"no_birth_dates",
             {.people = 3000, .link = true, .birth_dates = false, .documents = true},
             0.95,
             0.998},
        Made{"no_addresses", {.people = 3000, .link = true, .addresses = false}, 0.84, 0.998}),
    [](const auto& made) { return std::string(made.param.name); });

}  // namespace
}  // namespace yilan::core
