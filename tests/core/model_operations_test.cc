// Match models of a store: kept, trained, looked at and made to hold; and that matching many
// records at once gives the customers that they became one by one.
#include "core/identity/model_operations.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check/check.h"
#include "core/errors.h"
#include "core/identity/partition_difference.h"
#include "tests/core/core_fixture.h"
#include "tests/identity_data/labelled_records.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class ModelOperationsTest : public CoreTest {
 protected:
  // Records of made-up Chinese people, as several systems have them.
  void TakePeople(size_t people) {
    const auto records =
        identity_data::MakeRecords({.seed = 7, .people = people, .companies = people / 20});
    std::vector<std::string> bytes;
    for (const identity_data::LabelledRecord& one : records) {
      v1::Fact fact;
      *fact.mutable_source_record() = one.record;
      bytes.push_back(fact.SerializeAsString());
      if (bytes.size() < 50) continue;
      TakeBytes(bytes);
    }
    TakeBytes(bytes);
  }
  void TakeBytes(std::vector<std::string>& bytes) {
    const std::vector<absl::string_view> facts(bytes.begin(), bytes.end());
    for (const auto& result : platform_.ingest.TakeBatch(call_, facts)) {
      ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
    }
    bytes.clear();
  }

  v1::ModelOperation AwaitEnd() {
    while (true) {
      v1::GetModelOperationResponse response;
      EXPECT_THAT(platform_.model_operations.GetOperation(call_, {}, response), IsOk());
      if (response.operation().state() != v1::OPERATION_STATE_RUNNING) {
        return response.operation();
      }
      std::this_thread::yield();
    }
  }
  v1::ModelOperation Preview(const std::string& version) {
    v1::PreviewModelRequest request;
    request.set_request_id(NewRequestId());
    request.set_model_version(version);
    v1::PreviewModelResponse response;
    EXPECT_THAT(platform_.model_operations.Preview(call_, request, response), IsOk());
    return AwaitEnd();
  }
  v1::ModelOperation Activate(const std::string& version) {
    v1::ActivateModelRequest request;
    request.set_request_id(NewRequestId());
    request.set_model_version(version);
    v1::ActivateModelResponse response;
    EXPECT_THAT(platform_.model_operations.Activate(call_, request, response), IsOk());
    return AwaitEnd();
  }
  // The shipped model under another name, which joins at another probability.
  void Add(const std::string& version, double join_probability) {
    v1::AddModelRequest request;
    request.set_request_id(NewRequestId());
    *request.mutable_model() = ShippedMatchModel();
    request.mutable_model()->set_version(version);
    request.mutable_model()->set_join_probability(join_probability);
    request.mutable_model()->set_review_probability(std::min(.5, join_probability));
    v1::AddModelResponse response;
    ASSERT_THAT(platform_.match_models.Add(call_, request, response), IsOk());
  }
  std::vector<std::string> Versions() {
    v1::ListModelsResponse response;
    EXPECT_THAT(platform_.match_models.List(call_, {}, response), IsOk());
    std::vector<std::string> versions;
    for (const v1::ModelSummary& model : response.models()) {
      versions.push_back((model.active() ? "*" : "") + model.model_version());
    }
    return versions;
  }
  void TearDown() override {
    const auto report = CheckStore(*store_, {}, clock_.Now());
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
  }
};

TEST_F(ModelOperationsTest, AllRecordsAtOnceMakeTheCustomersThatTheyBecameOneByOne) {
  TakePeople(300);
  const v1::ModelOperation operation = Preview(ShippedModelVersion());
  ASSERT_EQ(operation.state(), v1::OPERATION_STATE_SUCCEEDED) << operation.error();
  const v1::ModelDifference& difference = operation.difference();
  EXPECT_GT(difference.source_records(), 300);
  EXPECT_LT(difference.customers_before(), difference.source_records());
  EXPECT_EQ(difference.customers_after(), difference.customers_before());
  EXPECT_EQ(difference.joined_pairs(), 0) << difference.DebugString();
  EXPECT_EQ(difference.parted_pairs(), 0) << difference.DebugString();
  EXPECT_EQ(difference.review_pairs_after(), difference.review_pairs_before());
}

