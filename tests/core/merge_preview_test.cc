// What a merge would change is what it changes.
#include "core/customers/merge_preview.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/core/identity_fixture.h"

namespace yilan::core {
namespace {

using testing::IsEmpty;

class MergePreviewTest : public IdentityTest {
 protected:
  absl::StatusOr<v1::PreviewMergeResponse> Preview(const std::string& into,
                                                   const std::string& from) {
    const auto request = Parse<v1::PreviewMergeRequest>(
        absl::StrCat("into_customer { ", into, " } from_customer { ", from, " }"));
    v1::PreviewMergeResponse response;
    const absl::Status status = platform_.merge_preview.Preview(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  static std::string Ticket(const std::string& customer, const std::string& key) {
    return absl::StrCat("trouble_ticket { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: 1 } subject { customer_key: '", customer,
                        "' } } status: TROUBLE_TICKET_STATUS_IN_PROGRESS }");
  }
};

TEST_F(MergePreviewTest, ShowsMembersProfileAndTotalsAsTheViewHasThemAfterwards) {
  Take({Source("A", "name: '王小明' gender: 'M'", 1600000000),
        Source("B", "name: '王晓明' birth_date: '1980-01-01'"), Bill("A", "1"), Bill("B", "2"),
        Ticket("B", "T")});
  const auto preview = Preview(Subject("A"), Subject("B"));
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(preview->into_customer_id(), CustomerOf("A"));
  EXPECT_EQ(preview->from_customer_id(), CustomerOf("B"));
  EXPECT_THAT(preview->obstacles(), IsEmpty());
  const auto into = ViewOf(Subject("A"));
  const auto from = ViewOf(Subject("B"));
  EXPECT_EQ(preview->into_totals().SerializeAsString(), into->totals().SerializeAsString());
  EXPECT_EQ(preview->from_totals().SerializeAsString(), from->totals().SerializeAsString());
  ASSERT_EQ(preview->moved_subjects_size(), 1);
  EXPECT_EQ(preview->moved_subjects(0).references(0).customer_key(), "B");
  ASSERT_EQ(preview->profile_changes_size(), 2);
  EXPECT_EQ(preview->profile_changes(0).field(), "name");
  EXPECT_EQ(preview->profile_changes(0).into_value(), "王小明");
  EXPECT_EQ(preview->profile_changes(0).from_value(), "王晓明");
  EXPECT_EQ(preview->profile_changes(1).field(), "birth_date");
  EXPECT_EQ(preview->profile_changes(1).into_value(), "");
  // Nothing has happened yet; then it does.
  ASSERT_NE(CustomerOf("A"), CustomerOf("B"));
  ASSERT_THAT(Merge("A", "B"), IsOk());
  const auto view = ViewOf(Subject("A"));
  EXPECT_EQ(preview->merged_totals().SerializeAsString(), view->totals().SerializeAsString());
  EXPECT_EQ(preview->profile_changes(0).merged_value(), view->profile().name());
  EXPECT_EQ(preview->profile_changes(1).merged_value(), view->profile().birth_date());
}

TEST_F(MergePreviewTest, TheRulesThatHoldChooseTheProfile) {
  Take({Source("A", "name: '王小明'", 1600000000), Source("B", "name: '王晓明'")});
  EXPECT_EQ(Preview(Subject("A"), Subject("B"))->profile_changes_size(), 1);
  v1::UpdateSurvivorshipRulesRequest request;
  request.set_request_id(NewRequestId());
  auto& rule = *request.mutable_survivorship_rules()->add_rules();
  rule.set_field("name");
  rule.add_criteria(v1::SURVIVORSHIP_CRITERION_LONGEST);
  v1::UpdateSurvivorshipRulesResponse response;
  ASSERT_THAT(platform_.survivorship.Update(call_, request, response), IsOk());
  Take({Source("A", "name: '王小明明'", 1600000001)});
  EXPECT_THAT(Preview(Subject("A"), Subject("B"))->profile_changes(), IsEmpty());
}

TEST_F(MergePreviewTest, NamesWhatStandsAgainstIt) {
  Take({Source("A", Document(kIdOfWang)), Source("B", Document(kIdOfLi))});
  ASSERT_THAT(MarkNotDuplicate("A", "B"), IsOk());
  EXPECT_THAT(
      Preview(Subject("A"), Subject("B"))->obstacles(),
      testing::ElementsAre(v1::JOIN_OBSTACLE_SEPARATED, v1::JOIN_OBSTACLE_DIFFERENT_DOCUMENTS));
}

TEST_F(MergePreviewTest, CustomersWithoutSourceRecordsHaveTotalsOnly) {
  Take({Bill("X", "1"), Bill("Y", "2")});
  const auto preview = Preview(Subject("X"), Subject("Y"));
  ASSERT_THAT(preview, IsOk());
  EXPECT_THAT(preview->profile_changes(), IsEmpty());
  EXPECT_EQ(preview->merged_totals().balances(0).balance_due().minor_units(), 200);
  EXPECT_EQ(preview->moved_subjects_size(), 1);
}

TEST_F(MergePreviewTest, OneCustomerAndUnknownOnesAreErrors) {
  Take({Source("A", "name: '王小明'"), Source("B", "name: '李小红'")});
  EXPECT_EQ(ReasonOf(Preview(Subject("A"), Subject("A")).status()), v1::ERROR_REASON_SAME_CUSTOMER);
  EXPECT_EQ(ReasonOf(Preview(Subject("A"), Subject("Z")).status()),
            v1::ERROR_REASON_CUSTOMER_NOT_FOUND);
  const std::string old = CustomerOf("B");
  ASSERT_THAT(Merge("A", "B"), IsOk());
  EXPECT_EQ(ReasonOf(Preview(Subject("A"), absl::StrCat("customer_id: '", old, "'")).status()),
            v1::ERROR_REASON_SAME_CUSTOMER);
}

}  // namespace
}  // namespace yilan::core
