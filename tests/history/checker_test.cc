// The checker finds each broken promise in a history made by hand, and nothing in a sound one.
#include "tests/history/checker.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/call.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace yilan::history {
namespace {

using storage::Change;
using storage::CustomerId;
using storage::Revision;
using ::testing::HasSubstr;

constexpr CustomerId kCustomer = {1, 16};  // In partition 0.

// A sound history of one customer: the source record is written at r1 and r3, the ticket at r2 and
// deleted at r4, all parts are ingested at r5, one after the other; each state is read once.
class CheckerTest : public testing::Test {
 protected:
  CheckerTest() {
    Write(1, {Part::kProfile});
    View(1, {{Part::kProfile, {1, 1}}});
    Write(2, {Part::kTicket});
    View(2, {{Part::kProfile, {1, 1}}, {Part::kTicket, {2, 2}}});
    Write(3, {Part::kProfile});
    View(3, {{Part::kProfile, {3, 3}}, {Part::kTicket, {2, 2}}});
    Write(4, {Part::kTicket}).kind = WriteOp::Kind::kDelete;
    View(4, {{Part::kProfile, {3, 3}}});
    Fact(Part::kTicket, {});
    Write(5, {kAllParts.begin(), kAllParts.end()});
    WriteOp& ingest = history_.writes.back();
    ingest.kind = WriteOp::Kind::kIngest;
    ingest.request_id.clear();
    ingest.customer_id.clear();
    ingest.revision = 0;
    state_.feed.back().request_id.clear();
    View(5, {{Part::kProfile, {5, 5}},
             {Part::kAccount, {5, 5}},
             {Part::kTicket, {5, 5}},
             {Part::kInteraction, {5, 5}}});
    Fact(Part::kAccount, {5, 5});
    state_.versions = {
        {.customer = kCustomer, .part = Part::kProfile, .token = 1, .revision = 1},
        {.customer = kCustomer, .part = Part::kProfile, .token = 3, .revision = 3},
        {.customer = kCustomer, .part = Part::kTicket, .token = 2, .revision = 2},
        {.customer = kCustomer, .part = Part::kTicket, .token = 4, .deletion = true},
    };
    for (const Part part : kAllParts) {
      state_.versions.push_back(
          {.customer = kCustomer, .part = part, .token = 5, .revision = 5, .current = true});
    }
    FeedOp page;
    page.invoked = Tick();
    page.returned = Tick();
    page.end = state_.feed.size();
    page.changes = state_.feed;
    history_.pages.push_back(std::move(page));
  }

  Time Tick() { return time_ += 10; }

  // A write with this token that is acknowledged and becomes the next revision.
  WriteOp& Write(Token token, std::vector<Part> parts) {
    WriteOp op;
    op.customer = "c0";
    op.parts = std::move(parts);
    op.token = token;
    op.request_id = absl::StrCat("request ", token);
    op.invoked = Tick();
    op.returned = Tick();
    op.attempts = 1;
    op.outcome = Outcome::kAcknowledged;
    op.revision = state_.feed.size() + 1;
    op.customer_id = kCustomer.ToString();
    Change change;
    change.sequence = op.revision;
    change.customer = kCustomer;
    change.revision = op.revision;
    change.request_id = op.request_id;
    state_.feed.push_back(std::move(change));
    history_.writes.push_back(std::move(op));
    return history_.writes.back();
  }
  void View(Revision revision, std::vector<std::pair<Part, SeenFact>> facts) {
    ReadOp op;
    op.customer = "c0";
    op.invoked = Tick();
    op.returned = Tick();
    op.revision = revision;
    for (const auto& [part, fact] : facts) op.facts[IndexOf(part)] = fact;
    history_.reads.push_back(std::move(op));
  }
  void Fact(Part part, SeenFact fact) {
    ReadOp op;
    op.kind = ReadOp::Kind::kFact;
    op.customer = "c0";
    op.part = part;
    op.invoked = Tick();
    op.returned = Tick();
    op.found = fact.token != 0;
    op.facts[IndexOf(part)] = fact;
    history_.reads.push_back(std::move(op));
  }

  // Expects that this invariant is found broken.
  void ExpectBroken(Invariant invariant) {
    const Report report = Check(history_, state_);
    EXPECT_TRUE(report.Breaks(invariant)) << report.ToString();
    EXPECT_THAT(report.ToString(), HasSubstr(NameOf(invariant)));
  }

