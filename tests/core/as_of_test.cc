// Who held a number at some time: numbers are given to somebody else, and every lookup can be asked
// as of a moment.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/core/view_fixture.h"
#include "tests/error_reason.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int64_t kDay = 86400;
constexpr char kNobody[] = "CUSTOMER_NOT_FOUND";
constexpr char kSeveral[] = "AMBIGUOUS_IDENTIFIER";

class AsOfTest : public ViewsTest {
 protected:
  // Days from kStart, which is the time of the clock.
  static int64_t Day(int64_t day) { return kStartSeconds + day * kDay; }
  static std::string Time(int64_t seconds, int32_t nanos = 0) {
    return absl::StrCat("as_of_time { seconds: ", seconds, " nanos: ", nanos, " }");
  }
  static std::string Period(int64_t from, int64_t to) {
    std::string period = "valid_period { ";
    if (from != 0) absl::StrAppend(&period, "start_time { seconds: ", Day(from), " } ");
    if (to != 0) absl::StrAppend(&period, "end_time { seconds: ", Day(to), " } ");
    return period + "}";
  }
  // A customer of crm, by this name, who has a phone number for a period; 0 is no limit.
  void TakeHolder(const std::string& key, int64_t from, int64_t to) {
    TakeAll({Crm(key, absl::StrCat("name: '", key, "' contact_media { type: ",
                                   "CONTACT_MEDIUM_TYPE_PHONE value: '138 0013 8000' ",
                                   Period(from, to), " }"))});
  }
  // "Old" has the number up to day -10, "New" from day -5 on.
  void TakeRecycled() {
    TakeHolder("Old", 0, -10);
    TakeHolder("New", -5, 0);
  }

  static constexpr char kNumber[] =
      "typed_identifier { type: IDENTIFIER_TYPE_MSISDN value: '+86 138-0013-8000' }";
  template <typename Request>
  static Request About(const std::string& time, const std::string& identifier = kNumber) {
    return Parse<Request>(absl::StrCat("customer { ", identifier, " } ", time));
  }

  // The name of who is found by each RPC, or why nobody is: all must agree.
  std::string Holder(const std::string& time, const std::string& identifier = kNumber) {
    std::map<std::string, std::string> found;
    const auto name_or = [](const absl::Status& status, const std::string& name) {
      return status.ok() ? name : ReasonName(ReasonOf(status));
    };
    const auto request = About<v1::GetCustomerViewRequest>(time, identifier);
    const auto view = Parsed(platform_.views.Get(call_, request));
    found["view"] = name_or(view.status(), view.ok() ? view->profile().name() : "");
    if (const auto at_once = platform_.views.TryGet(call_, request); at_once.has_value()) {
      const auto again = Parsed(*at_once);
      found["cached view"] = name_or(again.status(), again.ok() ? again->profile().name() : "");
    }
    v1::BatchGetCustomerViewsResponse batch;
    EXPECT_THAT(platform_.views.BatchGet(call_,
                                         Parse<v1::BatchGetCustomerViewsRequest>(
                                             absl::StrCat("customers { ", identifier, " } ", time)),
                                         batch),
                IsOk());
    found["batch"] = batch.results(0).has_error()
                         ? batch.results(0).error().reason()
                         : batch.results(0).customer_view().profile().name();
    v1::GetCustomerResponse customer;
    const absl::Status got =
        platform_.customers.Get(call_, About<v1::GetCustomerRequest>(time, identifier), customer);
    found["customer"] = name_or(got, customer.customer().name());
    v1::ListTimelineResponse timeline;
    const absl::Status listed =
        platform_.timeline.List(call_, About<v1::ListTimelineRequest>(time, identifier), timeline);
    found["timeline"] =
        name_or(listed, listed.ok() ? timeline.entries(0).fact().source_record().name() : "");
    v1::ListSourceRecordsResponse records;
    const absl::Status facts =
        platform_.facts.List(call_, About<v1::ListSourceRecordsRequest>(time, identifier), records);
    found["facts"] = name_or(facts, facts.ok() ? records.source_records(0).name() : "");
    for (const auto& [rpc, name] : found) EXPECT_EQ(name, found["view"]) << rpc;
    return found["view"];
  }

  std::vector<std::string> Search(const std::string& time, const std::string& more = "") {
    v1::SearchCustomersResponse response;
    EXPECT_THAT(platform_.customers.Search(call_,
                                           Parse<v1::SearchCustomersRequest>(absl::StrCat(
                                               "identifier { ", kNumber, " } ", time, more)),
                                           response),
                IsOk());
    std::vector<std::string> names;
    for (const v1::Customer& customer : response.customers()) names.push_back(customer.name());
    return names;
  }
};

