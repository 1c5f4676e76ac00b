// What a view shows.
#include "core/views/views.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/facts/fact_kinds.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/core/view_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::ElementsAre;

TEST_F(ViewsTest, FactsShowAsTheyWereStatedWithOriginAndEtag) {
  clock_.Set(kStart + 5000000);
  TakeAll({Bill("B1", 100, 7, "C1",
                "lines { key: 'l' amount { currency_code: 'CNY' minor_units: 7 } }")});
  const auto view = View(ByCrm("C1"));
  ASSERT_THAT(view, IsOk());
  ASSERT_EQ(view->customer_bills_size(), 1);
  v1::Fact expected = Parse<v1::Fact>(Bill(
      "B1", 100, 7, "C1", "lines { key: 'l' amount { currency_code: 'CNY' minor_units: 7 } }"));
  v1::CustomerBill& bill = *expected.mutable_customer_bill();
  bill.mutable_source()->mutable_recorded_time()->set_seconds(kStartSeconds + 5);
  bill.set_etag("r1");
  EXPECT_TRUE(MessageDifferencer::Equals(view->customer_bills(0), bill)) << view->DebugString();
}

TEST_F(ViewsTest, EachFactHasTheEtagOfItsOwnLastChangeAndTheViewThatOfTheCustomer) {
  TakeAll({Bill("B1", 100, 7)});
  TakeAll({Bill("B2", 200, 7)});
  const auto view = View(ByCrm("C1"));
  EXPECT_EQ(view->customer_bills(0).etag(), "r2");
  EXPECT_EQ(view->customer_bills(1).etag(), "r1");
  EXPECT_EQ(view->etag(), "r2");
}

TEST_F(ViewsTest, EveryKindOfFactHasItsSection) {
  const std::string money = "amount { currency_code: 'CNY' minor_units: 1 }";
  std::vector<std::string> facts = {
      Crm("C1", "name: 'Li'"),
      "billing_account { " + Source("billing", "A", 1, "C1") + " }",
      Bill("B", 1, 1),
      "payment { " + Source("billing", "P", 1, "C1") + money + " }",
      "adjustment { " + Source("billing", "J", 1, "C1") + money +
          " adjustment_type: ADJUSTMENT_TYPE_CREDIT }",
      "product { " + Source("crm", "O", 1, "C1") + " name: 'Gold' status: PRODUCT_STATUS_ACTIVE }",
      "service { " + Source("network", "S", 1, "C1") + " }",
      "resource { " + Source("network", "R", 1, "C1") +
          " resource_type: IDENTIFIER_TYPE_MSISDN value: '13800138000' }",
      "service_problem { " + Source("network", "X", 1, "C1") + " }",
      "party_interaction { " + Source("crm", "I", 1, "C1") + " }",
      "trouble_ticket { " + Source("crm", "T", 1, "C1") + " }"};
  TakeAll(facts);
  const auto view = View(ByCrm("C1"));
  ASSERT_THAT(view, IsOk());
  const auto& reflection = *v1::CustomerView::GetReflection();
  for (const FactKind& kind : AllFactKinds()) {
    EXPECT_EQ(reflection.FieldSize(*view, kind.section_field), 1) << kind.section;
  }
  EXPECT_EQ(view->totals().fact_counts_size(), static_cast<int>(AllFactKinds().size()));
  EXPECT_EQ(view->totals().active_products(), 1);
  EXPECT_EQ(view->totals().open_service_problems(), 1);
  EXPECT_EQ(view->totals().open_trouble_tickets(), 1);
}

TEST_F(ViewsTest, ASectionHasTheNewestFactsOverAllSubjects) {
  TakeAll({Crm("C1",
               "name: 'Li' references { source_system: 'billing' customer_key: 'b' } "
               "references { source_system: 'network' customer_key: 'n' }")});
  std::vector<std::string> facts;
  for (int i = 0; i < 30; ++i) {
    const char* const systems[] = {"crm", "billing", "network"};
    const char* const keys[] = {"C1", "b", "n"};
    facts.push_back(absl::StrCat("trouble_ticket { source { source_system: '", systems[i % 3],
                                 "' key: 'T", i, "' subject { customer_key: '", keys[i % 3],
                                 "' } event_time { seconds: ", 1000 + i, " } } }"));
  }
  TakeAll(facts);
  const auto view = View(ByCrm("C1"));
  std::vector<std::string> expected;
  for (int i = 29; i >= 10; --i) expected.push_back(absl::StrCat("T", i));
  EXPECT_EQ(Keys(view->trouble_tickets()), expected);
  EXPECT_EQ(view->subjects_size(), 3);
}

