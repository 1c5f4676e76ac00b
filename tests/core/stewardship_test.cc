// Stewards' decisions and the ledger.
#include "core/identity/stewardship.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/core/identity_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

using StewardshipTest = IdentityTest;

TEST_F(StewardshipTest, AMergeMakesOneCustomerOfTwoAndTheOldIdLeadsThere) {
  Take({Source("A", "name: '王小明'"), Source("B", "name: '李小红'"), Bill("A", "1"),
        Bill("B", "2")});
  const std::string a = CustomerOf("A");
  const std::string b = CustomerOf("B");
  // The younger one stays if the steward wants it so.
  const auto merged = Merge("B", "A", "note: 'same person, married'");
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->customer_id(), b);
  EXPECT_EQ(CustomerOf("A"), b);
  const auto view = ViewOf(absl::StrCat("customer_id: '", a, "'"));
  EXPECT_EQ(view->customer_id(), b);
  EXPECT_EQ(view->customer_bills_size(), 2);
  EXPECT_EQ(view->etag(), merged->customer_etag());
  const auto history = History("A");
  ASSERT_EQ(history.size(), 1u);
  EXPECT_EQ(history[0].event_id(), merged->event_id());
  EXPECT_EQ(history[0].type(), v1::IDENTITY_EVENT_TYPE_MERGE);
  EXPECT_EQ(history[0].from_customer_id(), a);
  EXPECT_EQ(history[0].into_customer_id(), b);
  EXPECT_TRUE(history[0].by_steward());
  EXPECT_EQ(history[0].note(), "same person, married");
  EXPECT_EQ(history[0].actor(), "test");
  ASSERT_EQ(history[0].moved_subjects_size(), 1);
  EXPECT_EQ(history[0].moved_subjects(0).customer_key(), "A");
}

TEST_F(StewardshipTest, AMergeIsAnsweredOnce) {
  Take({Source("A", "name: '王小明'"), Source("B", "name: '李小红'")});
  const std::string id = absl::StrCat("request_id: '", NewRequestId(), "'");
  const auto first = Merge("A", "B", id);
  const auto again = Merge("A", "B", id);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(ReasonOf(Merge("A", "B").status()), v1::ERROR_REASON_SAME_CUSTOMER);
}

TEST_F(StewardshipTest, ValidatingAMergeWritesNothing) {
  Take({Source("A", "name: '王小明'"), Source("B", "name: '李小红'")});
  const auto validated = Merge("A", "B", "validate_only: true");
  ASSERT_THAT(validated, IsOk());
  EXPECT_EQ(validated->event_id(), "");
  EXPECT_NE(CustomerOf("A"), CustomerOf("B"));
  EXPECT_TRUE(History("A").empty());
}

TEST_F(StewardshipTest, DifferentVerifiedDocumentsAreNotMerged) {
  Take({Source("A", "name: '王小明' " + Document(kIdOfWang)),
        Source("B", "name: '王小明' " + Document(kIdOfLi))});
  EXPECT_EQ(ReasonOf(Merge("A", "B").status()), v1::ERROR_REASON_DIFFERENT_DOCUMENTS);
}

