// Setting the survivorship rules, and that every server shows profiles by those that hold.
#include "core/survivorship/active_survivorship.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "core/check/check.h"
#include "core/identity/own_customers.h"
#include "gmock/gmock.h"
#include "tests/core/forwarding_store.h"
#include "tests/core/view_fixture.h"
#include "tests/error_reason.h"
#include "tests/status_matchers.h"
#include "yilan/v1/identity_service.pb.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kTrustBilling[] =
    "source_systems: 'billing' rules { field: 'name' criteria: SURVIVORSHIP_CRITERION_NEVER_EMPTY "
    "criteria: SURVIVORSHIP_CRITERION_SOURCE_TRUST }";
constexpr char kLongest[] =
    "rules { field: 'name' criteria: SURVIVORSHIP_CRITERION_NEVER_EMPTY "
    "criteria: SURVIVORSHIP_CRITERION_LONGEST }";

class ActiveSurvivorshipTest : public ViewsTest {
 protected:
  v1::UpdateSurvivorshipRulesRequest Update(const std::string& rules,
                                            const std::string& more = "") {
    auto request = Parse<v1::UpdateSurvivorshipRulesRequest>(
        absl::StrCat("survivorship_rules { ", rules, " } ", more));
    request.set_request_id(NewRequestId());
    return request;
  }
  absl::StatusOr<v1::SurvivorshipRules> Set(const v1::UpdateSurvivorshipRulesRequest& request) {
    v1::UpdateSurvivorshipRulesResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.survivorship.Update(call_, request, response);
    if (!status.ok()) return status;
    return response.survivorship_rules();
  }
  absl::StatusOr<v1::SurvivorshipRules> Get(int64_t version = 0) {
    v1::GetSurvivorshipRulesRequest request;
    request.set_version(version);
    v1::GetSurvivorshipRulesResponse response;
    const absl::Status status = platform_.survivorship.Get(call_, request, response);
    if (!status.ok()) return status;
    return response.survivorship_rules();
  }
  // One customer: crm calls it "Li Lei", and billing, earlier, "Li".
  void TakeTwoNames() {
    TakeAll({Crm("C1", "name: 'Li Lei'"),
             "source_record { source { source_system: 'billing' key: 'B1' event_time { seconds: "
             "1600000000 } } name: 'Li' references { source_system: 'crm' customer_key: 'C1' } }"});
  }
  static std::string NameIn(Views& views, const core::Call& call,
                            const v1::GetCustomerViewRequest& request) {
    const auto view = Parsed(views.Get(call, request));
    return view.ok() ? view->profile().name() : view.status().ToString();
  }
  std::string Name() { return NameIn(platform_.views, call_, Request(IdOf("C1"))); }
};

TEST_F(ActiveSurvivorshipTest, BeforeAnybodySetsRulesThoseOfYilanHold) {
  const auto rules = Get();
  ASSERT_THAT(rules.status(), IsOk());
  EXPECT_EQ(rules->version(), 0);
  EXPECT_EQ(rules->etag(), "r0");
  EXPECT_FALSE(rules->has_recorded_time());
  EXPECT_EQ(rules->rules_size(), static_cast<int>(ProfileFields().size()));
  EXPECT_THAT(rules->source_systems(), IsEmpty());
  EXPECT_THAT(rules->rules(8).criteria(), ElementsAre(v1::SURVIVORSHIP_CRITERION_NEVER_EMPTY,
                                                      v1::SURVIVORSHIP_CRITERION_SOURCE_TRUST,
                                                      v1::SURVIVORSHIP_CRITERION_EARLIEST));
}

TEST_F(ActiveSurvivorshipTest, AViewThatIsCachedFollowsNewRulesAtOnce) {
  TakeTwoNames();
  EXPECT_EQ(Name(), "Li Lei");
  const auto request = Request(IdOf("C1"));
  ASSERT_TRUE(platform_.views.TryGet(call_, request).has_value());
  const auto set = Set(Update(kTrustBilling));
  ASSERT_THAT(set.status(), IsOk());
  EXPECT_FALSE(platform_.views.TryGet(call_, request).has_value());
  const auto view = View(IdOf("C1"));
  EXPECT_EQ(view->profile().name(), "Li");
  EXPECT_EQ(view->profile().survivorship_rules_version(), 1);
  EXPECT_TRUE(platform_.views.TryGet(call_, request).has_value());
}

