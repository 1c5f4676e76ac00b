// Finding customers: the summary, the list, searches and statistics.
#include "core/customers/customers.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/core/core_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class CustomersTest : public CoreTest {
 protected:
  void TakeAll(const std::vector<std::string>& facts) {
    for (const v1::FactResult& result : Take(facts)) {
      ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
    }
  }
  static std::string Record(const std::string& key, const std::string& fields,
                            const std::string& system = "crm", int time = 0) {
    return absl::StrCat("source_record { source { source_system: '", system, "' key: '", key,
                        "' event_time { seconds: ", 1700000000 + time, " } } ", fields, " }");
  }
  static std::string Named(const std::string& key, const std::string& name) {
    return Record(key, "name: '" + name + "'");
  }
  static std::string Phone(const std::string& number) {
    return "contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '" + number + "' }";
  }
  static std::string ByPhone(const std::string& number) {
    return "identifier { typed_identifier { type: IDENTIFIER_TYPE_MSISDN value: '" + number +
           "' } }";
  }
  static std::string Bill(const std::string& key, const std::string& customer) {
    return absl::StrCat("customer_bill { source { source_system: 'crm' key: '", key,
                        "' subject { customer_key: '", customer,
                        "' } event_time { seconds: 1 } } amount { currency_code: 'CNY' } }");
  }

  absl::StatusOr<v1::SearchCustomersResponse> Search(const std::string& text) {
    const auto request = Parse<v1::SearchCustomersRequest>(text);
    v1::SearchCustomersResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.customers.Search(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<v1::ListCustomersResponse> List(const std::string& text) {
    const auto request = Parse<v1::ListCustomersRequest>(text);
    v1::ListCustomersResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.customers.List(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  template <typename Response>
  static std::vector<std::string> Names(const Response& response) {
    std::vector<std::string> names;
    for (const v1::Customer& customer : response.customers()) names.push_back(customer.name());
    return names;
  }
  // All pages of a search or list, each of `size`.
  template <typename Get>
  std::vector<std::string> AllPages(Get get, const std::string& query, int size) {
    std::vector<std::string> names;
    std::string token;
    do {
      const auto page =
          get(absl::StrCat(query, " page_size: ", size, " page_token: '", token, "'"));
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) return names;
      EXPECT_LE(page->customers_size(), size);
      for (const std::string& name : Names(*page)) names.push_back(name);
      token = page->next_page_token();
    } while (!token.empty());
    return names;
  }
  std::vector<std::string> SearchAll(const std::string& query, int size) {
    return AllPages([this](const std::string& text) { return Search(text); }, query, size);
  }
  v1::GetStatisticsResponse Statistics() {
    v1::GetStatisticsResponse response;
    EXPECT_THAT(platform_.customers.GetStatistics(call_, {}, response), IsOk());
    return response;
  }
};

TEST_F(CustomersTest, TheSummaryIsThatOfTheProfile) {
  TakeAll({Record("C1",
                  "name: 'New Old' status: CUSTOMER_STATUS_ACTIVE "
                  "references { source_system: 'billing' customer_key: 'b' }"),
           Record("b", "name: 'NEW  Old' party_type: PARTY_TYPE_ORGANIZATION", "billing", 5)});
  const auto request = Parse<v1::GetCustomerRequest>(
      "customer { subject { source_system: 'crm' customer_key: 'C1' } }");
  v1::GetCustomerResponse response;
  ASSERT_THAT(platform_.customers.Get(call_, request, response), IsOk());
  const auto view = ViewOf("subject { source_system: 'crm' customer_key: 'C1' }");
  EXPECT_EQ(response.customer().name(), "NEW  Old");
  EXPECT_EQ(response.customer().party_type(), v1::PARTY_TYPE_ORGANIZATION);
  EXPECT_EQ(response.customer().status(), v1::CUSTOMER_STATUS_ACTIVE);
  EXPECT_EQ(response.customer().customer_id(), view->customer_id());
  EXPECT_EQ(response.customer().etag(), view->etag());
  ASSERT_EQ(response.customer().subjects_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(response.customer().subjects(i).SerializeAsString(),
              view->subjects(i).SerializeAsString());
  }
}

TEST_F(CustomersTest, ACustomerOfFactsAloneHasNoName) {
  TakeAll({Bill("B", "C1")});
  const auto page = List("");
  ASSERT_EQ(page->customers_size(), 1);
  EXPECT_EQ(page->customers(0).name(), "");
  EXPECT_FALSE(page->customers(0).subjects(0).has_source_record());
}

TEST_F(CustomersTest, AnUnknownCustomerIsNotFound) {
  v1::GetCustomerResponse response;
  EXPECT_EQ(
      ReasonOf(platform_.customers.Get(
          call_,
          Parse<v1::GetCustomerRequest>("customer { customer_id: '00000000000000000000000ABC' }"),
          response)),
      v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
}

TEST_F(CustomersTest, TheListShowsEachCustomerOnceOnPagesOfAnySize) {
  std::vector<std::string> names;
  for (int i = 0; i < 7; ++i) {
    clock_.Advance(absl::Seconds(1));
    names.push_back(absl::StrCat("N", i));
    TakeAll({Named(absl::StrCat("C", i), names.back())});
  }
  for (const int size : {1, 2, 6, 7, 8}) {
    EXPECT_EQ(AllPages([this](const std::string& text) { return List(text); }, "", size), names)
        << size;
  }
  EXPECT_EQ(List("page_size: 7")->next_page_token(), "");
}

TEST_F(CustomersTest, TheListLeavesOutAbsorbedCustomersAndTheQuarantine) {
  Take({"payment { source { source_system: 'crm' key: 'rejected' } }"});
  for (int i = 0; i < 5; ++i) TakeAll({Bill(absl::StrCat("B", i), absl::StrCat("P", i))});
  std::string references;
  for (int i = 0; i < 5; ++i) {
    absl::StrAppend(&references, "references { source_system: 'crm' customer_key: 'P", i, "' } ");
  }
  TakeAll({Record("C1", "name: 'Li' " + references), Named("C2", "Wang")});
  EXPECT_THAT(Names(*List("")), UnorderedElementsAre("Li", "Wang"));
  const auto first = List("page_size: 1");
  ASSERT_EQ(first->customers_size(), 1);
  const auto second =
      List(absl::StrCat("page_size: 1 page_token: '", first->next_page_token(), "'"));
  ASSERT_EQ(second->customers_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(CustomersTest, AnEmptyStoreListsNothing) {
  EXPECT_EQ(List("")->customers_size(), 0);
  EXPECT_EQ(List("")->next_page_token(), "");
  EXPECT_EQ(ReasonOf(List("page_token: 'forged'").status()), v1::ERROR_REASON_INVALID_PAGE_TOKEN);
}

TEST_F(CustomersTest, ANameIsFoundByTheBeginningOfAnyWordInAnyCase) {
  TakeAll({Named("C1", "Wang Xiaoming"), Named("C2", "Wangari Maathai"), Named("C3", "Li Wei"),
           Named("C4", "王小明")});
  EXPECT_THAT(Names(*Search("name_prefix: 'WANG'")),
              ElementsAre("Wang Xiaoming", "Wangari Maathai"));
  EXPECT_THAT(Names(*Search("name_prefix: 'wang x'")), ElementsAre("Wang Xiaoming"));
  EXPECT_THAT(Names(*Search("name_prefix: 'maa'")), ElementsAre("Wangari Maathai"));
  EXPECT_THAT(Names(*Search("name_prefix: '小明'")), ElementsAre("王小明"));
  EXPECT_THAT(Names(*Search("name_prefix: 'zz'")), IsEmpty());
}

TEST_F(CustomersTest, FoundNamesAreInAlphabeticalOrder) {
  TakeAll({Named("C1", "Anders Zorn"), Named("C2", "Anna Berg"), Named("C3", "Bo Anand")});
  EXPECT_THAT(Names(*Search("name_prefix: 'an'")),
              ElementsAre("Bo Anand", "Anders Zorn", "Anna Berg"));
}

TEST_F(CustomersTest, ACustomerIsFoundByANameThatLostToo) {
  TakeAll({Record("C1", "name: 'Maiden' references { source_system: 'billing' customer_key: 'b' }"),
           Record("b", "name: 'Married'", "billing", 5)});
  EXPECT_THAT(Names(*Search("name_prefix: 'maiden'")), ElementsAre("Married"));
}

TEST_F(CustomersTest, ACustomerOfManyMatchingNamesIsShownOnceOverAllPages) {
  // Several words, several source records, several customers of the same names.
  std::vector<std::string> expected;
  for (int i = 0; i < 6; ++i) {
    const std::string key = absl::StrCat("C", i);
    TakeAll(
        {Record(key, absl::StrCat("name: 'Anna Anderson Anne ", i,
                                  "' references { source_system: 'billing' customer_key: '", key,
                                  "' } references { source_system: 'network' customer_key: '", key,
                                  "' }")),
         Record(key, absl::StrCat("name: 'Andrea Anna ", i, "'"), "billing", -5),
         Record(key, "name: 'Anna Anderson'", "network", -6)});
    expected.push_back(absl::StrCat("Anna Anderson Anne ", i));
  }
  for (const int size : {1, 2, 3, 5, 6, 7, 100}) {
    std::vector<std::string> names = SearchAll("name_prefix: 'an'", size);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, expected) << size;
  }
  EXPECT_EQ(Search("name_prefix: 'an' page_size: 6")->next_page_token(), "");
  EXPECT_NE(Search("name_prefix: 'an' page_size: 5")->next_page_token(), "");
}

TEST_F(CustomersTest, SearchPagesAreTheOnePageCutUp) {
  for (int i = 0; i < 20; ++i)
    TakeAll({Named(absl::StrCat("C", i), absl::StrCat("Bo Bolt ", i % 7))});
  const std::vector<std::string> whole = SearchAll("name_prefix: 'bo'", 1000);
  EXPECT_EQ(whole.size(), 20u);
  for (const int size : {1, 3, 19, 20}) EXPECT_EQ(SearchAll("name_prefix: 'bo'", size), whole);
}

TEST_F(CustomersTest, ASearchNeedsSomethingToLookFor) {
  const auto field = [this](const std::string& query) {
    const auto found = Search(query);
    EXPECT_EQ(ReasonOf(found.status()), v1::ERROR_REASON_INVALID_FIELDS) << query;
    return ViolationsOf(found.status()).front().field;
  };
  EXPECT_EQ(field(""), "query");
  EXPECT_EQ(field("name_prefix: 'a'"), "name_prefix");
  EXPECT_EQ(field("name_prefix: '..'"), "name_prefix");
  EXPECT_EQ(field("identifier { }"), "identifier");
  EXPECT_EQ(field("identifier { customer_id: 'x' }"), "identifier.customer_id");
  EXPECT_EQ(field("page_size: -1 name_prefix: 'an'"), "page_size");
}

TEST_F(CustomersTest, ATokenIsGoodForItsSearchOnly) {
  TakeAll({Named("C1", "Anna"), Named("C2", "Anne"), Named("C3", "Andy")});
  const std::string token =
      " page_token: '" + Search("name_prefix: 'an' page_size: 1")->next_page_token() + "'";
  EXPECT_THAT(Search("name_prefix: 'AN'" + token), IsOk());
  EXPECT_EQ(ReasonOf(Search("name_prefix: 'ann'" + token).status()),
            v1::ERROR_REASON_INVALID_PAGE_TOKEN);
  EXPECT_EQ(ReasonOf(Search(ByPhone("13800138000") + token).status()),
            v1::ERROR_REASON_INVALID_PAGE_TOKEN);
}

TEST_F(CustomersTest, AnIdentifierFindsAllItsHoldersOnceEach) {
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i) {
    const std::string key = absl::StrCat("C", i);
    // Three records of each customer hold the number.
    TakeAll({Record(key, absl::StrCat("name: 'N", i, "' ", Phone("13800138000"),
                                      "references { source_system: 'billing' customer_key: '", key,
                                      "' }")),
             Record(key, Phone("13800138000"), "billing", -1),
             absl::StrCat("resource { source { source_system: 'crm' key: '", key,
                          "' subject { customer_key: '", key,
                          "' } event_time { seconds: 1 } } resource_type: IDENTIFIER_TYPE_MSISDN "
                          "value: '13800138000' }")});
    expected.push_back(absl::StrCat("N", i));
  }
  TakeAll({Record("other", Phone("13900139000"))});
  for (const int size : {1, 2, 8, 9, 10}) {
    std::vector<std::string> names = SearchAll(ByPhone("138 0013 8000"), size);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, expected) << size;
  }
}

TEST_F(CustomersTest, OnlyThoseWhoHoldTheNumberNowAreFound) {
  const auto number = [](const std::string& customer, const std::string& period) {
    return absl::StrCat("resource { source { source_system: 'crm' key: '", customer,
                        "' subject { customer_key: '", customer,
                        "' } event_time { seconds: 1 } } resource_type: IDENTIFIER_TYPE_MSISDN "
                        "value: '13800138000' valid_period { ",
                        period, " } }");
  };
  const int64_t now = kStart / 1000000;
  TakeAll({Named("past", "past"), Named("present", "present"), Named("future", "future"),
           number("past", absl::StrCat("end_time { seconds: ", now, " }")),
           number("present", absl::StrCat("start_time { seconds: ", now, " }")),
           number("future", absl::StrCat("start_time { seconds: ", now + 1, " }"))});
  EXPECT_THAT(SearchAll(ByPhone("13800138000"), 1), ElementsAre("present"));
}

TEST_F(CustomersTest, AnIdOrASourceKeyFindsItsCustomerOrNobody) {
  TakeAll({Named("C1", "Li")});
  const std::string id =
      ViewOf("subject { source_system: 'crm' customer_key: 'C1' }")->customer_id();
  EXPECT_THAT(Names(*Search("identifier { customer_id: '" + id + "' }")), ElementsAre("Li"));
  EXPECT_THAT(Names(*Search("identifier { subject { source_system: 'crm' customer_key: 'C1' } }")),
              ElementsAre("Li"));
  EXPECT_THAT(Names(*Search("identifier { subject { source_system: 'crm' customer_key: 'C2' } }")),
              IsEmpty());
}

TEST_F(CustomersTest, StatisticsCountWhatIsCurrentWithoutTheQuarantine) {
  TakeAll({Named("C1", "Li"), Named("C2", "Wang"), Bill("B1", "C1"), Bill("B2", "C1"),
           Bill("B3", "C3")});
  TakeAll({"deletion { fact_type: 'customer_bill' source_system: 'crm' key: 'B2' }",
           Record("C1", "name: 'Li' references { source_system: 'crm' customer_key: 'C2' }", "crm",
                  1)});
  for (int i = 0; i < 20; ++i) {
    Take({absl::StrCat("payment { source { source_system: 'crm' key: 'rejected", i, "' } }")});
  }
  const v1::GetStatisticsResponse statistics = Statistics();
  EXPECT_EQ(statistics.customers(), 3);
  EXPECT_EQ(statistics.subjects(), 3);
  EXPECT_EQ(statistics.deleted_facts(), 1);
  EXPECT_EQ(statistics.identity_conflicts(), 1);
  EXPECT_EQ(statistics.quarantined_facts(), 20);
  std::map<std::string, int64_t> counts;
  for (const v1::FactCount& count : statistics.fact_counts()) {
    counts[count.fact_type()] = count.count();
  }
  EXPECT_EQ(counts, (std::map<std::string, int64_t>{{"source_record", 2}, {"customer_bill", 2}}));
}

TEST_F(CustomersTest, StatisticsOfAnEmptyStoreAreZero) {
  const v1::GetStatisticsResponse statistics = Statistics();
  EXPECT_EQ(statistics.SerializeAsString(), "");
}

}  // namespace
}  // namespace yilan::core
