#include "tests/bench/bulk_load.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/check/check.h"
#include "core/platform.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_store.h"
#include "tests/bench/operator_facts.h"
#include "tests/status_matchers.h"

namespace yilan::bench {
namespace {

constexpr uint64_t kTemplates = 5;
constexpr uint64_t kCustomers = 17;

// A core over a store of its own.
struct House {
  std::unique_ptr<storage::RecordStore> store = storage::NewMemoryStore();
  ManualClock clock{kBulkTime};
  IdGenerator ids{clock, 2};
  core::Platform platform{*store, clock, ids, 0, core::RunSerially};

  std::vector<v1::FactResult> Take(const std::vector<v1::Fact>& facts) {
    std::vector<std::string> bytes;
    for (const v1::Fact& fact : facts) bytes.push_back(fact.SerializeAsString());
    return platform.ingest.TakeBatch({.client = "bulk"},
                                     std::vector<absl::string_view>(bytes.begin(), bytes.end()));
  }

  v1::CustomerView ViewOf(const v1::CustomerIdentifier& customer) {
    v1::GetCustomerViewRequest request;
    *request.mutable_customer() = customer;
    const auto bytes = platform.views.Get({}, request);
    EXPECT_THAT(bytes, IsOk()) << customer.ShortDebugString();
    v1::GetCustomerViewResponse response;
    EXPECT_TRUE(bytes.ok() && response.ParseFromString(**bytes));
    return response.customer_view();
  }
};

v1::CustomerIdentifier CrmKey(uint64_t number) {
  v1::CustomerIdentifier customer;
  customer.mutable_subject()->set_source_system("crm");
  customer.mutable_subject()->set_customer_key(NumberText(number));
  return customer;
}

class BulkLoad : public testing::Test {
 protected:
  void SetUp() override {
    auto made = BulkCustomers::Make(kTemplates);
    ASSERT_THAT(made, IsOk());
    bulk_ = *std::move(made);
    ASSERT_THAT(bulk_->Load(*loaded_.store, 0, kCustomers), IsOk());
  }

  std::unique_ptr<BulkCustomers> bulk_;
  House loaded_;
};

TEST_F(BulkLoad, TheStoreIsSound) {
  const auto report = core::CheckStore(*loaded_.store, {}, kFactsEnd);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->damages, 0u) << testing::PrintToString(report->examples);
  EXPECT_EQ(report->customers, kCustomers);
  EXPECT_EQ(report->subjects, kCustomers * kSubjectsPerCustomer);
  EXPECT_EQ(report->records, kCustomers * kRecordsPerCustomer);
}

TEST_F(BulkLoad, AViewIsThatOfACustomerWhoCameThroughTheStream) {
  for (uint64_t number = 0; number < kCustomers; ++number) {
    // Alone: two of one template would be taken for one customer.
    House ingested;
    ingested.Take(FactsOf(number, number % kTemplates));
    v1::CustomerView expected = ingested.ViewOf(CrmKey(number));
    v1::CustomerView view = loaded_.ViewOf(CrmKey(number));
    for (v1::CustomerView* each : {&expected, &view}) {
      // What is random: the id, and the order of the subjects, which is that of their ids.
      each->clear_customer_id();
      // Of the template, the ledger and its commits are left out.
      each->clear_etag();
      std::sort(each->mutable_subjects()->begin(), each->mutable_subjects()->end(),
                [](const auto& a, const auto& b) { return a.DebugString() < b.DebugString(); });
    }
    EXPECT_EQ(view.profile().name(), expected.profile().name());
    google::protobuf::util::MessageDifferencer differencer;
    std::string differences;
    differencer.ReportDifferencesToString(&differences);
    EXPECT_TRUE(differencer.Compare(expected, view)) << number << ": " << differences;
  }
}

TEST_F(BulkLoad, TheCustomerHasTheIdThatBelongsToItsNumber) {
  v1::CustomerIdentifier customer;
  customer.set_customer_id(BulkCustomerId(7).ToString());
  EXPECT_EQ(loaded_.ViewOf(customer).profile().ShortDebugString(),
            loaded_.ViewOf(CrmKey(7)).profile().ShortDebugString());
}

TEST_F(BulkLoad, EveryIdentifierOfACustomerLeadsToIt) {
  std::vector<v1::CustomerIdentifier> identifiers(4);
  identifiers[0].mutable_subject()->set_source_system("network");
  identifiers[0].mutable_subject()->set_customer_key(NumberText(7));
  identifiers[1].mutable_subject()->set_source_system("billing");
  identifiers[1].mutable_subject()->set_billing_account_key(NumberText(7));
  identifiers[2].mutable_typed_identifier()->set_type(v1::IDENTIFIER_TYPE_MSISDN);
  identifiers[2].mutable_typed_identifier()->set_value("138" + NumberText(7));
  identifiers[3].mutable_typed_identifier()->set_type(v1::IDENTIFIER_TYPE_ONT_SERIAL);
  identifiers[3].mutable_typed_identifier()->set_value("HWTC" + NumberText(7));
  for (const v1::CustomerIdentifier& identifier : identifiers) {
    EXPECT_EQ(loaded_.ViewOf(identifier).customer_id(), BulkCustomerId(7).ToString());
  }
}

TEST_F(BulkLoad, FurtherFactsGoToTheLoadedCustomer) {
  std::vector<v1::Fact> facts;
  for (uint64_t i = 0; i < 2 * kFurtherKinds; ++i) facts.push_back(FurtherFact(7, i));
  for (const v1::FactResult& result : loaded_.Take(facts)) {
    EXPECT_EQ(result.write_outcome(), v1::WRITE_OUTCOME_CREATED) << result.ShortDebugString();
  }
  const auto report = core::CheckStore(*loaded_.store, {}, kFactsEnd);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->damages, 0u) << testing::PrintToString(report->examples);
  EXPECT_EQ(report->customers, kCustomers);
}

TEST_F(BulkLoad, TheFactsAreOfTheSizeThatBenchmarksSpeakOf) {
  EXPECT_NEAR(bulk_->mean_payload_bytes(), 100, 3);
}

TEST(OperatorFacts, AreAsManyAsSaid) {
  EXPECT_EQ(FactsOf(1, 1).size(), static_cast<size_t>(kFactsPerCustomer));
}

TEST(OperatorFacts, OfNumbersDifferInNothingButTheNumber) {
  const std::vector<v1::Fact> one = FactsOf(11111111, 3);
  const std::vector<v1::Fact> other = FactsOf(22222222, 3);
  for (size_t i = 0; i < one.size(); ++i) {
    std::string text = one[i].DebugString();
    for (size_t at = 0; (at = text.find("11111111", at)) != std::string::npos;) {
      text.replace(at, 8, "22222222");
    }
    EXPECT_EQ(text, other[i].DebugString());
  }
}

}  // namespace
}  // namespace yilan::bench
