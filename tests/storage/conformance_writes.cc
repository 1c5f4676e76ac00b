// Transactions: plans, rollback, replans, deadlines.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kTooLarge = absl::StatusCode::kResourceExhausted;

TEST_P(Conformance, WritingToACustomerOutsideThePlanFails) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  ASSERT_THAT(Put(Customer(2), MakeRecord(Subject(2), "a")), IsOk());
  EXPECT_THAT(
      Write({Customer(1)}, {},
            [&](Transaction& txn) {
              EXPECT_THAT(txn.Put(MakeRecord(Subject(2), "b")), StatusIs(kFailed));
              EXPECT_THAT(txn.Delete({Subject(2), 1, "a"}), StatusIs(kFailed));
              EXPECT_THAT(txn.AddHistory({.subject = Subject(2), .kind = 1, .fact_id = "f"}),
                          StatusIs(kFailed));
              EXPECT_THAT(txn.SetMembers(Customer(2), {Subject(2), Subject(3)}), StatusIs(kFailed));
              EXPECT_THAT(txn.SetRedirect(Customer(2), Customer(1)), StatusIs(kFailed));
              EXPECT_THAT(txn.NextRevision(Customer(2)), StatusIs(kFailed));
              EXPECT_THAT(txn.Get({Subject(2), 1, "a"}), IsOk());  // Reading is free.
              return absl::OkStatus();
            }),
      IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_EQ(RevisionOf(Customer(2)), 2u);
}

TEST_P(Conformance, WritingToASubjectInNoCustomerFails) {
  EXPECT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) { return txn.Put(MakeRecord(Subject(1), "a")); }),
              StatusIs(kFailed));
  EXPECT_THAT(GetCustomer(Customer(1)), StatusIs(kNotFound));
}

TEST_P(Conformance, AWriteThatFailsWithinABodyHasWrittenNothing) {
  Create(Customer(1), {Subject(1)});
  Record holder = MakeRecord(Subject(1), "holder");
  holder.keys = {"k"};
  ASSERT_THAT(Put(Customer(1), holder), IsOk());
  ASSERT_THAT(Write({Customer(1)}, {"j", "k"},
                    [&](Transaction& txn) {
                      Record record = MakeRecord(Subject(1), "a");
                      record.keys = {"j", "k"};
                      record.terms = {{.term = "t"}};
                      EXPECT_THAT(txn.Put(record), StatusIs(absl::StatusCode::kAlreadyExists));
                      EXPECT_THAT(txn.Get(record.key), StatusIs(kNotFound));
                      EXPECT_THAT(txn.FindByKey("j"), StatusIs(kNotFound));
                      return txn.Put(MakeRecord(Subject(1), "b"));
                    }),
              IsOk());
  EXPECT_THAT(Get({Subject(1), 1, "a"}), StatusIs(kNotFound));
  EXPECT_THAT(Get({Subject(1), 1, "b"}), IsOk());
  EXPECT_THAT(FindByKey("j"), StatusIs(kNotFound));
  EXPECT_THAT(Terms("", ""), IsEmpty());
}