TEST_F(ActiveSurvivorshipTest, SummariesAndSearchesFollowToo) {
  TakeTwoNames();
  ASSERT_THAT(Set(Update(kTrustBilling)).status(), IsOk());
  v1::GetCustomerResponse got;
  ASSERT_THAT(
      platform_.customers.Get(
          call_, Parse<v1::GetCustomerRequest>(absl::StrCat("customer { ", ByCrm("C1"), " }")),
          got),
      IsOk());
  EXPECT_EQ(got.customer().name(), "Li");
  v1::ListCustomersResponse listed;
  ASSERT_THAT(platform_.customers.List(call_, {}, listed), IsOk());
  ASSERT_EQ(listed.customers_size(), 1) << "The customer of the settings is shown to nobody.";
  EXPECT_EQ(listed.customers(0).name(), "Li");
}

TEST_F(ActiveSurvivorshipTest, AWriteSaysWhatHoldsNowForEveryField) {
  const auto set = Set(Update(kTrustBilling));
  ASSERT_THAT(set.status(), IsOk());
  EXPECT_EQ(set->version(), 1);
  EXPECT_EQ(set->actor(), "test");
  EXPECT_EQ(set->recorded_time().seconds(), kStartSeconds);
  EXPECT_EQ(set->rules_size(), static_cast<int>(ProfileFields().size()));
  EXPECT_EQ(Get()->SerializeAsString(), set->SerializeAsString());
}

TEST_F(ActiveSurvivorshipTest, AFieldThatIsLeftOutHasTheRuleOfYilanAgain) {
  const std::string defaults = Get()->rules(1).SerializeAsString();
  ASSERT_THAT(Set(Update(kLongest)).status(), IsOk());
  EXPECT_NE(Get()->rules(1).SerializeAsString(), defaults);
  ASSERT_THAT(Set(Update("source_systems: 'crm'")).status(), IsOk());
  EXPECT_EQ(Get()->rules(1).SerializeAsString(), defaults);
}

