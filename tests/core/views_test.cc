// What a view shows, and when it is served from the cache.
#include "core/views/views.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/facts/fact_kinds.h"
#include "core/facts/keys.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/core/core_fixture.h"
#include "tests/core/forwarding_store.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::ElementsAre;
using testing::IsEmpty;

// Counts what is read.
class CountingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions& call,
                                                       const storage::CustomerRef& ref,
                                                       const storage::LoadOptions& options,
                                                       storage::RecordVisitor visit) override {
    ++loads;
    return ForwardingStore::LoadCustomer(call, ref, options,
                                         [&](const storage::RecordView& record) {
                                           ++visited[record.kind];
                                           return visit(record);
                                         });
  }

  int loads = 0;
  std::map<storage::Kind, int> visited;
};

class ViewsTest : public CoreTest {
 protected:
  static constexpr int64_t kStartSeconds = kStart / 1000000;

  void TakeAll(const std::vector<std::string>& facts) {
    for (const v1::FactResult& result : Take(facts)) {
      ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
    }
  }
  static std::string Source(const std::string& system, const std::string& key, int64_t time,
                            const std::string& customer) {
    return absl::StrCat("source { source_system: '", system, "' key: '", key, "' subject { ",
                        "source_system: 'crm' customer_key: '", customer,
                        "' } event_time { seconds: ", time, " } }");
  }
  // A bill on account A of a customer of crm.
  static std::string Bill(const std::string& key, int64_t time, int64_t amount,
                          const std::string& customer = "C1", const std::string& more = "") {
    return absl::StrCat("customer_bill { ", Source("billing", key, time, customer),
                        " billing_account_key: 'A' amount { currency_code: 'CNY' minor_units: ",
                        amount, " } ", more, " }");
  }
  static std::string Due(int64_t seconds) {
    return absl::StrCat("due_time { seconds: ", seconds, " }");
  }
  static std::string Crm(const std::string& key, const std::string& fields) {
    return absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: 1700000000 } } ", fields, " }");
  }
  static std::string ByCrm(const std::string& key) {
    return absl::StrCat("subject { source_system: 'crm' customer_key: '", key, "' }");
  }

  static v1::GetCustomerViewRequest Request(const std::string& customer,
                                            const std::string& options = "") {
    return Parse<v1::GetCustomerViewRequest>(
        absl::StrCat("customer { ", customer, " } options { ", options, " }"));
  }
  static absl::StatusOr<v1::CustomerView> Parsed(const absl::StatusOr<SharedBytes>& bytes) {
    if (!bytes.ok()) return bytes.status();
    v1::GetCustomerViewResponse response;
    EXPECT_TRUE(response.ParseFromString(**bytes));
    return response.customer_view();
  }
  absl::StatusOr<v1::CustomerView> View(const std::string& customer,
                                        const std::string& options = "") {
    return Parsed(platform_.views.Get(call_, Request(customer, options)));
  }
  // By its id, so that TryGet goes the short way.
  std::string IdOf(const std::string& crm_key) {
    return absl::StrCat("customer_id: '",
                        View(ByCrm(crm_key), "section_mask { paths: 'etag' }")->customer_id(), "'");
  }
  template <typename Facts>
  static std::vector<std::string> Keys(const Facts& facts) {
    std::vector<std::string> keys;
    for (const auto& fact : facts) keys.push_back(fact.source().key());
    return keys;
  }
};

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
  Views views(counting, clock_, 1 << 20);
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
  Views views(counting, clock_, 1 << 20);
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
       "1700000001 } } references { source_system: 'crm' customer_key: 'C2' } }"});
  clock_.Advance(absl::Seconds(1));
  TakeAll(
      {"source_record { source { source_system: 'crm' key: 'C1' event_time { seconds: "
       "1700000002 } } references { source_system: 'crm' customer_key: 'C2' } "
       "references { source_system: 'crm' customer_key: 'C3' } }"});
  const auto view = View(ByCrm("C1"));
  ASSERT_EQ(view->identity_conflicts_size(), 2);
  EXPECT_EQ(view->identity_conflicts(0).reference().customer_key(), "C3");
  EXPECT_EQ(view->identity_conflicts(0).recorded_time().seconds(), kStartSeconds + 1);
  EXPECT_EQ(view->identity_conflicts(1).reference().customer_key(), "C2");
  EXPECT_EQ(view->identity_conflicts(1).subject().customer_key(), "C1");
}

TEST_F(ViewsTest, AHitReadsNoRecordAndIsTheSameBytes) {
  TakeAll({Bill("B1", 1, 1)});
  CountingStore counting(*store_);
  Views views(counting, clock_, 1 << 20);
  const auto request = Request(IdOf("C1"));
  const auto first = views.Get(call_, request);
  counting.visited.clear();
  const auto hit = views.TryGet(call_, request);
  ASSERT_TRUE(hit.has_value());
  EXPECT_EQ(**hit, *first);
  EXPECT_EQ(*views.Get(call_, request), *first);
  EXPECT_THAT(counting.visited, IsEmpty());
  EXPECT_EQ(views.figures().hits, 2u);
  EXPECT_EQ(views.figures().misses, 1u);
}

TEST_F(ViewsTest, TryGetLeavesToGetWhatIsNotCached) {
  TakeAll({Bill("B1", 1, 1)});
  Views views(*store_, clock_, 1 << 20);
  const auto request = Request(IdOf("C1"));
  EXPECT_FALSE(views.TryGet(call_, request).has_value());
  EXPECT_FALSE(views.TryGet(call_, Request(ByCrm("C1"))).has_value());
  ASSERT_THAT(views.Get(call_, request), IsOk());
  EXPECT_TRUE(views.TryGet(call_, request).has_value());
  EXPECT_FALSE(
      views.TryGet(call_, Request(IdOf("C1"), "section_mask { paths: 'totals' }")).has_value());
}

