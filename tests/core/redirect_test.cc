// A merged id redirects for ever, and every lookup by it says so.
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/core/identity_fixture.h"

namespace yilan::core {
namespace {

class RedirectTest : public IdentityTest {
 protected:
  // A was merged into B, and B into C.
  void SetUp() override {
    Take({Source("A", "name: '王小明'"), Source("B", "name: '李小红'"),
          Source("C", "name: '张三丰'"), Bill("A", "1")});
    a_ = CustomerOf("A");
    b_ = CustomerOf("B");
    c_ = CustomerOf("C");
    const auto first = Merge("B", "A");
    ASSERT_THAT(first, IsOk());
    first_merge_ = first->event_id();
    ASSERT_THAT(Merge("C", "B"), IsOk());
  }
  static std::string Id(const std::string& customer_id) {
    return absl::StrCat("customer_id: '", customer_id, "'");
  }
  template <typename Request>
  Request For(const std::string& customer) {
    return Parse<Request>(absl::StrCat("customer { ", customer, " }"));
  }

  std::string a_;
  std::string b_;
  std::string c_;
  std::string first_merge_;
};

TEST_F(RedirectTest, AViewSaysByWhichMergedIdItWasFound) {
  // Assembled, and out of the cache.
  for (int i = 0; i < 2; ++i) {
    for (const std::string& old : {a_, b_}) {
      const auto view = ViewOf(Id(old));
      ASSERT_THAT(view, IsOk());
      EXPECT_EQ(view->customer_id(), c_);
      EXPECT_EQ(view->redirected_from_customer_id(), old);
      EXPECT_EQ(view->source_records_size(), 3);
    }
    for (const std::string& now : {Id(c_), Subject("A")}) {
      EXPECT_EQ(ViewOf(now)->customer_id(), c_);
      EXPECT_EQ(ViewOf(now)->redirected_from_customer_id(), "");
    }
  }
}

TEST_F(RedirectTest, SoDoesABatchOfViews) {
  v1::BatchGetCustomerViewsRequest request;
  for (const std::string& id : {a_, c_, b_}) request.add_customers()->set_customer_id(id);
  v1::BatchGetCustomerViewsResponse response;
  ASSERT_THAT(platform_.views.BatchGet(call_, request, response), IsOk());
  ASSERT_EQ(response.results_size(), 3);
  EXPECT_EQ(response.results(0).customer_view().redirected_from_customer_id(), a_);
  EXPECT_EQ(response.results(1).customer_view().redirected_from_customer_id(), "");
  EXPECT_EQ(response.results(2).customer_view().redirected_from_customer_id(), b_);
  EXPECT_EQ(response.results(2).customer_view().customer_id(), c_);
}

TEST_F(RedirectTest, SoDoesAViewOfFewSections) {
  auto request = For<v1::GetCustomerViewRequest>(Id(a_));
  request.mutable_options()->mutable_section_mask()->add_paths("profile");
  const auto bytes = platform_.views.Get(call_, request);
  ASSERT_THAT(bytes, IsOk());
  v1::GetCustomerViewResponse response;
  ASSERT_TRUE(response.ParseFromString(**bytes));
  EXPECT_EQ(response.customer_view().redirected_from_customer_id(), a_);
  EXPECT_EQ(response.customer_view().profile().name(), ViewOf(Id(c_))->profile().name());
}

TEST_F(RedirectTest, SoDoSummariesAndSearches) {
  for (const auto& [customer, from] : {std::pair(Id(a_), a_), std::pair(Id(c_), std::string()),
                                       std::pair(Subject("B"), std::string())}) {
    v1::GetCustomerResponse got;
    ASSERT_THAT(platform_.customers.Get(call_, For<v1::GetCustomerRequest>(customer), got), IsOk());
    EXPECT_EQ(got.customer().customer_id(), c_);
    EXPECT_EQ(got.customer().redirected_from_customer_id(), from);
    v1::SearchCustomersRequest search;
    *search.mutable_identifier() = Parse<v1::CustomerIdentifier>(customer);
    v1::SearchCustomersResponse found;
    ASSERT_THAT(platform_.customers.Search(call_, search, found), IsOk());
    ASSERT_EQ(found.customers_size(), 1);
    EXPECT_EQ(found.customers(0).redirected_from_customer_id(), from);
  }
}

TEST_F(RedirectTest, SoDoListsOfFactsTheTimelineAndTheHistory) {
  for (const auto& [customer, from] :
       {std::pair(Id(a_), a_), std::pair(Id(b_), b_), std::pair(Id(c_), std::string())}) {
    const auto bills = Call<v1::ListCustomerBillsResponse>(
        &Facts::List, For<v1::ListCustomerBillsRequest>(customer));
    ASSERT_THAT(bills, IsOk());
    EXPECT_EQ(bills->customer_bills_size(), 1);
    EXPECT_EQ(bills->redirected_from_customer_id(), from);
    v1::ListTimelineResponse timeline;
    ASSERT_THAT(platform_.timeline.List(call_, For<v1::ListTimelineRequest>(customer), timeline),
                IsOk());
    EXPECT_EQ(timeline.redirected_from_customer_id(), from);
    v1::ListHistoryResponse history;
    ASSERT_THAT(
        platform_.stewardship.ListHistory(call_, For<v1::ListHistoryRequest>(customer), history),
        IsOk());
    EXPECT_EQ(history.events_size(), 2);
    EXPECT_EQ(history.redirected_from_customer_id(), from);
  }
}

TEST_F(RedirectTest, AnIdThatGotItsSubjectsBackRedirectsNoMore) {
  ASSERT_THAT(Unmerge(first_merge_), IsOk());
  const auto view = ViewOf(Id(a_));
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->customer_id(), a_);
  EXPECT_EQ(view->redirected_from_customer_id(), "");
  EXPECT_EQ(ViewOf(Id(b_))->redirected_from_customer_id(), b_);
}

}  // namespace
}  // namespace yilan::core