TEST_F(ViewsTest, ALimitCutsASectionAndTotalsStillCountAll) {
  for (const int facts : {0, 1, 4, 5, 6, 21}) {
    const std::string customer = absl::StrCat("N", facts);
    std::vector<std::string> bills = {Crm(customer, "name: 'Li'")};
    for (int i = 0; i < facts; ++i) {
      bills.push_back(Bill(absl::StrCat(customer, "/", i), 100 + i, 10, customer));
    }
    TakeAll(bills);
    const auto limited =
        View(ByCrm(customer), "section_limits { section: 'customer_bills' limit: 5 }");
    EXPECT_EQ(limited->customer_bills_size(), std::min(facts, 5)) << facts;
    EXPECT_EQ(View(ByCrm(customer))->customer_bills_size(), std::min(facts, 20)) << facts;
    if (facts > 0) {
      EXPECT_EQ(limited->totals().fact_counts(1).count(), facts);
      EXPECT_EQ(limited->totals().balances(0).balance_due().minor_units(), 10 * facts);
      EXPECT_EQ(limited->customer_bills(0).source().key(), absl::StrCat(customer, "/", facts - 1));
    }
  }
}

TEST_F(ViewsTest, ALimitOfZeroShowsNone) {
  TakeAll({Bill("B1", 1, 1)});
  const auto view = View(ByCrm("C1"), "section_limits { section: 'customer_bills' limit: 0 }");
  EXPECT_EQ(view->customer_bills_size(), 0);
  EXPECT_EQ(view->totals().fact_counts(0).count(), 1);
}

TEST_F(ViewsTest, AMaskShowsItsSectionsWithIdAndEtagAndReadsNothingElse) {
  TakeAll({Crm("C1", "name: 'Li'"), Bill("B1", 1, 1),
           "trouble_ticket { " + Source("crm", "T", 1, "C1") + " }"});
  CountingStore counting(*store_);
  Views views(counting, clock_, platform_.survivorship, 1 << 20);
  const auto view =
      Parsed(views.Get(call_, Request(IdOf("C1"), "section_mask { paths: 'customer_bills' }")));
  ASSERT_THAT(view, IsOk());
  EXPECT_NE(view->customer_id(), "");
  EXPECT_NE(view->etag(), "");
  EXPECT_EQ(view->customer_bills_size(), 1);
  EXPECT_EQ(view->trouble_tickets_size(), 0);
  EXPECT_EQ(view->subjects_size(), 0);
  EXPECT_FALSE(view->has_profile());
  EXPECT_FALSE(view->has_totals());
  EXPECT_EQ(counting.visited, (std::map<storage::Kind, int>{{v1::Fact::kCustomerBill, 1}}));
}

TEST_F(ViewsTest, ACustomerOfTenThousandFactsIsNotReadWhole) {
  for (int batch = 0; batch < 4; ++batch) {
    std::vector<std::string> facts;
    for (int i = 0; i < 2500; ++i) facts.push_back(Bill(absl::StrCat("B", batch, "/", i), i, 1));
    TakeAll(facts);
  }
  CountingStore counting(*store_);
  Views views(counting, clock_, platform_.survivorship, 1 << 20);
  const auto view = Parsed(views.Get(call_, Request(IdOf("C1"))));
  EXPECT_EQ(view->totals().fact_counts(0).count(), 10000);
  EXPECT_EQ(counting.visited[v1::Fact::kCustomerBill], 20);
}