TEST_F(ViewsTest, TryGetDoesNotServeWhatAWriteHasOutdated) {
  TakeAll({Bill("B1", 1, 1)});
  const auto request = Request(IdOf("C1"));
  ASSERT_THAT(platform_.views.Get(call_, request), IsOk());
  ASSERT_TRUE(platform_.views.TryGet(call_, request).has_value());
  TakeAll({Bill("B2", 2, 1)});
  EXPECT_FALSE(platform_.views.TryGet(call_, request).has_value());
  EXPECT_FALSE(platform_.views.TryGet(call_, Request(ByCrm("C1"))).has_value());
  EXPECT_EQ(View(IdOf("C1"))->customer_bills_size(), 2);
}

TEST_F(ViewsTest, OneEntryServesEveryIdentifierOfTheCustomer) {
  TakeAll({Crm("C1", "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '13800138000' }")});
  const auto first = platform_.views.Get(call_, Request(IdOf("C1")));
  for (const std::string& identifier :
       {ByCrm("C1"),
        std::string(
            "typed_identifier { type: IDENTIFIER_TYPE_MSISDN value: '+86 138 0013 8000' }")}) {
    const auto hit = platform_.views.TryGet(call_, Request(identifier));
    ASSERT_TRUE(hit.has_value()) << identifier;
    EXPECT_EQ(**hit, *first);
  }
}

TEST_F(ViewsTest, TryGetAnswersErrorsThatNeedNoRecords) {
  TakeAll({Bill("B1", 1, 1)});
  const auto reason = [&](const v1::GetCustomerViewRequest& request) {
    const auto answer = platform_.views.TryGet(call_, request);
    EXPECT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status(), platform_.views.Get(call_, request).status());
    return ReasonOf(answer->status());
  };
  EXPECT_EQ(reason(Request("customer_id: 'x'")), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(reason(Request("")), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(reason(Request(IdOf("C1"), "section_mask { paths: 'x' }")),
            v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(reason(Request(ByCrm("nobody"))), v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
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

TEST_F(ViewsTest, WhatIsDueBecomesOverdueAtItsMomentAlsoInTheCache) {
  const int64_t due = kStartSeconds + 100;
  TakeAll({Bill("B1", 1, 30, "C1", Due(due)), Bill("B2", 2, 50, "C1", Due(due + 50))});
  const auto request = Request(IdOf("C1"));
  const auto overdue = [&] {
    const auto view = Parsed(platform_.views.Get(call_, request));
    return view->totals().balances(0).overdue().minor_units();
  };
  EXPECT_EQ(overdue(), 0);
  clock_.Set(due * 1000000 - 1);
  EXPECT_TRUE(platform_.views.TryGet(call_, request).has_value());
  EXPECT_EQ(overdue(), 0);
  clock_.Set(due * 1000000);
  EXPECT_FALSE(platform_.views.TryGet(call_, request).has_value());
  EXPECT_FALSE(platform_.views.TryGet(call_, Request(ByCrm("C1"))).has_value());
  EXPECT_EQ(overdue(), 30);
  EXPECT_TRUE(platform_.views.TryGet(call_, request).has_value());
  clock_.Set((due + 50) * 1000000);
  EXPECT_EQ(overdue(), 80);
}

TEST_F(ViewsTest, ViewsWithoutTotalsOutliveDueTimes) {
  TakeAll({Bill("B1", 1, 30, "C1", Due(kStartSeconds + 100))});
  const auto request = Request(IdOf("C1"), "section_mask { paths: 'customer_bills' }");
  ASSERT_THAT(platform_.views.Get(call_, request), IsOk());
  clock_.Advance(absl::Hours(10));
  EXPECT_TRUE(platform_.views.TryGet(call_, request).has_value());
}

TEST_F(ViewsTest, AClockThatIsSetBackMakesTheViewAnew) {
  const int64_t due = kStartSeconds + 100;
  TakeAll({Bill("B1", 1, 30, "C1", Due(due))});
  clock_.Set((due + 1) * 1000000);
  const auto request = Request(IdOf("C1"));
  EXPECT_EQ(
      Parsed(platform_.views.Get(call_, request))->totals().balances(0).overdue().minor_units(),
      30);
  clock_.Set((due - 1) * 1000000);
  EXPECT_FALSE(platform_.views.TryGet(call_, request).has_value());
  EXPECT_EQ(
      Parsed(platform_.views.Get(call_, request))->totals().balances(0).overdue().minor_units(), 0);
  // The new one has taken the place of the old.
  EXPECT_TRUE(platform_.views.TryGet(call_, request).has_value());
  clock_.Set((due + 1) * 1000000);
  EXPECT_EQ(
      Parsed(platform_.views.Get(call_, request))->totals().balances(0).overdue().minor_units(),
      30);
}

TEST_F(ViewsTest, WithoutACacheEveryViewIsRead) {
  TakeAll({Bill("B1", 1, 1)});
  Views views(*store_, clock_, 0);
  const auto request = Request(IdOf("C1"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Parsed(views.Get(call_, request))->customer_bills_size(), 1);
    EXPECT_FALSE(views.TryGet(call_, request).has_value());
  }
  EXPECT_EQ(views.figures().entries, 0u);
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
  Views views(failing, clock_, 1 << 20);
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
  Views views(damaging, clock_, 1 << 20);
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