TEST_P(Conformance, AnErrorOfTheBodyRollsEverythingBack) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  Record old = MakeRecord(Subject(1), "old", "as it was");
  old.keys = {"k"};
  old.terms = {{.term = "t"}};
  ASSERT_THAT(Put(Customer(1), old), IsOk());
  const std::vector<ExportEntry> before = ExportAll(store());
  const RequestKey request = {.client = "c", .request_id = "r"};
  const WritePlan plan = {
      .customers = {Customer(1), Customer(2), Customer(3)}, .keys = {"k", "j"}, .request = request};
  EXPECT_THAT(
      Write(plan,
            [&](Transaction& txn) {
              RETURN_IF_ERROR(txn.Delete(old.key));
              Record fresh = MakeRecord(Subject(1), "new");
              fresh.keys = {"k", "j"};
              fresh.terms = {{.term = "s"}};
              RETURN_IF_ERROR(txn.Put(fresh));
              RETURN_IF_ERROR(txn.AddHistory({.subject = Subject(1), .kind = 1, .fact_id = "old"}));
              RETURN_IF_ERROR(txn.SetMembers(Customer(3), {Subject(2), Subject(3)}));
              RETURN_IF_ERROR(txn.SetRedirect(Customer(2), Customer(3)));
              RETURN_IF_ERROR(txn.PutRequest(request, {.response = "done"}));
              return absl::CancelledError("the body says no");
            }),
      StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(ExportAll(store()), before);
  EXPECT_EQ(*FindByKey("k"), old.key);
  EXPECT_THAT(FindByKey("j"), StatusIs(kNotFound));
  EXPECT_EQ(Terms("", "").size(), 1u);
  EXPECT_THAT(GetCustomer(Customer(3)), StatusIs(kNotFound));
  EXPECT_THAT(GetCustomer(Subject(3)), StatusIs(kNotFound));
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(reader.FindRequest(request), StatusIs(kNotFound));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, AnErrorOfThePlanIsReturnedAndTheBodyDoesNotRun) {
  EXPECT_THAT(store().Write(
                  {}, [](Reader&) -> absl::StatusOr<WritePlan> { return absl::DataLossError("x"); },
                  [](Transaction&) {
                    ADD_FAILURE() << "the body ran";
                    return absl::OkStatus();
                  }),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_P(Conformance, APlanWithUnusableNamesIsRefused) {
  const auto body = [](Transaction&) {
    ADD_FAILURE() << "the body ran";
    return absl::OkStatus();
  };
  EXPECT_THAT(Write(WritePlan{.customers = {{}}}, body), StatusIs(kInvalid));
  EXPECT_THAT(Write(WritePlan{.keys = {""}}, body), StatusIs(kInvalid));
  EXPECT_THAT(Write(WritePlan{.keys = {std::string(kMaxKeyBytes + 1, 'k')}}, body),
              StatusIs(kTooLarge));
  EXPECT_THAT(Write(WritePlan{.request = RequestKey{.client = "c"}}, body), StatusIs(kInvalid));
  const std::string long_id(kMaxRequestIdBytes + 1, 'r');
  EXPECT_THAT(Write(WritePlan{.request = RequestKey{.client = "c", .request_id = long_id}}, body),
              StatusIs(kTooLarge));
}

TEST_P(Conformance, APlanMayNameThingsTwice) {
  Record record = MakeRecord(Subject(1), "a");
  record.keys = {"k"};
  EXPECT_THAT(
      Write(WritePlan{.customers = {Customer(1), Customer(2), Customer(1)}, .keys = {"k", "k"}},
            [&](Transaction& txn) {
              RETURN_IF_ERROR(txn.SetMembers(Customer(1), {Subject(1)}));
              return txn.Put(record);
            }),
      IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
}

TEST_P(Conformance, AnActorOrRequestIdThatIsTooLongIsRefused) {
  const auto plan = [](Reader&) { return WritePlan{}; };
  const auto body = [](Transaction&) { return absl::OkStatus(); };
  EXPECT_THAT(store().Write({.actor = std::string(kMaxActorBytes, 'a'),
                             .request_id = std::string(kMaxRequestIdBytes, 'r')},
                            plan, body),
              IsOk());
  EXPECT_THAT(store().Write({.actor = std::string(kMaxActorBytes + 1, 'a')}, plan, body),
              StatusIs(kTooLarge));
  EXPECT_THAT(store().Write({.request_id = std::string(kMaxRequestIdBytes + 1, 'r')}, plan, body),
              StatusIs(kTooLarge));
}

TEST_P(Conformance, ABodyThatWritesNothingMakesNoRevisionAndNoChange) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1)}, {"k"},
                    [&](Transaction& txn) {
                      EXPECT_THAT(txn.GetCustomer(Customer(1)), IsOk());
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_EQ(AllChanges(FeedPartitionOf(Customer(1))).size(), 1u);
}

TEST_P(Conformance, AReplanRunsPlanAndBodyAgain) {
  Create(Customer(1), {Subject(1)});
  int plans = 0;
  int bodies = 0;
  std::vector<std::string> seen;
  const absl::Status status = store().Write(
      {},
      [&](Reader&) {
        ++plans;
        // The first plan misses the customer.
        return plans == 1 ? WritePlan{} : WritePlan{.customers = {Customer(1)}};
      },
      [&](Transaction& txn) -> absl::Status {
        ++bodies;
        seen.clear();
        if (absl::IsFailedPrecondition(txn.Put(MakeRecord(Subject(1), "a")))) return Replan();
        RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), absl::StrCat("run", bodies))));
        seen = ScanIds(txn, {.subject = Subject(1), .kind = 1});
        return absl::OkStatus();
      });
  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(plans, 2);
  EXPECT_EQ(bodies, 2);
  EXPECT_THAT(seen, ElementsAre("a", "run2"));
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
}

