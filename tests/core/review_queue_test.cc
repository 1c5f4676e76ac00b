// What waits for a steward: which pairs, in what order, whose they are, and what is decided.
#include "core/identity/review_queue.h"

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/check/check.h"
#include "tests/core/core_fixture.h"
#include "tests/status_matchers.h"

namespace yilan::core {
namespace {

constexpr char kIdOfWang[] = "11010519491231002X";
constexpr char kIdOfLi[] = "440524188001010014";

class ReviewQueueTest : public CoreTest {
 protected:
  static std::string Source(const std::string& key, const std::string& fields,
                            int64_t seconds = 1700000000) {
    return absl::StrCat("source_record { source { source_system: 'crm' key: '", key,
                        "' event_time { seconds: ", seconds,
                        " } } party_type: PARTY_TYPE_INDIVIDUAL ", fields, " }");
  }
  static std::string Person(const std::string& name, const std::string& birth_date) {
    return absl::StrCat("name: '", name, "' birth_date: '", birth_date, "' ");
  }
  static std::string Document(const std::string& number) {
    return absl::StrCat("identifications { type: IDENTIFIER_TYPE_NATIONAL_ID value: '", number,
                        "' } ");
  }
  static std::string Subject(const std::string& key) {
    return absl::StrCat("subject { source_system: 'crm' customer_key: '", key, "' }");
  }
  // Two records that may be one person: name and birth date, and nothing else.
  void TakeTwo() {
    Take(
        {Source("A", Person("王小明", "1990-05-17")), Source("B", Person("王小明", "1990-05-17"))});
  }

