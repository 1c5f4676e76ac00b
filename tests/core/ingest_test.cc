// The stream's path: results, quarantine, resume tokens.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/core/core_fixture.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {
namespace {

using IngestTest = CoreTest;

std::string Bill(int key, int64_t amount, const std::string& customer = "C1", int version = 1) {
  return absl::StrCat("customer_bill { source { source_system: 'billing' key: 'B", key,
                      "' event_time { seconds: 1700000000 } version: ", version,
                      " subject { customer_key: '", customer,
                      "' } } amount { currency_code: 'CNY' minor_units: ", amount, " } }");
}

TEST_F(IngestTest, EachFactHasItsOwnResultInOrder) {
  ASSERT_EQ(Take({Bill(1, 100)})[0].outcome(), v1::FACT_OUTCOME_OK);
  const auto results =
      Take({Bill(1, 100), Bill(1, 101), "payment { source { source_system: 'Bad System' } }",
            Bill(2, 100, "C2"), ""});
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0].outcome(), v1::FACT_OUTCOME_DUPLICATE);
  EXPECT_EQ(results[1].outcome(), v1::FACT_OUTCOME_CONFLICT);
  EXPECT_EQ(results[2].outcome(), v1::FACT_OUTCOME_REJECTED);
  EXPECT_EQ(results[3].outcome(), v1::FACT_OUTCOME_OK);
  EXPECT_EQ(results[3].write_outcome(), v1::WRITE_OUTCOME_CREATED);
  EXPECT_EQ(results[4].outcome(), v1::FACT_OUTCOME_REJECTED);
  EXPECT_GE(results[2].violations_size(),
            3);  // The system's name, the missing key, the missing amount.
  EXPECT_FALSE(results[2].quarantined_fact_id().empty());
}

TEST_F(IngestTest, BytesThatAreNoFactAreQuarantinedAsTheyCame) {
  const std::string bad = "\x0a\xff\xff\xff\xff garbage";
  const auto results = platform_.ingest.TakeBatch(call_, {bad});
  ASSERT_EQ(results[0].outcome(), v1::FACT_OUTCOME_REJECTED);
  v1::ListQuarantinedFactsResponse listed;
  ASSERT_TRUE(platform_.quarantine.List(call_, {}, listed).ok());
  ASSERT_EQ(listed.quarantined_facts_size(), 1);
  EXPECT_EQ(listed.quarantined_facts(0).original(), bad);
  EXPECT_EQ(listed.quarantined_facts(0).client(), "test");
  EXPECT_FALSE(listed.quarantined_facts(0).has_fact());
}

TEST_F(IngestTest, TheSameBadFactAgainIsKeptOnceAndCounted) {
  const std::string bad = "customer_bill { source { source_system: 'billing' key: 'B1' } }";
  const std::string first = Take({bad})[0].quarantined_fact_id();
  EXPECT_EQ(Take({bad, bad})[1].quarantined_fact_id(), first);
  v1::ListQuarantinedFactsResponse listed;
  ASSERT_TRUE(platform_.quarantine.List(call_, {}, listed).ok());
  ASSERT_EQ(listed.quarantined_facts_size(), 1);
  EXPECT_EQ(listed.quarantined_facts(0).times_received(), 3);
}

TEST_F(IngestTest, AFixedFactIsTakenInAndLeavesTheQuarantine) {
  const std::string id =
      Take({"customer_bill { source { source_system: 'billing' key: 'B1' subject { customer_key: "
            "'C1' } } }"})[0]
          .quarantined_fact_id();
  v1::FixQuarantinedFactRequest request;
  request.set_request_id(NewRequestId());
  request.set_quarantined_fact_id(id);
  *request.mutable_fact() = Parse<v1::Fact>(Bill(1, 100));
  v1::FixQuarantinedFactResponse response;
  ASSERT_TRUE(platform_.quarantine.Fix(call_, request, response).ok());
  EXPECT_EQ(response.result().outcome(), v1::WRITE_OUTCOME_CREATED);
  // Again under the same id: the first answer.
  v1::FixQuarantinedFactResponse again;
  ASSERT_TRUE(platform_.quarantine.Fix(call_, request, again).ok());
  EXPECT_EQ(again.SerializeAsString(), response.SerializeAsString());
  request.set_request_id(NewRequestId());
  EXPECT_EQ(ReasonOf(platform_.quarantine.Fix(call_, request, again)),
            v1::ERROR_REASON_QUARANTINED_FACT_NOT_FOUND);
  EXPECT_EQ(
      ViewOf("subject { source_system: 'billing' customer_key: 'C1' }")->customer_bills_size(), 1);
}