TEST_P(Conformance, WhatABodyWroteBeforeAReplanIsGone) {
  Create(Customer(1), {Subject(1)});
  int runs = 0;
  ASSERT_THAT(Write({Customer(1)}, {"k1", "k2"},
                    [&](Transaction& txn) {
                      ++runs;
                      EXPECT_THAT(ScanIds(txn, {.subject = Subject(1), .kind = 1}), IsEmpty());
                      EXPECT_THAT(txn.FindByKey("k1"), StatusIs(kNotFound));
                      Record record = MakeRecord(Subject(1), absl::StrCat("run", runs));
                      record.keys = {absl::StrCat("k", runs)};
                      RETURN_IF_ERROR(txn.Put(record));
                      return runs == 1 ? Replan() : absl::OkStatus();
                    }),
              IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_THAT(Get({Subject(1), 1, "run1"}), StatusIs(kNotFound));
  EXPECT_THAT(Get({Subject(1), 1, "run2"}), IsOk());
  EXPECT_THAT(FindByKey("k1"), StatusIs(kNotFound));
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
}

TEST_P(Conformance, APlanMayAskForAnotherRunToo) {
  int plans = 0;
  EXPECT_THAT(store().Write(
                  {},
                  [&](Reader&) -> absl::StatusOr<WritePlan> {
                    if (++plans == 1) return Replan();
                    return WritePlan{.customers = {Customer(1)}};
                  },
                  [&](Transaction& txn) { return txn.SetMembers(Customer(1), {Subject(1)}); }),
              IsOk());
  EXPECT_EQ(plans, 2);
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
}

TEST_P(Conformance, AReplanWithoutEndIsAborted) {
  Create(Customer(1), {Subject(1)});
  int runs = 0;
  const absl::Status status = Write({Customer(1)}, {}, [&](Transaction& txn) {
    ++runs;
    RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "a")));
    return Replan();
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_FALSE(IsReplan(status));
  EXPECT_GT(runs, 1);
  EXPECT_LT(runs, 1000);
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_THAT(Load(Customer(1)), IsEmpty());
}