TEST_F(ViewsTest, TheProfileIsMadeOfAllSourceRecordsWhateverTheirLimit) {
  TakeAll({Crm("C1", "name: 'Li' references { source_system: 'billing' customer_key: 'b' }"),
           "source_record { source { source_system: 'billing' key: 'b' event_time { seconds: 1 } } "
           "gender: 'f' }"});
  const auto view = View(ByCrm("C1"), "section_limits { section: 'source_records' limit: 1 }");
  EXPECT_EQ(view->profile().name(), "Li");
  EXPECT_EQ(view->profile().gender(), "f");
  EXPECT_THAT(Keys(view->source_records()), ElementsAre("C1"));
}

TEST_F(ViewsTest, ADeletedFactIsNotShown) {
  TakeAll({Bill("B1", 1, 1), Bill("B2", 2, 1)});
  TakeAll({"deletion { fact_type: 'customer_bill' source_system: 'billing' key: 'B1' }"});
  const auto view = View(ByCrm("C1"));
  EXPECT_THAT(Keys(view->customer_bills()), ElementsAre("B2"));
  EXPECT_EQ(view->totals().fact_counts(0).count(), 1);
}

TEST_F(ViewsTest, IdentityConflictsAreShownNewestFirst) {
  TakeAll({Crm("C1", "name: 'Li'"), Crm("C2", "name: 'Wang'"), Crm("C3", "name: 'Hu'")});
  TakeAll(
      {"source_record { source { source_system: 'crm' key: 'C1' event_time { seconds: "
       "1700000001 } } name: 'Li' references { source_system: 'crm' customer_key: 'C2' } }"});
  clock_.Advance(absl::Seconds(1));
  TakeAll(
      {"source_record { source { source_system: 'crm' key: 'C1' event_time { seconds: "
       "1700000002 } } name: 'Li' references { source_system: 'crm' customer_key: 'C2' } "
       "references { source_system: 'crm' customer_key: 'C3' } }"});
  const auto view = View(ByCrm("C1"));
  ASSERT_EQ(view->identity_conflicts_size(), 2);
  EXPECT_EQ(view->identity_conflicts(0).reference().customer_key(), "C3");
  EXPECT_EQ(view->identity_conflicts(0).recorded_time().seconds(), kStartSeconds + 1);
  EXPECT_EQ(view->identity_conflicts(1).reference().customer_key(), "C2");
  EXPECT_EQ(view->identity_conflicts(1).subject().customer_key(), "C1");
}

TEST_F(ViewsTest, AnUnknownCustomerIdIsNotFound) {
  const auto view = View("customer_id: '00000000000000000000000ABC'");
  EXPECT_THAT(view, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(ReasonOf(view.status()), v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
}

TEST_F(ViewsTest, CustomersOfTheQuarantineAreNotShown) {
  Take({"payment { source { source_system: 'billing' key: 'P' } }"});
  for (uint64_t low = 0; low < 20; ++low) {
    const storage::CustomerId id{0, low};
    EXPECT_EQ(ReasonOf(View(absl::StrCat("customer_id: '", id.ToString(), "'")).status()),
              v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
  }
}

TEST_F(ViewsTest, AnAbsorbedCustomersIdLeadsToTheOneThatTookIt) {
  TakeAll({Bill("B1", 1, 1, "C2")});
  const std::string provisional = IdOf("C2");
  ASSERT_THAT(platform_.views.Get(call_, Request(provisional)), IsOk());  // In the cache now.
  TakeAll({Crm("C1", "name: 'Li' references { source_system: 'crm' customer_key: 'C2' }")});
  const auto view = View(provisional);
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->profile().name(), "Li");
  EXPECT_EQ(view->customer_bills_size(), 1);
  EXPECT_EQ(view->customer_id(), View(ByCrm("C1"))->customer_id());
}

TEST_F(ViewsTest, AStoreThatFailsIsReportedWithItsReason) {
  class FailingStore : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions&,
                                                         const storage::CustomerRef&,
                                                         const storage::LoadOptions&,
                                                         storage::RecordVisitor) override {
      return absl::UnavailableError("gone");
    }
  } failing(*store_);
  TakeAll({Bill("B1", 1, 1)});
  Views views(failing, clock_, platform_.survivorship, 1 << 20);
  const auto view = views.Get(call_, Request(IdOf("C1")));
  EXPECT_THAT(view, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(view.status()), v1::ERROR_REASON_STORE_UNAVAILABLE);
}