TEST_F(IngestTest, ReplayTakesInWhatFitsNow) {
  // A deletion of something not stated yet is rejected; after the fact came it can be replayed.
  const auto results =
      Take({"deletion { fact_type: 'customer_bill' source_system: 'billing' key: 'B1' "
            "event_time { seconds: 1700000009 } }",
            "deletion { fact_type: 'customer_bill' source_system: 'billing' key: 'B2' }"});
  ASSERT_EQ(results[0].outcome(), v1::FACT_OUTCOME_REJECTED);
  ASSERT_EQ(Take({Bill(1, 100)})[0].outcome(), v1::FACT_OUTCOME_OK);
  v1::ReplayQuarantinedFactsRequest request;
  request.set_request_id(NewRequestId());
  request.add_quarantined_fact_ids(results[0].quarantined_fact_id());
  request.add_quarantined_fact_ids(results[1].quarantined_fact_id());
  request.add_quarantined_fact_ids("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  v1::ReplayQuarantinedFactsResponse response;
  ASSERT_TRUE(platform_.quarantine.Replay(call_, request, response).ok());
  ASSERT_EQ(response.results_size(), 3);
  EXPECT_EQ(response.results(0).outcome(), v1::FACT_OUTCOME_OK);
  EXPECT_EQ(response.results(0).write_outcome(), v1::WRITE_OUTCOME_DELETED);
  EXPECT_EQ(response.results(1).outcome(), v1::FACT_OUTCOME_REJECTED);
  EXPECT_EQ(response.results(2).outcome(), v1::FACT_OUTCOME_REJECTED);
  v1::ListQuarantinedFactsResponse listed;
  ASSERT_TRUE(platform_.quarantine.List(call_, {}, listed).ok());
  EXPECT_EQ(listed.quarantined_facts_size(), 1);
}

TEST_F(IngestTest, ADiscardedFactIsGone) {
  const std::string id = Take({""})[0].quarantined_fact_id();
  v1::DeleteQuarantinedFactRequest request;
  request.set_request_id(NewRequestId());
  request.set_quarantined_fact_id(id);
  v1::DeleteQuarantinedFactResponse response;
  ASSERT_TRUE(platform_.quarantine.Delete(call_, request, response).ok());
  request.set_request_id(NewRequestId());
  EXPECT_EQ(ReasonOf(platform_.quarantine.Delete(call_, request, response)),
            v1::ERROR_REASON_QUARANTINED_FACT_NOT_FOUND);
}

TEST_F(IngestTest, QuarantineIsPagedOldestFirst) {
  for (int i = 0; i < 7; ++i) {
    clock_.Advance(absl::Seconds(1));
    Take({absl::StrCat("customer_bill { source { source_system: 'billing' key: 'B", i, "' } }")});
  }
  v1::ListQuarantinedFactsRequest request;
  request.set_page_size(3);
  std::vector<std::string> keys;
  do {
    v1::ListQuarantinedFactsResponse page;
    ASSERT_TRUE(platform_.quarantine.List(call_, request, page).ok());
    for (const auto& fact : page.quarantined_facts()) {
      keys.push_back(fact.fact().customer_bill().source().key());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(keys, (std::vector<std::string>{"B0", "B1", "B2", "B3", "B4", "B5", "B6"}));
}

TEST_F(IngestTest, TheResumeTokenNamesTheFinishedPrefix) {
  IngestStream stream(platform_.ingest);
  v1::IngestRequest request;
  *request.add_facts() = Parse<v1::Fact>(Bill(1, 100));
  *request.add_facts() = Parse<v1::Fact>(Bill(2, 100));
  const auto first = stream.Take(call_, request.SerializeAsString());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->first_position(), 0u);
  EXPECT_EQ(first->finished(), 2u);
  const auto second = stream.Take(call_, request.SerializeAsString());
  EXPECT_EQ(second->first_position(), 2u);
  EXPECT_EQ(second->results(0).outcome(), v1::FACT_OUTCOME_DUPLICATE);

  IngestStream resumed(platform_.ingest);
  request.set_resume_token(second->resume_token());
  const auto third = resumed.Take(call_, request.SerializeAsString());
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(third->first_position(), 4u);
}

TEST_F(IngestTest, AForgedResumeTokenEndsTheStream) {
  for (const std::string& token :
       {std::string("x"), std::string("AAAAAAAAAAAAAAAA"), std::string("4")}) {
    IngestStream stream(platform_.ingest);
    v1::IngestRequest request;
    request.set_resume_token(token);
    EXPECT_EQ(ReasonOf(stream.Take(call_, request.SerializeAsString()).status()),
              v1::ERROR_REASON_INVALID_RESUME_TOKEN);
  }
}

TEST_F(IngestTest, TooManyFactsInOneMessageAreRefused) {
  IngestStream stream(platform_.ingest);
  yilan::storage::v1::RawIngestRequest request;
  for (size_t i = 0; i <= IngestStream::kMaxBatch; ++i) request.add_facts("x");
  EXPECT_EQ(ReasonOf(stream.Take(call_, request.SerializeAsString()).status()),
            v1::ERROR_REASON_TOO_LARGE);
}

// A store that refuses one record as a backend with tighter limits would.
TEST_F(IngestTest, AFactThatTheStoreRefusesDoesNotFailItsNeighbours) {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&lines, " contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'a", i,
                    "@x.cn' }");
  }
  std::vector<std::string> texts = {Bill(1, 100), Bill(2, 100)};
  // 300 e-mail addresses break the rule of 50, and would break the store's limit of terms.
  texts.push_back(
      absl::StrCat("source_record { source { source_system: 'crm' key: 'C1' }", lines, " }"));
  const auto results = Take(texts);
  EXPECT_EQ(results[0].outcome(), v1::FACT_OUTCOME_OK);
  EXPECT_EQ(results[1].outcome(), v1::FACT_OUTCOME_OK);
  EXPECT_EQ(results[2].outcome(), v1::FACT_OUTCOME_REJECTED);
}

}  // namespace
}  // namespace yilan::core
