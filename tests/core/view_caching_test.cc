// When a view is served from the cache, and when it must not be.
#include <string>

#include "core/views/views.h"
#include "gmock/gmock.h"
#include "tests/core/forwarding_store.h"
#include "tests/core/view_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using testing::IsEmpty;

using ViewCachingTest = ViewsTest;

TEST_F(ViewCachingTest, AHitReadsNoRecordAndIsTheSameBytes) {
  TakeAll({Bill("B1", 1, 1)});
  CountingStore counting(*store_);
  Views views(counting, clock_, platform_.survivorship, 1 << 20);
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

TEST_F(ViewCachingTest, TryGetLeavesToGetWhatIsNotCached) {
  TakeAll({Bill("B1", 1, 1)});
  Views views(*store_, clock_, platform_.survivorship, 1 << 20);
  const auto request = Request(IdOf("C1"));
  EXPECT_FALSE(views.TryGet(call_, request).has_value());
  EXPECT_FALSE(views.TryGet(call_, Request(ByCrm("C1"))).has_value());
  ASSERT_THAT(views.Get(call_, request), IsOk());
  EXPECT_TRUE(views.TryGet(call_, request).has_value());
  EXPECT_FALSE(
      views.TryGet(call_, Request(IdOf("C1"), "section_mask { paths: 'totals' }")).has_value());
}

// As a database behind a network is.
class DistantStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  bool IsLocal() const override { return false; }
};

TEST_F(ViewCachingTest, TryGetAsksNoStoreThatIsFarAway) {
  TakeAll({Bill("B1", 1, 1)});
  DistantStore distant(*store_);
  Views views(distant, clock_, platform_.survivorship, 1 << 20);
  const auto request = Request(IdOf("C1"));
  ASSERT_THAT(views.Get(call_, request), IsOk());
  EXPECT_FALSE(views.TryGet(call_, request).has_value());
  ASSERT_THAT(views.Get(call_, request), IsOk());
  EXPECT_EQ(views.figures().hits, 1u);
}

TEST_F(ViewCachingTest, TryGetDoesNotServeWhatAWriteHasOutdated) {
  TakeAll({Bill("B1", 1, 1)});
  const auto request = Request(IdOf("C1"));
  ASSERT_THAT(platform_.views.Get(call_, request), IsOk());
  ASSERT_TRUE(platform_.views.TryGet(call_, request).has_value());
  TakeAll({Bill("B2", 2, 1)});
  EXPECT_FALSE(platform_.views.TryGet(call_, request).has_value());
  EXPECT_FALSE(platform_.views.TryGet(call_, Request(ByCrm("C1"))).has_value());
  EXPECT_EQ(View(IdOf("C1"))->customer_bills_size(), 2);
}

TEST_F(ViewCachingTest, OneEntryServesEveryIdentifierOfTheCustomer) {
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

TEST_F(ViewCachingTest, TryGetAnswersErrorsThatNeedNoRecords) {
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

TEST_F(ViewCachingTest, WhatIsDueBecomesOverdueAtItsMomentAlsoInTheCache) {
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

TEST_F(ViewCachingTest, ViewsWithoutTotalsOutliveDueTimes) {
  TakeAll({Bill("B1", 1, 30, "C1", Due(kStartSeconds + 100))});
  const auto request = Request(IdOf("C1"), "section_mask { paths: 'customer_bills' }");
  ASSERT_THAT(platform_.views.Get(call_, request), IsOk());
  clock_.Advance(absl::Hours(10));
  EXPECT_TRUE(platform_.views.TryGet(call_, request).has_value());
}

TEST_F(ViewCachingTest, AClockThatIsSetBackMakesTheViewAnew) {
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

TEST_F(ViewCachingTest, WithoutACacheEveryViewIsRead) {
  TakeAll({Bill("B1", 1, 1)});
  Views views(*store_, clock_, platform_.survivorship, 0);
  const auto request = Request(IdOf("C1"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Parsed(views.Get(call_, request))->customer_bills_size(), 1);
    EXPECT_FALSE(views.TryGet(call_, request).has_value());
  }
  EXPECT_EQ(views.figures().entries, 0u);
}

}  // namespace
}  // namespace yilan::core