TEST_F(AsOfTest, ARecycledNumberLeadsToWhoHeldItThen) {
  TakeRecycled();
  EXPECT_EQ(Holder(""), "New");
  EXPECT_EQ(Holder(Time(Day(-100))), "Old");
  EXPECT_EQ(Holder(Time(Day(-11))), "Old");
  EXPECT_EQ(Holder(Time(Day(-7))), kNobody);
  EXPECT_EQ(Holder(Time(Day(-4))), "New");
  EXPECT_EQ(Holder(Time(Day(100))), "New");
}

TEST_F(AsOfTest, TheStartBelongsToThePeriodAndTheEndDoesNot) {
  TakeRecycled();
  EXPECT_EQ(Holder(Time(Day(-10) - 1, 999999000)), "Old");
  EXPECT_EQ(Holder(Time(Day(-10))), kNobody);
  EXPECT_EQ(Holder(Time(Day(-5) - 1, 999999000)), kNobody);
  EXPECT_EQ(Holder(Time(Day(-5))), "New");
}

TEST_F(AsOfTest, WhereOneGivesTheNumberToTheOtherAtOnceThereIsAlwaysOneHolder) {
  TakeHolder("Old", 0, -5);
  TakeHolder("New", -5, 0);
  EXPECT_EQ(Holder(Time(Day(-5) - 1, 999999000)), "Old");
  EXPECT_EQ(Holder(Time(Day(-5))), "New");
}

TEST_F(AsOfTest, ANumberMayBeAmbiguousAtOneTimeAndNotAtAnother) {
  TakeHolder("Father", -100, 0);
  TakeHolder("Daughter", -50, -20);
  EXPECT_EQ(Holder(""), "Father");
  EXPECT_EQ(Holder(Time(Day(-60))), "Father");
  EXPECT_EQ(Holder(Time(Day(-50))), kSeveral);
  EXPECT_EQ(Holder(Time(Day(-21))), kSeveral);
  EXPECT_EQ(Holder(Time(Day(-20))), "Father");
  EXPECT_EQ(Holder(Time(Day(-101))), kNobody);
}

TEST_F(AsOfTest, ANumberOfTheNetworkIsRecycledAsOneOfASourceRecord) {
  TakeAll({Crm("Old", "name: 'Old'"), Crm("New", "name: 'New'")});
  for (const auto& [key, from, to] :
       {std::tuple<std::string, int64_t, int64_t>("Old", 0, -10), {"New", -5, 0}}) {
    TakeAll({absl::StrCat("resource { ", Source("network", key, 1, key),
                          " resource_type: IDENTIFIER_TYPE_IMSI value: '460001234567890' ",
                          Period(from, to), " }")});
  }
  const std::string imsi =
      "typed_identifier { type: IDENTIFIER_TYPE_IMSI value: '460001234567890' }";
  const auto view = [&](const std::string& time) {
    const auto parsed =
        Parsed(platform_.views.Get(call_, About<v1::GetCustomerViewRequest>(time, imsi)));
    return parsed.ok() ? parsed->profile().name() : ReasonName(ReasonOf(parsed.status()));
  };
  EXPECT_EQ(view(""), "New");
  EXPECT_EQ(view(Time(Day(-11))), "Old");
  EXPECT_EQ(view(Time(Day(-10))), kNobody);
  EXPECT_EQ(view(Time(Day(-5))), "New");
}

TEST_F(AsOfTest, SearchListsAllWhoHeldItThen) {
  TakeHolder("Father", -100, 0);
  TakeHolder("Daughter", -50, -20);
  EXPECT_THAT(Search(""), ElementsAre("Father"));
  EXPECT_THAT(Search(Time(Day(-30))), UnorderedElementsAre("Father", "Daughter"));
  EXPECT_THAT(Search(Time(Day(-20))), ElementsAre("Father"));
  EXPECT_THAT(Search(Time(Day(-101))), IsEmpty());
}

TEST_F(AsOfTest, ASearchGoesOnAtItsOwnMomentOnly) {
  TakeHolder("Father", -100, 0);
  TakeHolder("Daughter", -50, -20);
  auto request = Parse<v1::SearchCustomersRequest>(
      absl::StrCat("identifier { ", kNumber, " } page_size: 1 ", Time(Day(-30))));
  v1::SearchCustomersResponse first;
  ASSERT_THAT(platform_.customers.Search(call_, request, first), IsOk());
  ASSERT_NE(first.next_page_token(), "");
  request.set_page_token(first.next_page_token());
  v1::SearchCustomersResponse second;
  ASSERT_THAT(platform_.customers.Search(call_, request, second), IsOk());
  ASSERT_EQ(second.customers_size(), 1);
  EXPECT_NE(second.customers(0).name(), first.customers(0).name());
  request.clear_as_of_time();
  EXPECT_EQ(ReasonOf(platform_.customers.Search(call_, request, second)),
            v1::ERROR_REASON_INVALID_PAGE_TOKEN);
}