TEST_P(Conformance, AnotherAbortedOfTheBodyIsNotRunAgain) {
  int runs = 0;
  EXPECT_THAT(Write({}, {},
                    [&](Transaction&) {
                      ++runs;
                      return absl::AbortedError("not a replan");
                    }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(runs, 1);
}

TEST_P(Conformance, APastDeadlineWritesNothing) {
  Create(Customer(1), {Subject(1)});
  const std::vector<ExportEntry> before = ExportAll(store());
  const CallOptions late = {.deadline = absl::Now() - absl::Seconds(1)};
  EXPECT_THAT(store().Write(
                  {.call = late}, [](Reader&) { return WritePlan{.customers = {Customer(1)}}; },
                  [](Transaction& txn) { return txn.Put(MakeRecord(Subject(1), "a")); }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(store().Import(late, before), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(store().TrimChanges(late, FeedPartitionOf(Customer(1)), 1),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(store().TrimRequests(late, kMaxTime), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(ExportAll(store()), before);
}

TEST_P(Conformance, ADeadlineThatPassesInTheBodyWritesNothing) {
  Create(Customer(1), {Subject(1)});
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  EXPECT_THAT(store().Write(
                  {.call = {.deadline = deadline}},
                  [](Reader&) { return WritePlan{.customers = {Customer(1)}}; },
                  [&](Transaction& txn) {
                    RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "a")));
                    while (absl::Now() < deadline) {
                    }
                    return absl::OkStatus();
                  }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
}

TEST_P(Conformance, ReadsKeepTheirDeadlinesToo) {
  Create(Customer(1), {Subject(1)});
  const CallOptions late = {.deadline = absl::Now() - absl::Seconds(1)};
  const absl::StatusCode code = absl::StatusCode::kDeadlineExceeded;
  EXPECT_THAT(store().Read(late, [](Reader&) { return absl::OkStatus(); }), StatusIs(code));
  EXPECT_THAT(store().LoadCustomer(late, Customer(1), {},
                                   [](const RecordView&) { return absl::OkStatus(); }),
              StatusIs(code));
  EXPECT_THAT(store().Changes(late, 0, 0, 1), StatusIs(code));
  EXPECT_THAT(store().ListCustomers(late, {}, 1), StatusIs(code));
  EXPECT_THAT(store().Export(late, [](const ExportEntry&) { return absl::OkStatus(); }),
              StatusIs(code));
  EXPECT_THAT(store().CheckReady(late), StatusIs(code));
}

TEST_P(Conformance, AReadReturnsWhatItsBodyReturns) {
  EXPECT_THAT(Read([](Reader&) { return absl::OutOfRangeError("mine"); }),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_TRUE(IsReplan(Read([](Reader&) { return Replan(); })));
}

TEST_P(Conformance, APlanSeesTheCommittedState) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a", "payload")), IsOk());
  std::string seen;
  EXPECT_THAT(store().Write(
                  {},
                  [&](Reader& reader) -> absl::StatusOr<WritePlan> {
                    ASSIGN_OR_RETURN(const Record record, reader.Get({Subject(1), 1, "a"}));
                    seen = record.payload;
                    return WritePlan{};
                  },
                  [](Transaction&) { return absl::OkStatus(); }),
              IsOk());
  EXPECT_EQ(seen, "payload");
}

TEST_P(Conformance, AThousandRecordsFitIntoOneTransaction) {
  constexpr int kCustomers = 20;
  constexpr int kRecords = 1000;
  WritePlan plan;
  for (int n = 1; n <= kCustomers; ++n) plan.customers.push_back(Customer(n));
  for (int i = 0; i < kRecords; ++i) plan.keys.push_back(absl::StrCat("k", i));
  ASSERT_THAT(Write(plan,
                    [&](Transaction& txn) {
                      for (int n = 1; n <= kCustomers; ++n) {
                        RETURN_IF_ERROR(txn.SetMembers(Customer(n), {Subject(n)}));
                      }
                      for (int i = 0; i < kRecords; ++i) {
                        Record record = MakeRecord(Subject(i % kCustomers + 1), absl::StrCat(i));
                        record.payload = absl::StrCat("payload", i);
                        record.keys = {absl::StrCat("k", i)};
                        record.terms = {{.term = absl::StrCat("t", i % 10)}};
                        RETURN_IF_ERROR(txn.Put(std::move(record)));
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  for (int n = 1; n <= kCustomers; ++n) {
    EXPECT_EQ(Load(Customer(n)).size(), size_t{kRecords / kCustomers});
    EXPECT_EQ(RevisionOf(Customer(n)), 1u);
  }
  EXPECT_EQ(FindByKey("k777")->record_id, "777");
  EXPECT_EQ(Terms("t3", "t4").size(), size_t{kRecords / 10});
}

TEST_P(Conformance, WhoTakesARecordForNewThatIsThereIsTold) {
  Create(Customer(1), {Subject(1)});
  Record record = MakeRecord(Subject(1), "a", "first");
  record.keys = {"key/first"};
  record.terms = {{.term = "term/first"}};
  ASSERT_THAT(Put(Customer(1), record, New()), IsOk());
  const Revision revision = RevisionOf(Customer(1));
  Record again = MakeRecord(Subject(1), "a", "second");
  again.keys = {"key/second"};
  EXPECT_THAT(Put(Customer(1), again, New()), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(RevisionOf(Customer(1)), revision);
  // Also when the transaction takes it away again.
  EXPECT_THAT(Write({Customer(1)}, {"key/second"},
                    [&](Transaction& txn) -> absl::Status {
                      RETURN_IF_ERROR(txn.Put(again, New()));
                      return txn.Delete(again.key);
                    }),
              StatusIs(absl::StatusCode::kAlreadyExists));
  const absl::StatusOr<Record> kept = Get(record.key);
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->payload, "first");
  EXPECT_THAT(FindByKey("key/first"), IsOk());
  EXPECT_THAT(FindByKey("key/second"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Terms("term/", "term0").size(), 1u);
}

TEST_P(Conformance, AKeyThatIsSaidToBeFreeAndIsNotIsFound) {
  Create(Customer(1), {Subject(1)});
  Record record = MakeRecord(Subject(1), "a");
  record.keys = {"key"};
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  const WritePlan plan = {.customers = {Customer(1)}, .keys = {"key"}, .free_keys = {"key"}};
  Record other = MakeRecord(Subject(1), "b");
  other.keys = {"key"};
  EXPECT_THAT(Write(plan, [&](Transaction& txn) { return txn.Put(other, New()); }),
              StatusIs(absl::StatusCode::kAlreadyExists));
  // Who only relies on its being free sees in the end that it is not.
  bool seen = false;
  EXPECT_THAT(Write(plan,
                    [&](Transaction& txn) -> absl::Status {
                      seen = txn.FindByKey("key").ok();
                      return txn.Put(MakeRecord(Subject(1), "c"));
                    }),
              IsOk());
  EXPECT_TRUE(seen);
  EXPECT_THAT(FindByKey("key"), IsOk());
}

}  // namespace
}  // namespace yilan::storage