// A customer whose two records only a third one held together, which was taken back since.
TEST_F(ModelOperationsTest, APreviewSeesWhatIsHeldTogetherThroughASubjectWithoutARecord) {
  const auto source = [](const std::string& key, const std::string& name) {
    return absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: 1700000000 } } name: '", name, "' }");
  };
  Take({source("A", "王小明"), source("B", "李芳华"), source("C", "张伟强")});
  for (const std::string from : {"B", "C"}) {
    auto merge = Parse<v1::MergeRequest>(
        absl::StrCat("into_customer { subject { source_system: 'crm' customer_key: 'A' } } "
                     "from_customer { subject { source_system: 'crm' customer_key: '",
                     from, "' } }"));
    merge.set_request_id(NewRequestId());
    v1::MergeResponse merged;
    ASSERT_THAT(platform_.stewardship.Merge(call_, merge, merged), IsOk());
  }
  Take(
      {"deletion { fact_type: 'source_record' source_system: 'crm' key: 'A' "
       "event_time { seconds: 1700000001 } }"});
  const v1::ModelDifference difference = Preview(ShippedModelVersion()).difference();
  EXPECT_EQ(difference.source_records(), 2);
  EXPECT_EQ(difference.customers_before(), 1);
  EXPECT_EQ(difference.customers_after(), 1);
}

TEST_F(ModelOperationsTest, WhatAPreviewSaysIsWhatActivationDoes) {
  TakePeople(200);
  Add("bold", .5);
  const v1::ModelOperation preview = Preview("bold");
  ASSERT_EQ(preview.state(), v1::OPERATION_STATE_SUCCEEDED) << preview.error();
  EXPECT_GT(preview.difference().joined_pairs(), 0);
  EXPECT_THAT(Versions(), ElementsAre("bold", "*" + ShippedModelVersion()));
  const v1::ModelOperation activation = Activate("bold");
  ASSERT_EQ(activation.state(), v1::OPERATION_STATE_SUCCEEDED) << activation.error();
  EXPECT_THAT(Versions(), ElementsAre("*bold", ShippedModelVersion()));
  EXPECT_EQ(activation.difference().joined_pairs(), preview.difference().joined_pairs());
  EXPECT_EQ(activation.difference().parted_pairs(), preview.difference().parted_pairs());
  EXPECT_EQ(activation.difference().customers_after(), preview.difference().customers_after());
  // And back again.
  const v1::ModelOperation back = Activate(ShippedModelVersion());
  EXPECT_EQ(back.difference().parted_pairs(), activation.difference().joined_pairs());
  EXPECT_EQ(back.difference().customers_after(), preview.difference().customers_before());
}

