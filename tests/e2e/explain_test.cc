// Match, Explain and PreviewMerge through the real server on every storage, and what a merge then
// does with the old id.
#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/storage_fixture.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

class ExplainTest : public OnEveryStorage {
 protected:
  using Identity = v1::IdentityService::Stub;

  static v1::SourceRecord Record(const std::string& key, const std::string& name,
                                 const std::string& phone) {
    v1::SourceRecord record;
    record.mutable_source()->set_source_system("crm");
    record.mutable_source()->set_key(key);
    record.mutable_source()->mutable_event_time()->set_seconds(1'700'000'000);
    record.set_name(name);
    auto& medium = *record.add_contact_media();
    medium.set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    medium.set_value(phone);
    return record;
  }
};

TEST_P(ExplainTest, WhatIsExplainedIsWhatHappens) {
  const ServerProcess server({"--storage", Storage()}, Password());
  const auto identity = v1::IdentityService::NewStub(server.Channel());
  const auto views = v1::CustomerViewService::NewStub(server.Channel());
  State(server, Record("C1", "王小明", "13800138000"));
  State(server, Record("C2", "李小红", "13900139000"));

  // Nobody stores the record that is asked about.
  v1::MatchRequest match;
  *match.mutable_source_record() = Record("", "王小明", "+86 138 0013 8000");
  match.mutable_source_record()->clear_source();
  for (int i = 0; i < 2; ++i) {
    const v1::MatchResponse matched = Call(&Identity::Match, *identity, match);
    ASSERT_EQ(matched.candidates_size(), 1);
    EXPECT_EQ(matched.candidates(0).explanation().second_record().customer_key(), "C1");
    EXPECT_EQ(matched.candidates(0).explanation().decision(), v1::MATCH_DECISION_JOIN);
  }

  State(server, Record("C3", "王小明", "13800138000"));
  v1::ExplainRequest explain;
  *explain.mutable_first() = BySubject("crm", "C1");
  *explain.mutable_second() = BySubject("crm", "C3");
  const v1::ExplainResponse joined = Call(&Identity::Explain, *identity, explain);
  EXPECT_TRUE(joined.same_customer());
  ASSERT_EQ(joined.pairs_size(), 1);
  EXPECT_EQ(joined.pairs(0).rule(), v1::MATCH_RULE_MSISDN_AND_NAME);
  double sum = joined.pairs(0).prior_weight() + joined.pairs(0).look_alike_weight();
  for (const auto& field : joined.pairs(0).fields()) sum += field.weight() + field.term_weight();
  EXPECT_NEAR(sum, joined.pairs(0).sum(), 1e-9);
  EXPECT_EQ(joined.events_size(), 1);

  *explain.mutable_second() = BySubject("crm", "C2");
  const v1::ExplainResponse apart = Call(&Identity::Explain, *identity, explain);
  EXPECT_FALSE(apart.same_customer());
  EXPECT_EQ(apart.pairs(0).decision(), v1::MATCH_DECISION_DIFFERENT);

  v1::PreviewMergeRequest preview;
  *preview.mutable_into_customer() = BySubject("crm", "C1");
  *preview.mutable_from_customer() = BySubject("crm", "C2");
  const v1::PreviewMergeResponse previewed = Call(&Identity::PreviewMerge, *identity, preview);
  EXPECT_EQ(previewed.moved_subjects_size(), 1);
  EXPECT_EQ(previewed.obstacles_size(), 0);

  v1::MergeRequest merge;
  merge.set_request_id(RequestId());
  *merge.mutable_into_customer() = preview.into_customer();
  *merge.mutable_from_customer() = preview.from_customer();
  const v1::MergeResponse merged = Call(&Identity::Merge, *identity, merge);
  EXPECT_EQ(merged.customer_id(), previewed.into_customer_id());
  v1::GetCustomerViewRequest request;
  request.mutable_customer()->set_customer_id(previewed.from_customer_id());
  const v1::CustomerView view =
      Call(&v1::CustomerViewService::Stub::GetCustomerView, *views, request).customer_view();
  EXPECT_EQ(view.customer_id(), merged.customer_id());
  EXPECT_EQ(view.redirected_from_customer_id(), previewed.from_customer_id());
  EXPECT_EQ(view.totals().SerializeAsString(), previewed.merged_totals().SerializeAsString());
}

INSTANTIATE_TEST_SUITE_P(Storages, ExplainTest, StorageNames(), StorageName);

}  // namespace
}  // namespace yilan::e2e