TEST_F(StewardshipTest, AnUnmergeGivesEachWhatIsItsOwnAlsoWhatCameLater) {
  Take({Source("A", "name: '王小明'"), Source("B", "name: '李小红'")});
  const std::string a = CustomerOf("A");
  const std::string b = CustomerOf("B");
  const auto merged = Merge("A", "B");
  ASSERT_THAT(merged, IsOk());
  Take({Bill("A", "1"), Bill("B", "2"), Bill("B", "3")});
  const auto unmerged = Unmerge(merged->event_id());
  ASSERT_THAT(unmerged, IsOk());
  EXPECT_EQ(unmerged->customer_id(), a);
  ASSERT_EQ(unmerged->separated_customer_ids_size(), 1);
  EXPECT_EQ(unmerged->separated_customer_ids(0), b);
  EXPECT_EQ(CustomerOf("A"), a);
  EXPECT_EQ(CustomerOf("B"), b);
  EXPECT_EQ(ViewOf(Subject("A"))->customer_bills_size(), 1);
  EXPECT_EQ(ViewOf(Subject("B"))->customer_bills_size(), 2);
  // Undoing twice is an error, and so is what was no merge.
  EXPECT_EQ(ReasonOf(Unmerge(merged->event_id()).status()), v1::ERROR_REASON_MERGE_NOT_IN_EFFECT);
  const auto history = History("B");
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[1].type(), v1::IDENTITY_EVENT_TYPE_UNMERGE);
  EXPECT_EQ(history[1].undone_event_id(), merged->event_id());
  EXPECT_EQ(ReasonOf(Unmerge(history[1].event_id()).status()),
            v1::ERROR_REASON_IDENTITY_EVENT_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Unmerge("nonsense").status()), v1::ERROR_REASON_IDENTITY_EVENT_NOT_FOUND);
  // For good, unless a steward takes it back.
  EXPECT_EQ(ReasonOf(Merge("A", "B").status()), v1::ERROR_REASON_CUSTOMERS_SEPARATED);
  EXPECT_THAT(Merge("A", "B", "lift_separation: true"), IsOk());
  EXPECT_EQ(CustomerOf("A"), CustomerOf("B"));
}

TEST_F(StewardshipTest, YilansOwnMergeIsUndoneForGood) {
  Take({Source("A", "name: '王小明' " + Document(kIdOfWang))});
  Take({Source("B", "name: '王晓明' " + Document(kIdOfWang))});
  ASSERT_EQ(CustomerOf("A"), CustomerOf("B"));
  const auto history = History("A");
  ASSERT_EQ(history.size(), 1u);
  EXPECT_FALSE(history[0].by_steward());
  EXPECT_EQ(history[0].rule(), v1::MATCH_RULE_VERIFIED_DOCUMENT);
  EXPECT_EQ(history[0].probability(), 1);
  ASSERT_THAT(Unmerge(history[0].event_id()), IsOk());
  EXPECT_NE(CustomerOf("A"), CustomerOf("B"));
  // New versions that still agree do not join them again.
  Take({Source("B", "name: '王小明' " + Document(kIdOfWang), 1700000001)});
  EXPECT_NE(CustomerOf("A"), CustomerOf("B"));
}

TEST_F(StewardshipTest, AMergeInsideAChainIsUndone) {
  Take({Source("A", "name: '王小明'"), Source("B", "name: '李小红'"),
        Source("C", "name: '张三丰'")});
  const std::string b = CustomerOf("B");
  const auto first = Merge("A", "B");
  ASSERT_THAT(first, IsOk());
  const auto second = Merge("C", "A");
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(Unmerge(first->event_id()), IsOk());
  EXPECT_EQ(CustomerOf("A"), CustomerOf("C"));
  EXPECT_EQ(CustomerOf("B"), b);
  EXPECT_EQ(History("C").size(), 3u);
  EXPECT_EQ(History("C", 1).size(), 3u);  // Page by page.
}

TEST_F(StewardshipTest, WhatIsNoDuplicateIsNeverJoined) {
  Take({Source("A", "name: '王小明'"), Source("B", "name: '王小明'")});
  ASSERT_THAT(MarkNotDuplicate("A", "B"), IsOk());
  Take({Source("A", "name: '王小明' " + Document(kIdOfWang), 1700000001),
        Source("B", "name: '王小明' " + Document(kIdOfWang), 1700000001)});
  EXPECT_NE(CustomerOf("A"), CustomerOf("B"));
  EXPECT_EQ(ReasonOf(Merge("A", "B").status()), v1::ERROR_REASON_CUSTOMERS_SEPARATED);
  ASSERT_THAT(Merge("A", "B", "lift_separation: true"), IsOk());
  EXPECT_EQ(ReasonOf(MarkNotDuplicate("A", "B")), v1::ERROR_REASON_SAME_CUSTOMER);
}

}  // namespace
}  // namespace yilan::core
