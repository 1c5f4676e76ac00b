// Which subjects become one customer.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/core/core_fixture.h"

namespace yilan::core {
namespace {

using MembershipTest = CoreTest;

std::string CrmRecord(const std::string& key, const std::string& name,
                      const std::vector<std::string>& references) {
  std::string text = absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                                  "' event_time { seconds: 1700000000 } } name: '", name, "'");
  for (const std::string& reference : references) {
    absl::StrAppend(&text, " references { ", reference, " }");
  }
  return text + " }";
}
std::string Account(const std::string& key) {
  return absl::StrCat("source_system: 'billing' billing_account_key: '", key, "'");
}
std::string BillOn(const std::string& account, const std::string& key) {
  return absl::StrCat("customer_bill { source { source_system: 'billing' key: '", key,
                      "' event_time { seconds: 1700000000 } } billing_account_key: '", account,
                      "' amount { currency_code: 'CNY' minor_units: 100 } }");
}
std::string ById(const std::string& subject) { return absl::StrCat("subject { ", subject, " }"); }

TEST_F(MembershipTest, AReferenceToAnAccountMakesOneCustomerInEitherOrder) {
  for (const auto& r : Take({CrmRecord("C1", "Li", {Account("7")}), BillOn("7", "B1")})) {
    EXPECT_EQ(r.outcome(), v1::FACT_OUTCOME_OK);
  }
  for (const auto& r : Take({BillOn("8", "B2")})) EXPECT_EQ(r.outcome(), v1::FACT_OUTCOME_OK);
  const std::string provisional = ViewOf(ById(Account("8")))->customer_id();
  for (const auto& r : Take({CrmRecord("C2", "Wang", {Account("8")})})) {
    EXPECT_EQ(r.outcome(), v1::FACT_OUTCOME_OK);
  }
  for (const std::string account : {"7", "8"}) {
    const auto view = ViewOf(ById(Account(account)));
    ASSERT_TRUE(view.ok()) << view.status();
    EXPECT_EQ(view->customer_bills_size(), 1);
    EXPECT_EQ(view->source_records_size(), 1);
    EXPECT_EQ(view->subjects_size(), 2);
  }
  // The id that was handed out first still leads to the customer.
  EXPECT_EQ(ViewOf(absl::StrCat("customer_id: '", provisional, "'"))->profile().name(), "Wang");
}

TEST_F(MembershipTest, ABillingAccountNamesItsHolder) {
  Take({BillOn("7", "B1")});
  Take(
      {"billing_account { source { source_system: 'billing' key: '7' event_time { seconds: "
       "1700000000 } "
       "subject { customer_key: 'X' } } }"});
  Take({BillOn("7", "B2")});
  const auto view = ViewOf(ById("source_system: 'billing' customer_key: 'X'"));
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->customer_bills_size(), 2);
  EXPECT_EQ(view->billing_accounts_size(), 1);
  EXPECT_EQ(view->totals().balances(0).balance_due().minor_units(), 200);
}

TEST_F(MembershipTest, ARecordThatWouldBridgeTwoCustomersStaysWhereItIsAndIsCounted) {
  Take({CrmRecord("C1", "Li", {}), CrmRecord("C2", "Wang", {})});
  const std::string first = ViewOf(ById("source_system: 'crm' customer_key: 'C1'"))->customer_id();
  const std::string second = ViewOf(ById("source_system: 'crm' customer_key: 'C2'"))->customer_id();
  const auto results = Take({CrmRecord(
      "C3", "Zhao",
      {"source_system: 'crm' customer_key: 'C1'", "source_system: 'crm' customer_key: 'C2'"})});
  EXPECT_EQ(results[0].outcome(), v1::FACT_OUTCOME_OK);
  EXPECT_TRUE(results[0].identity_conflict());
  const auto view = ViewOf(ById("source_system: 'crm' customer_key: 'C3'"));
  EXPECT_NE(view->customer_id(), first);
  EXPECT_NE(view->customer_id(), second);
  EXPECT_EQ(view->identity_conflicts_size(), 2);
  EXPECT_EQ(ViewOf(ById("source_system: 'crm' customer_key: 'C1'"))->customer_id(), first);
  v1::GetStatisticsResponse statistics;
  ASSERT_TRUE(platform_.customers.GetStatistics(call_, {}, statistics).ok());
  EXPECT_EQ(statistics.identity_conflicts(), 2);
}

TEST_F(MembershipTest, ARecordThatNamesOneExistingCustomerJoinsIt) {
  Take({CrmRecord("C1", "Li", {})});
  Take(
      {"source_record { source { source_system: 'care' key: 'K9' event_time { seconds: 1 } } name: "
       "'LI' "
       "references { source_system: 'crm' customer_key: 'C1' } }"});
  EXPECT_EQ(ViewOf(ById("source_system: 'care' customer_key: 'K9'"))->customer_id(),
            ViewOf(ById("source_system: 'crm' customer_key: 'C1'"))->customer_id());
}