  Time time_ = 0;
  History history_;
  FinalState state_;
};

TEST_F(CheckerTest, ASoundHistoryIsSound) {
  const Report report = Check(history_, state_);
  EXPECT_TRUE(report.sound()) << report.ToString();
  EXPECT_EQ(report.acknowledged, 5u);
  EXPECT_EQ(report.reads, 7u);
}

TEST_F(CheckerTest, TheReportSaysHowToReplay) {
  history_.seed = 4711;
  history_.writes[0].other_answer = "answered otherwise";
  EXPECT_THAT(Check(history_, state_).ToString(), HasSubstr("YILAN_SEED=4711"));
}

TEST_F(CheckerTest, AnAcknowledgedWriteThatIsNotThereIsLost) {
  history_.writes.push_back(history_.writes.front());
  history_.writes.back().request_id = "request 9";
  ExpectBroken(Invariant::kNothingLost);
}

TEST_F(CheckerTest, AnAcknowledgedWriteThatAnotherRevisionHasIsLost) {
  history_.writes[1].revision = 1;
  ExpectBroken(Invariant::kNothingLost);
}

TEST_F(CheckerTest, AFactThatDoesNotFollowFromTheFeedIsLost) {
  for (StoredVersion& version : state_.versions) {
    if (version.part == Part::kTicket) version.current = false;
  }
  ExpectBroken(Invariant::kNothingLost);
}

TEST_F(CheckerTest, AVersionThatIsNeitherCurrentNorInHistoryIsLost) {
  state_.versions.erase(state_.versions.begin());
  ExpectBroken(Invariant::kNothingLost);
}

TEST_F(CheckerTest, AViewOfARevisionThatNeverWasShowsWhatWasLost) {
  View(6, {});
  ExpectBroken(Invariant::kNothingLost);
}

TEST_F(CheckerTest, AnUnknownWriteMayBeThereOrNot) {
  history_.writes[2].outcome = Outcome::kUnknown;
  history_.writes.push_back(history_.writes.front());
  history_.writes.back().request_id = "request 9";
  history_.writes.back().outcome = Outcome::kUnknown;
  const Report report = Check(history_, state_);
  EXPECT_TRUE(report.sound()) << report.ToString();
  EXPECT_EQ(report.unknown, 2u);
  EXPECT_EQ(report.unknown_applied, 1u);
}

TEST_F(CheckerTest, AWriteThatFailedForSureMustNotBeThere) {
  history_.writes[2].outcome = Outcome::kFailed;
  ExpectBroken(Invariant::kFailedMeansNot);
}

TEST_F(CheckerTest, ARequestThatTheFeedHasTwiceWasDoneTwice) {
  Write(6, {Part::kProfile});
  history_.writes.pop_back();
  state_.feed.back().request_id = "request 3";
  ExpectBroken(Invariant::kAtMostOnce);
}

TEST_F(CheckerTest, AnIngestWithTwoChangesWasDoneTwice) {
  Write(6, {Part::kProfile});
  history_.writes.pop_back();
  state_.feed.back().request_id.clear();
  ExpectBroken(Invariant::kAtMostOnce);
}

TEST_F(CheckerTest, AnIngestOfWhichAPartIsMissingWasNotDoneWhole) {
  state_.versions.pop_back();
  ExpectBroken(Invariant::kAtMostOnce);
}

TEST_F(CheckerTest, AnIngestWithTwoRevisionsWasNotDoneAtOnce) {
  state_.versions.back().revision = 4;
  ExpectBroken(Invariant::kAtMostOnce);
}

TEST_F(CheckerTest, TwoCustomersUnderOneKeyAreFound) {
  state_.feed[1].customer.high = 2;
  ExpectBroken(Invariant::kAtMostOnce);
}

TEST_F(CheckerTest, AnotherAnswerToTheSameRequestIsFound) {
  history_.writes[3].other_answer = "asked again it was answered as r9";
  ExpectBroken(Invariant::kOneAnswer);
}

TEST_F(CheckerTest, ARequestInTheFeedThatNobodySentIsFound) {
  history_.writes[0].request_id = "another";
  ExpectBroken(Invariant::kNoOthers);
}

TEST_F(CheckerTest, AViewWithPartsOfTwoRevisionsIsMixed) {
  history_.reads[2].facts[IndexOf(Part::kProfile)] = {1, 1};
  ExpectBroken(Invariant::kOneVersion);
}

TEST_F(CheckerTest, AViewWithAFactThatWasDeletedIsMixed) {
  history_.reads[3].facts[IndexOf(Part::kTicket)] = {2, 2};
  ExpectBroken(Invariant::kOneVersion);
}

TEST_F(CheckerTest, ATornFactIsFound) {
  history_.reads.back().facts[IndexOf(Part::kAccount)].torn = true;
  ExpectBroken(Invariant::kOneVersion);
}

TEST_F(CheckerTest, AViewThatContradictsItselfIsFound) {
  history_.reads[0].inconsistency = "the view has 1 of the trouble ticket and counts 2";
  ExpectBroken(Invariant::kOneVersion);
}

TEST_F(CheckerTest, AViewOlderThanAnAcknowledgedWriteIsStale) {
  View(4, {{Part::kProfile, {3, 3}}});
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, AViewOlderThanOneThatWasSeenBeforeIsStale) {
  // Nobody knows when the write of r5 ended, but its view was seen.
  history_.writes.back().outcome = Outcome::kUnknown;
  View(4, {{Part::kProfile, {3, 3}}});
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, ACustomerThatIsNotFoundAfterItWasWrittenIsStale) {
  View(0, {});
  history_.reads.back().found = false;
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, AFactOlderThanAnAcknowledgedWriteIsStale) {
  Fact(Part::kProfile, {3, 3});
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, AFactThatIsNotFoundAfterItWasWrittenIsStale) {
  Fact(Part::kTicket, {});
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, AWriteThatWasSeenBeforeItBeganIsFound) {
  history_.reads[3].invoked = 1;
  history_.reads[3].returned = 2;
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, WritesInAnotherOrderThanTheyWereAcknowledgedAreFound) {
  std::swap(state_.feed[0].request_id, state_.feed[2].request_id);
  std::swap(history_.writes[0].revision, history_.writes[2].revision);
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, ReadsThatOverlapAWriteMaySeeItOrNot) {
  const Time end = Tick() + 1000;
  history_.writes.back().returned = end;
  View(4, {{Part::kProfile, {3, 3}}});
  // Before whoever saw the newer one ended.
  history_.reads.back().invoked = history_.reads[5].invoked;
  history_.pages.clear();
  const Report report = Check(history_, state_);
  EXPECT_TRUE(report.sound()) << report.ToString();
}

TEST_F(CheckerTest, AConditionalWriteThatPassedOverAnotherIsFound) {
  history_.writes[3].expected = 1;
  ExpectBroken(Invariant::kConditions);
}

TEST_F(CheckerTest, AConditionalWriteAtItsEtagIsSound) {
  history_.writes[3].expected = 2;
  const Report report = Check(history_, state_);
  EXPECT_TRUE(report.sound()) << report.ToString();
}

// The source record is written again at r6, and at r7 Yilan decides by itself whose it is.
class ResolvedCheckerTest : public CheckerTest {
 protected:
  ResolvedCheckerTest() {
    WriteOp& op = Write(6, {Part::kProfile});
    op.fact_revision = 6;
    op.revision = 7;
    Change change = state_.feed.back();
    change.sequence = change.revision = 7;
    change.request_id.clear();
    change.actor = core::kOwnActor;
    state_.feed.push_back(std::move(change));
    for (StoredVersion& version : state_.versions) {
      if (version.part == Part::kProfile) version.current = false;
    }
    state_.versions.push_back({.customer = kCustomer,
                               .part = Part::kProfile,
                               .token = 6,
                               .revision = 6,
                               .current = true});
  }
};

TEST_F(ResolvedCheckerTest, AnAnswerOfTheLaterRevisionIsSound) {
  const Report report = Check(history_, state_);
  EXPECT_TRUE(report.sound()) << report.ToString();
}

TEST_F(ResolvedCheckerTest, AFactOfAnotherRevisionThanItsWriteIsFound) {
  history_.writes.back().fact_revision = 7;
  ExpectBroken(Invariant::kNothingLost);
}

TEST_F(ResolvedCheckerTest, AnAnswerOfAnEarlierRevisionIsFound) {
  history_.writes.back().revision = 5;
  ExpectBroken(Invariant::kNothingLost);
}

TEST_F(ResolvedCheckerTest, AChangeOfSomebodyElseIsFound) {
  state_.feed.back().actor = "somebody";
  ExpectBroken(Invariant::kAtMostOnce);
}

TEST_F(CheckerTest, AGapInTheFeedIsFound) {
  state_.feed.back().sequence = 6;
  ExpectBroken(Invariant::kFeedWithoutGaps);
}

TEST_F(CheckerTest, ARevisionThatTwoChangesHaveIsFound) {
  state_.feed[2].revision = 2;
  ExpectBroken(Invariant::kFeedWithoutGaps);
}

TEST_F(CheckerTest, AnIngestThatTheFeedLacksIsFound) {
  state_.feed.pop_back();
  ExpectBroken(Invariant::kFeedWithoutGaps);
}

TEST_F(CheckerTest, AFollowerThatWasGivenAnotherChangeIsFound) {
  history_.pages[0].changes[2].request_id = "another";
  ExpectBroken(Invariant::kFeedAsFollowed);
}

TEST_F(CheckerTest, AFollowerThatWasGivenAGapIsFound) {
  history_.pages[0].changes.erase(history_.pages[0].changes.begin() + 2);
  ExpectBroken(Invariant::kFeedAsFollowed);
}

TEST_F(CheckerTest, AFollowerWhosePositionIsGoneIsFound) {
  history_.pages[0].out_of_range = true;
  ExpectBroken(Invariant::kFeedAsFollowed);
}

TEST_F(CheckerTest, AFollowerWhoIsToldOfALaterEndThanThereIsIsFound) {
  history_.pages[0].end = 9;
  ExpectBroken(Invariant::kFeedAsFollowed);
}

TEST_F(CheckerTest, AFollowerWhoIsToldOfAnEarlierEndThanWasAcknowledgedIsFound) {
  history_.pages[0].end = 4;
  history_.pages[0].changes.pop_back();
  ExpectBroken(Invariant::kRealTime);
}

TEST_F(CheckerTest, AnErrorThatNobodyShouldSeeIsFound) {
  history_.writes[0].unexpected = "INTERNAL (INTERNAL)";
  ExpectBroken(Invariant::kExpectedErrors);
}

}  // namespace
}  // namespace yilan::history