TEST_F(ActiveSurvivorshipTest, AMaskLeavesTheRestAsItIs) {
  ASSERT_THAT(Set(Update(kLongest)).status(), IsOk());
  const auto set = Set(Update("source_systems: 'crm'", "update_mask { paths: 'source_systems' }"));
  ASSERT_THAT(set.status(), IsOk());
  EXPECT_THAT(set->source_systems(), ElementsAre("crm"));
  EXPECT_EQ(set->rules(1).criteria(1), v1::SURVIVORSHIP_CRITERION_LONGEST);
  const auto rules_only = Set(Update("", "update_mask { paths: 'rules' }"));
  EXPECT_THAT(rules_only->source_systems(), ElementsAre("crm"));
  EXPECT_EQ(rules_only->rules(1).criteria(1), v1::SURVIVORSHIP_CRITERION_VERIFIED_BY_DOCUMENT);
  EXPECT_EQ(ReasonOf(Set(Update("", "update_mask { paths: 'etag' }")).status()),
            v1::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(ActiveSurvivorshipTest, WrongRulesAreRefusedWithTheirPlaces) {
  const absl::Status status =
      Set(Update("rules { field: 'shoe_size' criteria: SURVIVORSHIP_CRITERION_LONGEST }")).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ViolationsOf(status)[0].field, "survivorship_rules.rules[0].field");
  EXPECT_EQ(Get()->version(), 0);
}

TEST_F(ActiveSurvivorshipTest, AnEtagThatIsNotTheStoredOneIsRefused) {
  const auto first = Set(Update(kLongest, "etag: 'r0'"));
  ASSERT_THAT(first.status(), IsOk());
  EXPECT_EQ(ReasonOf(Set(Update(kTrustBilling, "etag: 'r0'")).status()),
            v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_THAT(Set(Update(kTrustBilling, absl::StrCat("etag: '", first->etag(), "'"))).status(),
              IsOk());
  EXPECT_EQ(ReasonOf(Set(Update(kLongest, "etag: 'nonsense'")).status()),
            v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_F(ActiveSurvivorshipTest, ValidateOnlyShowsWhatWouldHoldAndWritesNothing) {
  TakeTwoNames();
  const auto shown = Set(Update(kTrustBilling, "validate_only: true"));
  ASSERT_THAT(shown.status(), IsOk());
  EXPECT_THAT(shown->source_systems(), ElementsAre("billing"));
  EXPECT_EQ(shown->etag(), "");
  EXPECT_EQ(Get()->version(), 0);
  EXPECT_EQ(Name(), "Li Lei");
}

TEST_F(ActiveSurvivorshipTest, TheSameRequestAgainIsAnsweredAsTheFirstTime) {
  const auto request = Update(kTrustBilling);
  const auto first = Set(request);
  ASSERT_THAT(Set(Update(kLongest)).status(), IsOk());
  EXPECT_EQ(Set(request)->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Get()->version(), 2);
  auto other = Update(kLongest);
  other.set_request_id(request.request_id());
  EXPECT_EQ(ReasonOf(Set(other).status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
}

TEST_F(ActiveSurvivorshipTest, RulesEqualToThoseThatHoldWriteNothing) {
  ASSERT_THAT(Set(Update("")).status(), IsOk());
  EXPECT_EQ(Get()->version(), 0);
  const auto first = Set(Update(kTrustBilling));
  clock_.Advance(absl::Hours(1));
  v1::UpdateSurvivorshipRulesRequest again;
  again.set_request_id(NewRequestId());
  *again.mutable_survivorship_rules() = *first;
  EXPECT_EQ(Set(again)->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Get()->version(), 1);
}

TEST_F(ActiveSurvivorshipTest, EveryVersionStaysReadable) {
  std::vector<std::string> versions;
  for (const std::string rules : {kTrustBilling, kLongest, "source_systems: 'care'"}) {
    clock_.Advance(absl::Hours(1));
    versions.push_back(Set(Update(rules))->SerializeAsString());
  }
  for (int64_t version = 1; version <= 3; ++version) {
    EXPECT_EQ(Get(version)->SerializeAsString(), versions[static_cast<size_t>(version - 1)]);
  }
  EXPECT_EQ(ReasonOf(Get(4).status()), v1::ERROR_REASON_SURVIVORSHIP_RULES_NOT_FOUND);
}

TEST_F(ActiveSurvivorshipTest, AChangeIsInTheFeedWithItsActorAndRequest) {
  const auto request = Update(kTrustBilling);
  ASSERT_THAT(Set(request).status(), IsOk());
  const storage::CustomerId settings = OwnCustomer(OwnPlace::kSettings);
  const auto page = store_->Changes({}, storage::FeedPartitionOf(settings), 0, 10);
  ASSERT_EQ(page->changes.size(), 1u);
  EXPECT_EQ(page->changes[0].customer, settings);
  EXPECT_EQ(page->changes[0].actor, "test");
  EXPECT_EQ(page->changes[0].request_id, request.request_id());
  ASSERT_EQ(page->changes[0].records.size(), 1u);
  EXPECT_EQ(page->changes[0].records[0].key, SurvivorshipRulesKey());
}

TEST_F(ActiveSurvivorshipTest, TheSettingsAreNoCustomer) {
  TakeTwoNames();
  ASSERT_THAT(Set(Update(kTrustBilling)).status(), IsOk());
  v1::GetStatisticsResponse statistics;
  ASSERT_THAT(platform_.customers.GetStatistics(call_, {}, statistics), IsOk());
  EXPECT_EQ(statistics.customers(), 1);
  EXPECT_EQ(statistics.subjects(), 2);
  ASSERT_EQ(statistics.fact_counts_size(), 1);
  EXPECT_EQ(ReasonOf(View(absl::StrCat("customer_id: '",
                                       OwnCustomer(OwnPlace::kSettings).ToString(), "'"))
                         .status()),
            v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
}

TEST_F(ActiveSurvivorshipTest, AStoreWithRulesIsSoundAndDamagedRulesAreFound) {
  ASSERT_THAT(Set(Update(kTrustBilling)).status(), IsOk());
  ASSERT_THAT(Set(Update(kLongest)).status(), IsOk());
  EXPECT_EQ(CheckStore(*store_, {}, clock_.Now())->damages, 0u);
  const auto tamper = [&](const std::string& payload) {
    ASSERT_THAT(store_->Write(
                    {},
                    [](storage::Reader&) -> absl::StatusOr<storage::WritePlan> {
                      storage::WritePlan plan;
                      plan.customers = {OwnCustomer(OwnPlace::kSettings)};
                      return plan;
                    },
                    [&](storage::Transaction& txn) {
                      storage::Record record = *txn.Get(SurvivorshipRulesKey());
                      record.payload = payload;
                      return txn.Put(std::move(record));
                    }),
                IsOk());
  };
  tamper("\xff\xff");
  EXPECT_EQ(CheckStore(*store_, {}, clock_.Now())->damages, 1u);
  auto wrong = Parse<v1::SurvivorshipRules>("version: 2 rules { field: 'shoe_size' }");
  wrong.mutable_rules(0)->add_criteria(v1::SURVIVORSHIP_CRITERION_LONGEST);
  tamper(wrong.SerializeAsString());
  const auto report = CheckStore(*store_, {}, clock_.Now());
  ASSERT_EQ(report->damages, 1u);
  EXPECT_THAT(report->examples[0], HasSubstr("rules[0].field"));
  wrong.clear_rules();
  wrong.set_version(1);
  tamper(wrong.SerializeAsString());
  EXPECT_EQ(CheckStore(*store_, {}, clock_.Now())->damages, 1u);
}

// Another server of the same store.
class OtherServer {
 public:
  OtherServer(storage::RecordStore& store, const Clock& clock)
      : ids_(clock, 7), platform(store, clock, ids_, size_t{1} << 20, RunSerially) {}

 private:
  IdGenerator ids_;

 public:
  Platform platform;
};

TEST_F(ActiveSurvivorshipTest, AnotherServerFollowsWhenItLooks) {
  TakeTwoNames();
  OtherServer other(*store_, clock_);
  const auto request = Request(IdOf("C1"));
  EXPECT_EQ(NameIn(other.platform.views, call_, request), "Li Lei");
  ASSERT_THAT(Set(Update(kTrustBilling)).status(), IsOk());
  EXPECT_EQ(NameIn(other.platform.views, call_, request), "Li Lei") << "It has not looked.";
  ASSERT_THAT(other.platform.survivorship.Refresh({}), IsOk());
  EXPECT_FALSE(other.platform.views.TryGet(call_, request).has_value());
  EXPECT_EQ(NameIn(other.platform.views, call_, request), "Li");
}

TEST_F(ActiveSurvivorshipTest, AServerThatStartsLaterHasTheRulesFromItsFirstView) {
  TakeTwoNames();
  ASSERT_THAT(Set(Update(kTrustBilling)).status(), IsOk());
  OtherServer later(*store_, clock_);
  EXPECT_EQ(NameIn(later.platform.views, call_, Request(IdOf("C1"))), "Li");
}

TEST_F(ActiveSurvivorshipTest, AViewFromTheCacheAsksTheStoreForNothingButItsRevision) {
  TakeTwoNames();
  ASSERT_THAT(Set(Update(kTrustBilling)).status(), IsOk());
  CountingStore counting(*store_);
  ActiveSurvivorship survivorship(counting, clock_);
  Views views(counting, clock_, survivorship, 1 << 20);
  const auto request = Request(IdOf("C1"));
  ASSERT_THAT(views.Get(call_, request).status(), IsOk());
  EXPECT_EQ(counting.loads, 2) << "The rules, and the customer.";
  ASSERT_TRUE(views.TryGet(call_, request).has_value());
  ASSERT_THAT(views.Get(call_, request).status(), IsOk());
  EXPECT_EQ(counting.loads, 4);
}

// Fails all loads while told to.
class FailingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions& call,
                                                       const storage::CustomerRef& ref,
                                                       const storage::LoadOptions& options,
                                                       storage::RecordVisitor visit) override {
    if (failing) return absl::UnavailableError("the store does not answer");
    return ForwardingStore::LoadCustomer(call, ref, options, visit);
  }
  std::atomic<bool> failing{false};
};

TEST_F(ActiveSurvivorshipTest, WhileTheStoreDoesNotAnswerTheRulesReadLastHoldOn) {
  ASSERT_THAT(Set(Update(kTrustBilling)).status(), IsOk());
  FailingStore store(*store_);
  ActiveSurvivorship survivorship(store, clock_);
  store.failing = true;
  EXPECT_EQ(survivorship.Current({}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(survivorship.fingerprint().has_value());
  store.failing = false;
  EXPECT_EQ((*survivorship.Current({}))->version(), 1);
  store.failing = true;
  EXPECT_EQ(survivorship.Refresh({}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ((*survivorship.Current({}))->version(), 1);
  EXPECT_TRUE(survivorship.fingerprint().has_value());
}

TEST_F(ActiveSurvivorshipTest, WhoCannotReadWhatItHasSetDoesNotGoOnWithTheOldRules) {
  FailingStore store(*store_);
  ActiveSurvivorship survivorship(store, clock_);
  ASSERT_THAT(survivorship.Current({}).status(), IsOk());
  store.failing = true;
  v1::UpdateSurvivorshipRulesResponse response;
  ASSERT_THAT(survivorship.Update(call_, Update(kTrustBilling), response), IsOk());
  EXPECT_FALSE(survivorship.fingerprint().has_value());
  store.failing = false;
  EXPECT_EQ((*survivorship.Current({}))->version(), 1);
}

TEST_F(ActiveSurvivorshipTest, WhoWaitsForAnothersReadWaitsUpToItsDeadline) {
  // Holds the first load until it is let go.
  class HoldingStore final : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    absl::StatusOr<storage::LoadedCustomer> LoadCustomer(const storage::CallOptions& call,
                                                         const storage::CustomerRef& ref,
                                                         const storage::LoadOptions& options,
                                                         storage::RecordVisitor visit) override {
      holding = true;
      holding.notify_all();
      go_on.wait(false);
      return ForwardingStore::LoadCustomer(call, ref, options, visit);
    }
    std::atomic<bool> holding{false};
    std::atomic<bool> go_on{false};
  };
  HoldingStore store(*store_);
  ActiveSurvivorship survivorship(store, clock_);
  std::thread first([&] { EXPECT_THAT(survivorship.Current({}).status(), IsOk()); });
  store.holding.wait(false);
  EXPECT_EQ(survivorship.Current({.deadline = absl::Now() + absl::Milliseconds(1)}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  store.go_on = true;
  store.go_on.notify_all();
  first.join();
  EXPECT_THAT(survivorship.Current({}).status(), IsOk());
}

// Setters and readers at once: whoever asks after a setter was answered sees its rules or later
// ones.
TEST_F(ActiveSurvivorshipTest, RulesNeverGoBackWhileManyReadAndSomebodySets) {
  TakeTwoNames();
  const auto request = Request(IdOf("C1"));
  std::atomic<int64_t> answered{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const int64_t before = answered;
        const auto view = Parsed(platform_.views.Get(call_, request));
        ASSERT_THAT(view.status(), IsOk());
        ASSERT_GE(view->profile().survivorship_rules_version(), before);
      }
    });
  }
  for (int i = 1; i <= 50; ++i) {
    const auto set = Set(Update(i % 2 == 0 ? kLongest : kTrustBilling));
    ASSERT_THAT(set.status(), IsOk());
    answered = set->version();
    ASSERT_THAT(platform_.survivorship.Refresh({}), IsOk());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(answered, 50);
}

}  // namespace
}  // namespace yilan::core