TEST_F(MembershipTest, WhatARecordJoinedComesApartWhenItIsTakenBack) {
  Take({CrmRecord("C1", "Li", {Account("7")}), BillOn("7", "B1")});
  const std::string before = ViewOf(ById(Account("7")))->customer_id();
  Take({"deletion { fact_type: 'source_record' source_system: 'crm' key: 'C1' }"});
  const auto account = ViewOf(ById(Account("7")));
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->source_records_size(), 0);
  EXPECT_EQ(account->customer_bills_size(), 1);
  EXPECT_EQ(account->profile().name(), "");
  EXPECT_EQ(account->subjects_size(), 1);
  const auto record = ViewOf(ById("source_system: 'crm' customer_key: 'C1'"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_NE(record->customer_id(), account->customer_id());
  // And together again when it comes back.
  Take(
      {"source_record { source { source_system: 'crm' key: 'C1' event_time { seconds: 1800000000 } "
       "} name: 'Li' references { source_system: 'billing' billing_account_key: '7' } }"});
  EXPECT_EQ(ViewOf(ById(Account("7")))->profile().name(), "Li");
}

// Facts about a few customers, each with one CRM record that ties an account and a network subject
// to it: whatever the order in which they come, and however they are cut into batches, the
// customers are the same and so is what they hold.
TEST_F(MembershipTest, AnyOrderOfArrivalGivesTheSameCustomers) {
  const char* const replay = std::getenv("YILAN_SEED");
  const uint64_t seed = replay != nullptr ? std::stoull(replay) : std::random_device()();
  SCOPED_TRACE(absl::StrCat("replay with YILAN_SEED=", seed));
  std::mt19937_64 random(seed);
  std::vector<std::string> facts;
  constexpr int kCustomers = 6;
  for (int c = 0; c < kCustomers; ++c) {
    facts.push_back(CrmRecord(absl::StrCat("C", c), absl::StrCat("Name", c),
                              {Account(absl::StrCat(c)),
                               absl::StrCat("source_system: 'network' customer_key: 'N", c, "'")}));
    for (int b = 0; b < 4; ++b)
      facts.push_back(BillOn(absl::StrCat(c), absl::StrCat("B", c, "-", b)));
    facts.push_back(absl::StrCat("billing_account { source { source_system: 'billing' key: '", c,
                                 "' event_time { seconds: 1700000000 } subject { customer_key: 'H",
                                 c, "' } } }"));
    facts.push_back(absl::StrCat("product { source { source_system: 'network' key: 'P", c,
                                 "' event_time { seconds: 1700000000 } subject { customer_key: 'N",
                                 c, "' } } status: PRODUCT_STATUS_ACTIVE }"));
    for (int version = 1; version <= 3; ++version) {
      facts.push_back(absl::StrCat(
          "trouble_ticket { source { source_system: 'care' key: 'T", c,
          "' event_time { seconds: ", 1700000000 + version,
          " } subject { source_system: 'crm' customer_key: 'C", c, "' } } status: ",
          version == 3 ? "TROUBLE_TICKET_STATUS_CLOSED" : "TROUBLE_TICKET_STATUS_HELD", " }"));
    }
  }
  for (int round = 0; round < 30; ++round) {
    const auto store = storage::NewMemoryStore();
    Platform platform(*store, clock_, ids_, 1 << 20, RunSerially);
    std::shuffle(facts.begin(), facts.end(), random);
    for (size_t at = 0; at < facts.size();) {
      const size_t size = std::min<size_t>(1 + random() % 20, facts.size() - at);
      std::vector<std::string> bytes;
      for (size_t i = at; i < at + size; ++i)
        bytes.push_back(Parse<v1::Fact>(facts[i]).SerializeAsString());
      const std::vector<absl::string_view> views(bytes.begin(), bytes.end());
      for (const auto& result : platform.ingest.TakeBatch(call_, views)) {
        ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
        ASSERT_FALSE(result.identity_conflict());
      }
      at += size;
    }
    ASSERT_EQ(store->GetStatistics({})->customers, static_cast<uint64_t>(kCustomers));
    for (int c = 0; c < kCustomers; ++c) {
      v1::GetCustomerViewRequest request;
      *request.mutable_customer() = Parse<v1::CustomerIdentifier>(
          absl::StrCat("subject { source_system: 'billing' customer_key: 'H", c, "' }"));
      const auto bytes = platform.views.Get(call_, request);
      ASSERT_TRUE(bytes.ok()) << bytes.status();
      v1::GetCustomerViewResponse response;
      ASSERT_TRUE(response.ParseFromString(**bytes));
      const v1::CustomerView& view = response.customer_view();
      EXPECT_EQ(view.profile().name(), absl::StrCat("Name", c));
      EXPECT_EQ(view.customer_bills_size(), 4);
      EXPECT_EQ(view.products_size(), 1);
      EXPECT_EQ(view.trouble_tickets_size(), 1);
      EXPECT_EQ(view.totals().open_trouble_tickets(), 0);
      EXPECT_EQ(view.totals().active_products(), 1);
      EXPECT_EQ(view.totals().balances(0).balance_due().minor_units(), 400);
    }
  }
}

}  // namespace
}  // namespace yilan::core