  std::string CustomerOf(const std::string& key) {
    const auto view = ViewOf(Subject(key));
    EXPECT_THAT(view, IsOk());
    return view.ok() ? view->customer_id() : "";
  }
  std::vector<v1::ReviewCandidate> List(const std::string& request_text = "") {
    auto request = Parse<v1::ListReviewCandidatesRequest>(request_text);
    std::vector<v1::ReviewCandidate> candidates;
    do {
      v1::ListReviewCandidatesResponse response;
      EXPECT_THAT(platform_.review.List(call_, request, response), IsOk());
      if (request.page_size() > 0) {
        EXPECT_LE(response.candidates_size(), request.page_size());
      }
      candidates.insert(candidates.end(), response.candidates().begin(),
                        response.candidates().end());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return candidates;
  }
  std::string OnlyCandidate() {
    const auto candidates = List();
    EXPECT_EQ(candidates.size(), 1u);
    return candidates.empty() ? "" : candidates[0].candidate_id();
  }
  absl::StatusOr<v1::ReviewCandidate> Claim(const std::string& candidate,
                                            const std::string& steward,
                                            const std::string& more = "") {
    auto request = Parse<v1::ClaimCandidateRequest>(more);
    request.set_candidate_id(candidate);
    request.set_steward(steward);
    request.set_request_id(NewRequestId());
    v1::ClaimCandidateResponse response;
    const absl::Status status = platform_.review.Claim(call_, request, response);
    if (!status.ok()) return status;
    return response.candidate();
  }
  absl::StatusOr<v1::ResolveCandidateResponse> Resolve(const std::string& candidate,
                                                       v1::ReviewDecision decision,
                                                       const std::string& more = "") {
    auto request = Parse<v1::ResolveCandidateRequest>(more);
    request.set_candidate_id(candidate);
    request.set_decision(decision);
    if (request.request_id().empty()) request.set_request_id(NewRequestId());
    v1::ResolveCandidateResponse response;
    absl::Status status = Validate(request);
    if (status.ok()) status = platform_.review.Resolve(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<std::string> Merge(const std::string& into, const std::string& from) {
    auto request = Parse<v1::MergeRequest>(absl::StrCat(
        "into_customer { ", Subject(into), " } from_customer { ", Subject(from), " }"));
    request.set_request_id(NewRequestId());
    v1::MergeResponse response;
    const absl::Status status = platform_.stewardship.Merge(call_, request, response);
    if (!status.ok()) return status;
    return response.event_id();
  }
  absl::Status Unmerge(const std::string& event_id) {
    v1::UnmergeRequest request;
    request.set_request_id(NewRequestId());
    request.set_event_id(event_id);
    v1::UnmergeResponse response;
    return platform_.stewardship.Unmerge(call_, request, response);
  }
  absl::Status MarkNotDuplicate(const std::string& first, const std::string& second) {
    auto request = Parse<v1::MarkNotDuplicateRequest>(absl::StrCat(
        "first_customer { ", Subject(first), " } second_customer { ", Subject(second), " }"));
    request.set_request_id(NewRequestId());
    v1::MarkNotDuplicateResponse response;
    return platform_.stewardship.MarkNotDuplicate(call_, request, response);
  }
  // The store is sound, and with it the queue.
  void ExpectSound() {
    const auto report = CheckStore(*store_, {}, clock_.Now());
    ASSERT_THAT(report, IsOk());
    ASSERT_EQ(report->damages, 0) << testing::PrintToString(report->examples);
  }
  void TearDown() override { ExpectSound(); }
};

TEST_F(ReviewQueueTest, APairThatMayBeOnePersonWaits) {
  TakeTwo();
  const auto candidates = List();
  ASSERT_EQ(candidates.size(), 1u);
  const v1::ReviewCandidate& one = candidates[0];
  EXPECT_GE(one.probability(), .5);
  EXPECT_LT(one.probability(), .99);
  EXPECT_EQ(one.rule(), v1::MATCH_RULE_PROBABILITY);
  EXPECT_NE(one.model_version(), "");
  EXPECT_EQ(one.waiting_since_time().seconds(), kStart / 1000000);
  EXPECT_EQ(one.claimed_by(), "");
  EXPECT_FALSE(one.has_due_time());
  EXPECT_NE(one.first_customer_id(), one.second_customer_id());
  EXPECT_EQ(one.first_customer_id(), CustomerOf(one.first_record().customer_key()));
  EXPECT_EQ(one.second_customer_id(), CustomerOf(one.second_record().customer_key()));
}

TEST_F(ReviewQueueTest, WhatIsMergedOtherwiseWaitsNoLonger) {
  TakeTwo();
  const auto merged = Merge("A", "B");
  ASSERT_THAT(merged, IsOk());
  EXPECT_TRUE(List().empty());
  // To undo it is to keep them apart.
  ASSERT_THAT(Unmerge(*merged), IsOk());
  EXPECT_TRUE(List().empty());
}

TEST_F(ReviewQueueTest, WhatIsKeptApartWaitsNoLonger) {
  TakeTwo();
  ASSERT_THAT(MarkNotDuplicate("B", "A"), IsOk());
  EXPECT_TRUE(List().empty());
}

TEST_F(ReviewQueueTest, WhatIsNoLongerAlikeWaitsNoLonger) {
  TakeTwo();
  Take({Source("B", Person("李红", "1971-12-03"), 1700000001)});
  EXPECT_TRUE(List().empty());
}

TEST_F(ReviewQueueTest, WhatYilanJoinsWaitsNoLongerAndAgainWhenItPartsThem) {
  TakeTwo();
  const std::string candidate = OnlyCandidate();
  ASSERT_THAT(Claim(candidate, "li"), IsOk());
  const std::string person = Person("王小明", "1990-05-17");
  clock_.Advance(absl::Hours(1));
  Take({Source("A", person + Document(kIdOfWang), 1700000001),
        Source("B", person + Document(kIdOfWang), 1700000001)});
  ASSERT_EQ(CustomerOf("A"), CustomerOf("B"));
  EXPECT_TRUE(List().empty());
  Take({Source("B", person, 1700000002)});
  ASSERT_NE(CustomerOf("A"), CustomerOf("B"));
  const auto candidates = List();
  ASSERT_EQ(candidates.size(), 1u);
  EXPECT_EQ(candidates[0].candidate_id(), candidate);
  EXPECT_EQ(candidates[0].claimed_by(), "");
  EXPECT_EQ(candidates[0].waiting_since_time().seconds(), kStart / 1000000 + 3600);
}

TEST_F(ReviewQueueTest, ADecisionOnTheCustomerOfARecordCountsForTheRecord) {
  TakeTwo();
  Take({Source("C", "name: '张三丰'")});
  ASSERT_THAT(MarkNotDuplicate("C", "B"), IsOk());
  EXPECT_EQ(List().size(), 1u);
  const auto merged = Merge("A", "C");
  ASSERT_THAT(merged, IsOk());
  EXPECT_TRUE(List().empty());
  ASSERT_THAT(Unmerge(*merged), IsOk());
  EXPECT_EQ(List().size(), 1u);
}

TEST_F(ReviewQueueTest, ARecordThatIsTakenBackWaitsNoLonger) {
  TakeTwo();
  Take(
      {"deletion { fact_type: 'source_record' source_system: 'crm' key: 'B' event_time { seconds: "
       "1700000009 } }"});
  EXPECT_TRUE(List().empty());
}

TEST_F(ReviewQueueTest, TheMostProbableComeFirstPageByPage) {
  std::vector<std::string> facts;
  const std::vector<std::string> names = {"王小明", "李红", "欧阳锋", "张三丰", "郗鉴", "单雄信"};
  for (size_t i = 0; i < names.size(); ++i) {
    for (const char* side : {"L", "R"}) {
      facts.push_back(Source(absl::StrCat(side, i), Person(names[i], "1983-02-11")));
    }
  }
  Take(facts);
  const auto all = List();
  ASSERT_GE(all.size(), 4u);
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(all[i - 1].probability(), all[i].probability());
  }
  for (const int page_size : {1, 2, 3}) {
    const auto paged = List(absl::StrCat("page_size: ", page_size));
    ASSERT_EQ(paged.size(), all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(paged[i].candidate_id(), all[i].candidate_id());
    }
  }
}

TEST_F(ReviewQueueTest, AClaimHoldsUntilItsDueTimeForItsStewardAlone) {
  TakeTwo();
  const std::string id = OnlyCandidate();
  const auto claimed = Claim(id, "li", "duration { seconds: 3600 }");
  ASSERT_THAT(claimed, IsOk());
  EXPECT_EQ(claimed->claimed_by(), "li");
  EXPECT_EQ(claimed->due_time().seconds(), kStart / 1000000 + 3600);
  EXPECT_EQ(ReasonOf(Claim(id, "wang").status()), v1::ERROR_REASON_CANDIDATE_CLAIMED);
  EXPECT_EQ(ReasonOf(Resolve(id, v1::REVIEW_DECISION_MERGE, "steward: 'wang'").status()),
            v1::ERROR_REASON_CANDIDATE_CLAIMED);
  EXPECT_TRUE(List("filter: REVIEW_FILTER_UNCLAIMED").empty());
  EXPECT_EQ(List("filter: REVIEW_FILTER_MINE steward: 'li'").size(), 1u);
  EXPECT_TRUE(List("filter: REVIEW_FILTER_MINE steward: 'wang'").empty());
  EXPECT_TRUE(List("filter: REVIEW_FILTER_MINE steward: 'l'").empty());
  // Prolonged by whom it belongs to.
  clock_.Advance(absl::Minutes(30));
  EXPECT_THAT(Claim(id, "li", "duration { seconds: 3600 }"), IsOk());
  clock_.Advance(absl::Minutes(45));
  EXPECT_EQ(ReasonOf(Claim(id, "wang").status()), v1::ERROR_REASON_CANDIDATE_CLAIMED);
  clock_.Advance(absl::Minutes(15));
  EXPECT_EQ(List()[0].claimed_by(), "");
  EXPECT_EQ(List("filter: REVIEW_FILTER_UNCLAIMED").size(), 1u);
  EXPECT_TRUE(List("filter: REVIEW_FILTER_MINE steward: 'li'").empty());
  const auto next = Claim(id, "wang");
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->due_time().seconds(), kStart / 1000000 + 90 * 60 + 86400);
}

TEST_F(ReviewQueueTest, AClaimIsGivenBack) {
  TakeTwo();
  const std::string id = OnlyCandidate();
  ASSERT_THAT(Claim(id, "li"), IsOk());
  EXPECT_EQ(ReasonOf(Claim(id, "wang", "duration {}").status()),
            v1::ERROR_REASON_CANDIDATE_CLAIMED);
  const auto back = Claim(id, "li", "duration {}");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->claimed_by(), "");
  EXPECT_THAT(Claim(id, "wang"), IsOk());
}

TEST_F(ReviewQueueTest, WithoutAStewardTheCallerIsIt) {
  TakeTwo();
  const auto claimed = Claim(OnlyCandidate(), "");
  ASSERT_THAT(claimed, IsOk());
  EXPECT_EQ(claimed->claimed_by(), "test");
  EXPECT_EQ(List("filter: REVIEW_FILTER_MINE").size(), 1u);
}

TEST_F(ReviewQueueTest, AClaimIsNotForEver) {
  TakeTwo();
  const std::string id = OnlyCandidate();
  for (const char* duration :
       {"duration { seconds: -1 }", "duration { seconds: 2592001 }", "duration { nanos: -1 }",
        "duration { seconds: 2592000 nanos: 999999000 }"}) {
    EXPECT_EQ(ReasonOf(Claim(id, "li", duration).status()), v1::ERROR_REASON_INVALID_FIELDS)
        << duration;
  }
  EXPECT_THAT(Claim(id, "li", "duration { seconds: 2592000 }"), IsOk());
}

TEST_F(ReviewQueueTest, WhatDoesNotWaitIsNotFound) {
  TakeTwo();
  const std::string id = OnlyCandidate();
  const std::string half = id.substr(0, 26);
  for (const std::string& other :
       {std::string(), std::string("x"), half, absl::StrCat(half, "-", half), id + "-"}) {
    EXPECT_EQ(ReasonOf(Claim(other, "li").status()), v1::ERROR_REASON_CANDIDATE_NOT_FOUND);
    EXPECT_EQ(ReasonOf(Resolve(other.empty() ? "y" : other, v1::REVIEW_DECISION_MERGE).status()),
              v1::ERROR_REASON_CANDIDATE_NOT_FOUND);
  }
  EXPECT_EQ(ReasonOf(Resolve(id, v1::REVIEW_DECISION_UNSPECIFIED).status()),
            v1::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(ReviewQueueTest, AStewardMergesOnce) {
  TakeTwo();
  const std::string id = OnlyCandidate();
  const std::string older = std::min(CustomerOf("A"), CustomerOf("B"));
  ASSERT_THAT(Claim(id, "li"), IsOk());
  const std::string request =
      absl::StrCat("request_id: '", NewRequestId(), "' steward: 'li' note: 'spoke with them'");
  const auto merged = Resolve(id, v1::REVIEW_DECISION_MERGE, request);
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->customer_id(), older);
  EXPECT_EQ(CustomerOf("A"), older);
  EXPECT_EQ(CustomerOf("B"), older);
  EXPECT_TRUE(List().empty());
  const auto again = Resolve(id, v1::REVIEW_DECISION_MERGE, request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), merged->SerializeAsString());
  EXPECT_EQ(ReasonOf(Resolve(id, v1::REVIEW_DECISION_MERGE).status()),
            v1::ERROR_REASON_CANDIDATE_NOT_FOUND);
  // In the ledger, with what the comparison said; and it can be undone.
  v1::ListHistoryResponse history;
  ASSERT_THAT(
      platform_.stewardship.ListHistory(
          call_, Parse<v1::ListHistoryRequest>(absl::StrCat("customer { ", Subject("A"), " }")),
          history),
      IsOk());
  ASSERT_EQ(history.events_size(), 1);
  EXPECT_EQ(history.events(0).event_id(), merged->event_id());
  EXPECT_EQ(history.events(0).actor(), "li");
  EXPECT_EQ(history.events(0).note(), "spoke with them");
  EXPECT_TRUE(history.events(0).by_steward());
  EXPECT_GT(history.events(0).probability(), .5);
  ASSERT_THAT(Unmerge(merged->event_id()), IsOk());
  EXPECT_NE(CustomerOf("A"), CustomerOf("B"));
}

TEST_F(ReviewQueueTest, AStewardKeepsApartForGood) {
  TakeTwo();
  const auto decided = Resolve(OnlyCandidate(), v1::REVIEW_DECISION_NOT_DUPLICATE);
  ASSERT_THAT(decided, IsOk());
  EXPECT_NE(decided->event_id(), "");
  EXPECT_EQ(decided->customer_id(), "");
  EXPECT_TRUE(List().empty());
  EXPECT_EQ(ReasonOf(Merge("A", "B").status()), v1::ERROR_REASON_CUSTOMERS_SEPARATED);
  // Another version of the record does not bring it back.
  Take({Source("B", Person("王小明", "1990-05-17") + "gender: 'male'", 1700000001)});
  EXPECT_TRUE(List().empty());
}

TEST_F(ReviewQueueTest, ValidatingWritesNothing) {
  TakeTwo();
  const std::string id = OnlyCandidate();
  const auto merged = Resolve(id, v1::REVIEW_DECISION_MERGE, "validate_only: true");
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->event_id(), "");
  EXPECT_THAT(Claim(id, "li", "validate_only: true"), IsOk());
  EXPECT_EQ(List()[0].claimed_by(), "");
  EXPECT_NE(CustomerOf("A"), CustomerOf("B"));
}

TEST_F(ReviewQueueTest, DifferentDocumentsOfOtherRecordsAreNotMerged) {
  const std::string person = Person("王小明", "1990-05-17");
  Take({Source("A", person + Document(kIdOfWang)), Source("B", person),
        Source("C", "name: '王大' " + Document(kIdOfLi))});
  ASSERT_THAT(Merge("C", "B"), IsOk());
  const auto candidates = List();
  ASSERT_EQ(candidates.size(), 1u);
  const std::string id = candidates[0].candidate_id();
  EXPECT_EQ(ReasonOf(Resolve(id, v1::REVIEW_DECISION_MERGE).status()),
            v1::ERROR_REASON_DIFFERENT_DOCUMENTS);
  EXPECT_THAT(Resolve(id, v1::REVIEW_DECISION_NOT_DUPLICATE), IsOk());
}

TEST_F(ReviewQueueTest, OfTwoStewardsWhoClaimAtOnceOneHasIt) {
  TakeTwo();
  const std::string id = OnlyCandidate();
  for (int round = 0; round < 50; ++round) {
    absl::StatusOr<v1::ReviewCandidate> li;
    absl::StatusOr<v1::ReviewCandidate> wang;
    std::thread other([&] { li = Claim(id, "li"); });
    wang = Claim(id, "wang");
    other.join();
    ASSERT_NE(li.ok(), wang.ok()) << li.status() << wang.status();
    EXPECT_EQ(ReasonOf((li.ok() ? wang : li).status()), v1::ERROR_REASON_CANDIDATE_CLAIMED);
    const std::string winner = li.ok() ? "li" : "wang";
    EXPECT_EQ(List()[0].claimed_by(), winner);
    ASSERT_THAT(Claim(id, winner, "duration {}"), IsOk());
  }
}

TEST_F(ReviewQueueTest, AResolveThatIsRacedByAMergeIsDoneOrNotFound) {
  // So unlike that nobody of one round may be somebody of another.
  const std::vector<std::string> names = {
      "王小明", "李芳华", "张伟强", "刘海洋", "陈静怡", "杨建军", "赵丽娟", "黄石磊",
      "周敏慧", "吴江涛", "徐梦瑶", "孙志刚", "马文博", "朱雅琴", "胡天宇", "郭春梅",
      "何永平", "林翠萍", "高福荣", "罗思远", "郑凯旋", "梁玉兰", "谢东升", "宋晓燕"};
  for (size_t round = 0; round < names.size(); ++round) {
    const std::string a = absl::StrCat("A", round);
    const std::string b = absl::StrCat("B", round);
    const std::string person = Person(
        names[round],
        absl::StrFormat("%d-%02d-%02d", 1950 + 2 * round, round % 12 + 1, round * 7 % 28 + 1));
    Take({Source(a, person), Source(b, person)});
    const std::string id = OnlyCandidate();
    absl::StatusOr<v1::ResolveCandidateResponse> resolved;
    std::thread other([&] {
      resolved = Resolve(
          id, round % 2 == 0 ? v1::REVIEW_DECISION_MERGE : v1::REVIEW_DECISION_NOT_DUPLICATE);
    });
    const auto merged = Merge(a, b);
    other.join();
    ASSERT_NE(resolved.ok(), merged.ok());
    if (!resolved.ok()) {
      EXPECT_EQ(ReasonOf(resolved.status()), v1::ERROR_REASON_CANDIDATE_NOT_FOUND);
    }
    EXPECT_TRUE(List().empty());
    ASSERT_NO_FATAL_FAILURE(ExpectSound());
  }
}

TEST_F(ReviewQueueTest, WhatTooManyShareIsNotReviewedAndIsAgainOnceFewerDo) {
  const auto model = platform_.match_models.Active();
  const size_t cap = model->BlockCap(v1::BLOCKING_RULE_NAME_BIRTH_DATE);
  ASSERT_EQ(model->BlockCap(v1::BLOCKING_RULE_NAME), cap);
  const std::string person = Person("王小明", "1990-05-17");
  std::vector<std::string> records;
  for (size_t i = 0; i < cap; ++i) records.push_back(Source(absl::StrCat("N", i), person));
  Take(records);
  const size_t pairs = cap * (cap - 1) / 2;
  EXPECT_EQ(List().size(), pairs);
  Take({Source("ONE-MORE", person)});
  EXPECT_EQ(List().size(), 0u);
  ASSERT_NO_FATAL_FAILURE(ExpectSound());
  // Of those that say the same, two share an address beside, and so a block that few have.
  const std::string address =
      "contact_media { type: CONTACT_MEDIUM_TYPE_EMAIL value: 'xm.wang@example.cn' } ";
  Take({Source("N1", person + address, 1700000001), Source("N2", person + address, 1700000001)});
  EXPECT_EQ(CustomerOf("N1"), CustomerOf("N2"));
  Take({Source("N1", person, 1700000002), Source("N2", person, 1700000002)});
  EXPECT_NE(CustomerOf("N1"), CustomerOf("N2"));
  Take({Source("ONE-MORE", Person("李芳华", "1970-01-02"), 1700000001)});
  EXPECT_EQ(List().size(), pairs);
  ASSERT_NO_FATAL_FAILURE(ExpectSound());
}

// Whatever is written and decided, just those pairs wait that should: the check says so.
TEST_F(ReviewQueueTest, WhateverHappensTheQueueIsSound) {
  const char* const replay = std::getenv("YILAN_SEED");
  const uint64_t seed = replay != nullptr ? std::stoull(replay) : std::random_device()();
  SCOPED_TRACE(absl::StrCat("replay with YILAN_SEED=", seed));
  std::mt19937_64 random(seed);
  const auto pick = [&](uint64_t n) { return random() % n; };
  const std::vector<std::string> names = {"王小明", "王晓明", "李红"};
  const std::vector<std::string> dates = {"1990-05-17", "1990-05-18", "1971-12-03"};
  std::vector<std::string> events;
  size_t waited = 0;
  for (int round = 0; round < 250; ++round) {
    const std::string one = absl::StrCat("K", pick(10));
    const std::string other = absl::StrCat("K", pick(10));
    const auto candidates = List();
    waited = std::max(waited, candidates.size());
    switch (candidates.empty() ? pick(4) : pick(8)) {
      case 0:
        if (const auto merged = Merge(one, other); merged.ok()) events.push_back(*merged);
        break;
      case 1:
        if (pick(3) == 0) MarkNotDuplicate(one, other).IgnoreError();
        break;
      case 2:
        if (!events.empty()) Unmerge(events[pick(events.size())]).IgnoreError();
        break;
      case 4: {
        const auto resolved =
            Resolve(candidates[pick(candidates.size())].candidate_id(),
                    pick(2) == 0 ? v1::REVIEW_DECISION_MERGE : v1::REVIEW_DECISION_NOT_DUPLICATE);
        if (resolved.ok() && !resolved->customer_id().empty())
          events.push_back(resolved->event_id());
        break;
      }
      case 5:
        Claim(candidates[pick(candidates.size())].candidate_id(), one).IgnoreError();
        break;
      case 6:
        Take({absl::StrCat("deletion { fact_type: 'source_record' source_system: 'crm' key: '", one,
                           "' event_time { seconds: ", 1700000000 + round, " } }")});
        break;
      default:
        Take({Source(one,
                     Person(names[pick(names.size())], dates[pick(dates.size())]) +
                         (pick(5) == 0 ? Document(pick(2) == 0 ? kIdOfWang : kIdOfLi) : ""),
                     1700000000 + round)});
    }
    clock_.Advance(absl::Seconds(1));
    ASSERT_NO_FATAL_FAILURE(ExpectSound()) << "round " << round;
  }
  EXPECT_GT(waited, 0u);
}

}  // namespace
}  // namespace yilan::core
