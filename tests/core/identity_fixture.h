// Source records of one system, "crm", and what stewards do with their customers. After each test
// the store is checked.
#ifndef YILAN_TESTS_CORE_IDENTITY_FIXTURE_H_
#define YILAN_TESTS_CORE_IDENTITY_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check/check.h"
#include "tests/core/core_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {

// Valid resident ids (GB 11643): made up, with their check characters.
inline constexpr char kIdOfWang[] = "11010519491231002X";
inline constexpr char kIdOfLi[] = "440524188001010014";

class IdentityTest : public CoreTest {
 protected:
  static std::string Source(const std::string& key, const std::string& fields,
                            int64_t seconds = 1700000000) {
    return absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: ", seconds, " } } ", fields, " }");
  }
  static std::string Document(const std::string& number) {
    return absl::StrCat("identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '", number,
                        "' } ");
  }
  static std::string Phone(const std::string& number) {
    return absl::StrCat("contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '", number, "' } ");
  }
  static std::string Bill(const std::string& customer, const std::string& key) {
    return absl::StrCat("customer_bill { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: 1 } subject { customer_key: '", customer,
                        "' } } amount { currency_code: 'CNY' minor_units: 100 } }");
  }
  static std::string Subject(const std::string& key) {
    return absl::StrCat("subject { source_system: 'crm' customer_key: '", key, "' }");
  }
  std::string CustomerOf(const std::string& key) {
    const auto view = ViewOf(Subject(key));
    EXPECT_THAT(view, IsOk());
    return view.ok() ? view->customer_id() : "";
  }
  absl::StatusOr<v1::MergeResponse> Merge(const std::string& into, const std::string& from,
                                          const std::string& more = "") {
    auto request = Parse<v1::MergeRequest>(absl::StrCat(
        "into_customer { ", Subject(into), " } from_customer { ", Subject(from), " } ", more));
    if (request.request_id().empty()) request.set_request_id(NewRequestId());
    v1::MergeResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.stewardship.Merge(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<v1::UnmergeResponse> Unmerge(const std::string& event_id) {
    v1::UnmergeRequest request;
    request.set_request_id(NewRequestId());
    request.set_event_id(event_id);
    v1::UnmergeResponse response;
    const absl::Status status = platform_.stewardship.Unmerge(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  absl::Status MarkNotDuplicate(const std::string& first, const std::string& second) {
    auto request = Parse<v1::MarkNotDuplicateRequest>(absl::StrCat(
        "first_customer { ", Subject(first), " } second_customer { ", Subject(second), " }"));
    request.set_request_id(NewRequestId());
    v1::MarkNotDuplicateResponse response;
    return platform_.stewardship.MarkNotDuplicate(call_, request, response);
  }
  std::vector<v1::IdentityEvent> History(const std::string& key, int page_size = 0) {
    std::vector<v1::IdentityEvent> events;
    auto request = Parse<v1::ListHistoryRequest>(absl::StrCat("customer { ", Subject(key), " }"));
    request.set_page_size(page_size);
    do {
      v1::ListHistoryResponse response;
      EXPECT_THAT(platform_.stewardship.ListHistory(call_, request, response), IsOk());
      events.insert(events.end(), response.events().begin(), response.events().end());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return events;
  }
  void TearDown() override {
    const auto report = CheckStore(*store_, {}, clock_.Now());
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
  }
};

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_IDENTITY_FIXTURE_H_