TEST_F(AsOfTest, TheCacheNeverShowsAnotherHolder) {
  TakeHolder("Old", 0, -5);
  TakeHolder("New", -5, 0);
  for (int round = 0; round < 3; ++round) {
    for (int64_t day : {-6, -5, -100, 3, -4, -7}) {
      const auto request = About<v1::GetCustomerViewRequest>(Time(Day(day)));
      const std::string holder = day < -5 ? "Old" : "New";
      EXPECT_EQ(Parsed(platform_.views.Get(call_, request))->profile().name(), holder);
      const auto cached = platform_.views.TryGet(call_, request);
      ASSERT_TRUE(cached.has_value());
      EXPECT_EQ(Parsed(*cached)->profile().name(), holder);
    }
  }
  EXPECT_EQ(platform_.views.figures().misses, 2u) << "One view of each, whatever the moment.";
}

TEST_F(AsOfTest, ViewsAreStillOfNow) {
  TakeRecycled();
  const int64_t due = kStartSeconds + 100;
  TakeAll({Bill("B1", 1, 30, "Old", Due(due))});
  const auto overdue = [&] {
    return Parsed(platform_.views.Get(call_, About<v1::GetCustomerViewRequest>(Time(Day(-50)))))
        ->totals()
        .balances(0)
        .overdue()
        .minor_units();
  };
  EXPECT_EQ(overdue(), 0);
  clock_.Set(due * 1000000);
  EXPECT_EQ(overdue(), 30);
}

TEST_F(AsOfTest, IdsAndKeysOfSystemsLeadToTheSameCustomerAtAnyTime) {
  TakeRecycled();
  for (const int64_t day : {-10000, -7, 0, 10000}) {
    EXPECT_EQ(Holder(Time(Day(day)), ByCrm("Old")), "Old");
    EXPECT_EQ(Holder(Time(Day(day)), IdOf("New")), "New");
  }
}

TEST_F(AsOfTest, EveryLookupOfACustomerTakesAMoment) {
  for (const google::protobuf::FileDescriptor* file :
       {v1::GetCustomerRequest::descriptor()->file(),
        v1::GetCustomerViewRequest::descriptor()->file(),
        v1::ListCustomerBillsRequest::descriptor()->file(),
        v1::ListTroubleTicketsRequest::descriptor()->file(),
        v1::ListResourcesRequest::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const google::protobuf::Descriptor& request = *file->message_type(i);
      for (int j = 0; j < request.field_count(); ++j) {
        if (request.field(j)->message_type() != v1::CustomerIdentifier::descriptor()) continue;
        EXPECT_NE(request.FindFieldByName("as_of_time"), nullptr) << request.full_name();
      }
    }
  }
}

TEST_F(AsOfTest, ListsOfFactsTakeItForEveryKind) {
  TakeRecycled();
  TakeAll({Bill("B1", 1, 30, "Old"), Bill("B2", 1, 30, "New")});
  v1::ListCustomerBillsResponse bills;
  ASSERT_THAT(
      platform_.facts.List(call_, About<v1::ListCustomerBillsRequest>(Time(Day(-50))), bills),
      IsOk());
  EXPECT_THAT(Keys(bills.customer_bills()), ElementsAre("B1"));
  ASSERT_THAT(platform_.facts.List(call_, About<v1::ListCustomerBillsRequest>(""), bills), IsOk());
  EXPECT_THAT(Keys(bills.customer_bills()), ElementsAre("B2"));
}

TEST_F(AsOfTest, PeriodsOfContactsAndDocumentsThatEndBeforeTheyStartAreRefused) {
  const std::string wrong =
      "valid_period { start_time { seconds: 200 } end_time { seconds: 100 } } }";
  const auto results = Take(
      {Crm("C1", absl::StrCat("contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '1' ", wrong,
                              " identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: 'X' ",
                              wrong))});
  ASSERT_EQ(results[0].outcome(), v1::FACT_OUTCOME_REJECTED);
  ASSERT_EQ(results[0].violations_size(), 2);
  EXPECT_EQ(results[0].violations(0).field(),
            "source_record.contact_media[0].valid_period.end_time");
  EXPECT_EQ(results[0].violations(1).field(),
            "source_record.identifications[0].valid_period.end_time");
}

}  // namespace
}  // namespace yilan::core