TEST_F(ModelOperationsTest, AServerThatDoesNotKnowOfTheNewModelYetDoesNotResolveByTheOld) {
  Add("bold", .5);
  Platform other(*store_, clock_, ids_, 1 << 20, RunSerially);
  ASSERT_EQ(Activate("bold").state(), v1::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(other.match_models.Active()->version(), ShippedModelVersion());
  const std::string bytes =
      Parse<v1::Fact>("source_record { source { source_system: 'crm' key: '1' } name: 'Li Lei' }")
          .SerializeAsString();
  EXPECT_EQ(other.ingest.TakeBatch(call_, {bytes})[0].outcome(), v1::FACT_OUTCOME_OK);
  EXPECT_EQ(other.match_models.Active()->version(), "bold");
  EXPECT_EQ(*other.resolver.ResolvePending(call_, clock_.Now() + 1000000, 10), 0u);
}

TEST_F(ModelOperationsTest, ATrainedModelIsKeptAndDoesNotHoldBeforeItIsActivated) {
  TakePeople(300);
  v1::TrainModelRequest request;
  request.set_request_id(NewRequestId());
  request.set_model_version("2026-11");
  request.set_description("all of it");
  request.set_join_probability(.95);
  v1::TrainModelResponse response;
  ASSERT_THAT(platform_.model_operations.Train(call_, request, response), IsOk());
  EXPECT_EQ(response.operation().state(), v1::OPERATION_STATE_RUNNING);
  const v1::ModelOperation operation = AwaitEnd();
  ASSERT_EQ(operation.state(), v1::OPERATION_STATE_SUCCEEDED) << operation.error();
  EXPECT_THAT(Versions(), ElementsAre("2026-11", "*" + ShippedModelVersion()));
  v1::GetModelRequest get;
  get.set_model_version("2026-11");
  v1::GetModelResponse got;
  ASSERT_THAT(platform_.match_models.Get(call_, get, got), IsOk());
  EXPECT_FALSE(got.active());
  EXPECT_EQ(got.model().join_probability(), .95);
  EXPECT_EQ(got.model().provenance().description(), "all of it");
  EXPECT_GT(got.model().provenance().records(), 300u);
  EXPECT_GT(got.model().term_frequencies_size(), 3);
  // Again under its name it is refused.
  request.set_request_id(NewRequestId());
  EXPECT_EQ(ReasonOf(platform_.model_operations.Train(call_, request, response)),
            v1::ERROR_REASON_MODEL_EXISTS);
  EXPECT_EQ(Activate("2026-11").state(), v1::OPERATION_STATE_SUCCEEDED);
}

TEST_F(ModelOperationsTest, WhatIsNotThereIsNotActivated) {
  v1::ActivateModelRequest request;
  request.set_request_id(NewRequestId());
  request.set_model_version("none");
  v1::ActivateModelResponse response;
  EXPECT_EQ(ReasonOf(platform_.model_operations.Activate(call_, request, response)),
            v1::ERROR_REASON_MODEL_NOT_FOUND);
  v1::PreviewModelRequest preview;
  preview.set_request_id(NewRequestId());
  preview.set_model_version("none");
  v1::PreviewModelResponse previewed;
  EXPECT_EQ(ReasonOf(platform_.model_operations.Preview(call_, preview, previewed)),
            v1::ERROR_REASON_MODEL_NOT_FOUND);
}

TEST_F(ModelOperationsTest, AModelThatIsNoneIsRefusedWithWhatIsWrong) {
  v1::AddModelRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_model() = ShippedMatchModel();
  request.mutable_model()->set_version("wrong");
  request.mutable_model()->set_prior(2);
  v1::AddModelResponse response;
  EXPECT_EQ(ReasonOf(platform_.match_models.Add(call_, request, response)),
            v1::ERROR_REASON_INVALID_FIELDS);
  request.mutable_model()->set_prior(.5);
  request.mutable_model()->set_version(ShippedModelVersion());
  EXPECT_EQ(ReasonOf(platform_.match_models.Add(call_, request, response)),
            v1::ERROR_REASON_MODEL_EXISTS);
}

TEST(PartitionDifferenceTest, CountsPairsThatAreJoinedAndParted) {
  const storage::CustomerId a = {1, 1};
  const storage::CustomerId b = {1, 2};
  const storage::CustomerId c = {1, 3};
  // a: 0 1 2, b: 3 4, c: 5. After: 0 1 3 4, 2, 5.
  v1::ModelDifference difference;
  ComparePartitions({a, a, a, b, b, c}, {0, 0, 1, 0, 0, 2}, difference);
  EXPECT_EQ(difference.source_records(), 6);
  EXPECT_EQ(difference.customers_before(), 3);
  EXPECT_EQ(difference.customers_after(), 3);
  EXPECT_EQ(difference.joined_pairs(), 4);
  EXPECT_EQ(difference.parted_pairs(), 2);
  ASSERT_THAT(difference.examples(), SizeIs(1));
  EXPECT_THAT(difference.examples(0).customer_ids_before(),
              ElementsAre(a.ToString(), b.ToString()));
  EXPECT_THAT(difference.examples(0).records_after(), ElementsAre(4, 1));
}

}  // namespace
}  // namespace yilan::core