TEST_F(ViewsTest, ADamagedRecordIsReportedWithoutItsContent) {
  TakeAll({Crm("C1", "name: 'Li'")});
  class DamagingStore : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions& call,
                                                         const storage::CustomerRef& ref,
                                                         const storage::LoadOptions& options,
                                                         storage::RecordVisitor visit) override {
      return ForwardingStore::LoadCustomer(call, ref, options,
                                           [&](const storage::RecordView& record) {
                                             storage::RecordView damaged = record;
                                             damaged.payload.remove_suffix(1);
                                             return visit(damaged);
                                           });
    }
  } damaging(*store_);
  Views views(damaging, clock_, platform_.survivorship, 1 << 20);
  const auto view = views.Get(call_, Request(IdOf("C1")));
  EXPECT_THAT(view, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ReasonOf(view.status()), v1::ERROR_REASON_STORED_DATA_DAMAGED);
  EXPECT_EQ(view.status().message().find("Li"), absl::string_view::npos);
}

TEST_F(ViewsTest, ABatchAnswersEachCustomerOnItsOwnInOrder) {
  TakeAll({Bill("B1", 1, 1, "C1"), Bill("B2", 1, 2, "C2"),
           Crm("C3", "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' }"),
           Crm("C4", "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' }")});
  v1::BatchGetCustomerViewsRequest request;
  for (const std::string& customer :
       {ByCrm("C2"), ByCrm("nobody"), IdOf("C1"),
        std::string("typed_identifier { type: IDENTIFIER_TYPE_MSISDN value: '13800138000' }"),
        std::string("customer_id: 'x'"), IdOf("C1")}) {
    *request.add_customers() = Parse<v1::CustomerIdentifier>(customer);
  }
  *request.mutable_options() = Parse<v1::ViewOptions>("section_mask { paths: 'customer_bills' }");
  v1::BatchGetCustomerViewsResponse response;
  ASSERT_THAT(platform_.views.BatchGet(call_, request, response), IsOk());
  ASSERT_EQ(response.results_size(), 6);
  const std::string options = "section_mask { paths: 'customer_bills' }";
  EXPECT_TRUE(
      MessageDifferencer::Equals(response.results(0).customer_view(), *View(ByCrm("C2"), options)));
  EXPECT_TRUE(
      MessageDifferencer::Equals(response.results(2).customer_view(), *View(ByCrm("C1"), options)));
  EXPECT_TRUE(MessageDifferencer::Equals(response.results(5), response.results(2)));
  EXPECT_EQ(response.results(1).error().reason(), "CUSTOMER_NOT_FOUND");
  EXPECT_EQ(response.results(1).error().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_NE(response.results(1).error().message(), "");
  EXPECT_EQ(response.results(3).error().reason(), "AMBIGUOUS_IDENTIFIER");
  EXPECT_EQ(response.results(4).error().reason(), "INVALID_FIELDS");
  EXPECT_NE(response.results(4).error().message().find("customers[4]"), std::string::npos);
  const auto bytes = platform_.views.BatchGetBytes(call_, request);
  v1::BatchGetCustomerViewsResponse parsed;
  ASSERT_TRUE(parsed.ParseFromString(*bytes));
  EXPECT_TRUE(MessageDifferencer::Equals(parsed, response));
}

TEST_F(ViewsTest, ABatchWithWrongOptionsFailsAsAWhole) {
  v1::BatchGetCustomerViewsRequest request;
  *request.add_customers() = Parse<v1::CustomerIdentifier>("customer_id: 'x'");
  *request.mutable_options() = Parse<v1::ViewOptions>("section_mask { paths: 'x' }");
  v1::BatchGetCustomerViewsResponse response;
  EXPECT_EQ(ReasonOf(platform_.views.BatchGet(call_, request, response)),
            v1::ERROR_REASON_INVALID_FIELDS);
}

}  // namespace
}  // namespace yilan::core
