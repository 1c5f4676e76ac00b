// What too many records share is reported, by kind, with some of those that share it.
#include "core/identity/suspects.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/core/core_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

class SuspectsTest : public CoreTest {
 protected:
  // Strangers who share a telephone number.
  void TakeSharers(const std::string& prefix, const std::string& phone, int count) {
    std::vector<std::string> facts;
    for (int i = 0; i < count; ++i) {
      facts.push_back(absl::StrCat("source_record { source { source_system: 'crm' key: '", prefix,
                                   i, "' event_time { seconds: 1700000000 } } name: '",
                                   std::string(1, static_cast<char>('A' + i % 26)), prefix, "x", i,
                                   "' contact_media { type: CONTACT_MEDIUM_TYPE_PHONE value: '",
                                   phone, "' } }"));
    }
    for (const v1::FactResult& result : Take(facts)) {
      ASSERT_EQ(result.outcome(), v1::FACT_OUTCOME_OK) << result.DebugString();
    }
  }
  std::vector<v1::IdentitySuspect> List(int page_size = 0) {
    std::vector<v1::IdentitySuspect> suspects;
    v1::ListSuspectsRequest request;
    request.set_page_size(page_size);
    do {
      v1::ListSuspectsResponse response;
      EXPECT_THAT(platform_.suspects.List(call_, request, response), IsOk());
      suspects.insert(suspects.end(), response.suspects().begin(), response.suspects().end());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return suspects;
  }
};

TEST_F(SuspectsTest, ANumberOfTooManyIsReportedWithSomeOfThem) {
  TakeSharers("K", "+8613800138000", 25);
  std::vector<v1::IdentitySuspect> phones;
  for (const v1::IdentitySuspect& suspect : List()) {
    if (suspect.blocking_rule() == v1::BLOCKING_RULE_PHONE) phones.push_back(suspect);
  }
  ASSERT_EQ(phones.size(), 1u);
  EXPECT_EQ(phones[0].cap(), 20);
  EXPECT_GT(phones[0].source_records(), 20);
  EXPECT_EQ(phones[0].since_time().seconds(), kStart / 1000000);
  ASSERT_EQ(phones[0].examples_size(), 3);
  std::set<std::string> examples;
  for (const v1::SubjectReference& example : phones[0].examples()) {
    EXPECT_EQ(example.source_system(), "crm");
    EXPECT_EQ(example.customer_key()[0], 'K');
    examples.insert(example.customer_key());
  }
  EXPECT_EQ(examples.size(), 3u);
}

TEST_F(SuspectsTest, WhatFewShareIsNot) {
  TakeSharers("K", "+8613800138000", 20);
  for (const v1::IdentitySuspect& suspect : List()) {
    EXPECT_NE(suspect.blocking_rule(), v1::BLOCKING_RULE_PHONE);
  }
}

TEST_F(SuspectsTest, PagesHaveAllOfThemByKind) {
  for (int i = 0; i < 9; ++i) {
    TakeSharers(absl::StrCat("K", i, "n"), absl::StrCat("+861380013800", i), 21);
  }
  const auto all = List();
  ASSERT_GE(all.size(), 9u);
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_LE(all[i - 1].blocking_rule(), all[i].blocking_rule());
  }
  for (const int page_size : {1, 2, 5, 1000}) {
    const auto paged = List(page_size);
    ASSERT_EQ(paged.size(), all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(paged[i].SerializeAsString(), all[i].SerializeAsString());
    }
  }
}

}  // namespace
}  // namespace yilan::core
