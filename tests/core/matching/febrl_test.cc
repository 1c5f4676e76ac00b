// Public data with known answers, through the import mapping: without labels, and with the
// parameters that come with Yilan. docs/identity.md has the figures.
#include <memory>
#include <string>
#include <vector>

#include "core/matching/bulk_match.h"
#include "core/matching/training.h"
#include "gtest/gtest.h"
#include "tests/core/matching/linkage_data.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

constexpr char kData[] = YILAN_TEST_DATA;

enum class Documents { kKept, kLeftOut };

LinkageData Read(const std::vector<std::string>& files, Documents documents) {
  std::vector<std::string> paths;
  for (const std::string& file : files) paths.push_back(std::string(kData) + "/" + file);
  absl::StatusOr<LinkageData> data = ReadFebrl(paths, std::string(kData) + "/febrl.mapping.yaml");
  EXPECT_TRUE(data.ok()) << data.status();
  if (documents == Documents::kLeftOut) {
    for (v1::SourceRecord& record : data->records) record.clear_identifications();
  }
  return *std::move(data);
}

LinkageQuality Match(const LinkageData& data, const PackedParties& parties,
                     const v1::MatchModel& parameters) {
  const auto model = MatchModel::Make(parameters);
  EXPECT_TRUE(model.ok()) << model.status();
  const auto result = BulkMatch(**model, parties, {.first_set = data.first_set, .threads = 2});
  EXPECT_TRUE(result.ok()) << result.status();
  return Judge(data, result->pairs, 0.5);
}

LinkageQuality MatchTrained(const LinkageData& data) {
  const PackedParties parties = Pack(data);
  const auto trained = TrainMatchModel(
      parties, ShippedMatchModel(),
      {.version = "test", .first_set = data.first_set, .threads = 2, .most_random_pairs = 500'000});
  EXPECT_TRUE(trained.ok()) << trained.status();
  return Match(data, parties, *trained);
}

LinkageQuality MatchShipped(const LinkageData& data) {
  return Match(data, Pack(data), ShippedMatchModel());
}

TEST(Febrl4, IsLinkedByAModelTrainedOnItselfWithoutLabels) {
  const LinkageQuality quality =
      MatchTrained(Read({"dataset4a.csv", "dataset4b.csv"}, Documents::kKept));
  EXPECT_GE(quality.F1(), 0.998);
  EXPECT_LE(quality.false_pairs, 1u);
}

TEST(Febrl4, IsLinkedByTheShippedParameters) {
  const LinkageQuality quality =
      MatchShipped(Read({"dataset4a.csv", "dataset4b.csv"}, Documents::kKept));
  EXPECT_GE(quality.F1(), 0.993);
  EXPECT_LE(quality.false_pairs, 1u);
}

TEST(Febrl4, IsLinkedByNamesAddressesAndBirthDatesAlone) {
  const LinkageQuality quality =
      MatchTrained(Read({"dataset4a.csv", "dataset4b.csv"}, Documents::kLeftOut));
  EXPECT_GE(quality.F1(), 0.99);
  EXPECT_LE(quality.false_pairs, 1u);
}

TEST(Febrl1, IsMatchedWithItselfByAModelTrainedOnIt) {
  const LinkageQuality quality = MatchTrained(Read({"dataset1.csv"}, Documents::kKept));
  EXPECT_GE(quality.F1(), 0.99);
  EXPECT_LE(quality.false_pairs, 1u);
}

TEST(Febrl1, IsMatchedWithItselfByTheShippedParameters) {
  EXPECT_GE(MatchShipped(Read({"dataset1.csv"}, Documents::kKept)).F1(), 0.99);
}

}  // namespace
}  // namespace yilan::core
