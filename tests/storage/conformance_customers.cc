// Customers: members, revisions, redirects, LoadCustomer, ListCustomers.
#include <limits>

#include "absl/strings/str_cat.h"
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

TEST_P(Conformance, ACustomerIsFoundByItsIdAndByItsSubjects) {
  Create(Customer(1), {Subject(2), Subject(1)});
  const CustomerState expected = {
      .customer = Customer(1), .revision = 1, .members = {Subject(1), Subject(2)}};
  for (const CustomerRef& ref :
       {CustomerRef(Customer(1)), CustomerRef(Subject(1)), CustomerRef(Subject(2))}) {
    const absl::StatusOr<CustomerState> state = GetCustomer(ref);
    ASSERT_THAT(state, IsOk());
    EXPECT_EQ(*state, expected);
    const absl::StatusOr<LoadedCustomer> loaded =
        store().LoadCustomer({}, ref, {}, [](const RecordView&) { return absl::OkStatus(); });
    ASSERT_THAT(loaded, IsOk());
    EXPECT_EQ(loaded->state, expected);
    EXPECT_FALSE(loaded->unchanged);
  }
}

TEST_P(Conformance, WhoeverNeverWasIsNotFound) {
  Create(Customer(1), {Subject(1)});
  const auto visit = [](const RecordView&) { return absl::OkStatus(); };
  EXPECT_THAT(GetCustomer(Customer(2)), StatusIs(kNotFound));
  EXPECT_THAT(GetCustomer(Subject(2)), StatusIs(kNotFound));
  EXPECT_THAT(store().LoadCustomer({}, Customer(2), {}, visit), StatusIs(kNotFound));
  EXPECT_THAT(store().LoadCustomer({}, Subject(2), {}, visit), StatusIs(kNotFound));
  // A customer and a subject of the same bytes are not the same.
  EXPECT_THAT(GetCustomer(CustomerId{.high = 11, .low = 1}), StatusIs(kNotFound));
}

TEST_P(Conformance, EachWriteRaisesTheRevisionByOneHoweverMuchItWrites) {
  Create(Customer(1), {Subject(1), Subject(2)});
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "a")));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(2), "a")));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "b")));
                      return txn.Delete({Subject(1), 1, "b"});
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
  ASSERT_THAT(Delete(Customer(1), {Subject(1), 1, "a"}), IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 3u);
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      return txn.AddHistory({.subject = Subject(1), .kind = 1, .fact_id = "f"});
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 4u);
}

TEST_P(Conformance, ARecordKeepsTheRevisionOfItsLastChange) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a")), IsOk());
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "b")), IsOk());
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "c")), IsOk());
  Record b = MakeRecord(Subject(1), "b");
  b.revision = 77;  // Whatever the caller says.
  ASSERT_THAT(Put(Customer(1), b), IsOk());
  std::vector<Revision> revisions;
  for (const Record& record : Load(Customer(1))) revisions.push_back(record.revision);
  EXPECT_THAT(revisions, ElementsAre(2u, 5u, 4u));
}

TEST_P(Conformance, AWriteTouchesOnlyTheCustomersItWritesTo) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  ASSERT_THAT(Write({Customer(1), Customer(2), Customer(3)}, {},
                    [&](Transaction& txn) { return txn.Put(MakeRecord(Subject(1), "a")); }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
  EXPECT_EQ(RevisionOf(Customer(2)), 1u);
  EXPECT_THAT(GetCustomer(Customer(3)), StatusIs(kNotFound));
}

TEST_P(Conformance, NextRevisionIsWhatTheCommitMakes) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) -> absl::Status {
                      EXPECT_THAT(txn.NextRevision(Customer(3)), StatusIs(kFailed));
                      ASSIGN_OR_RETURN(const Revision first, txn.NextRevision(Customer(2)));
                      EXPECT_EQ(first, 1u);
                      ASSIGN_OR_RETURN(const Revision next, txn.NextRevision(Customer(1)));
                      EXPECT_EQ(next, 2u);
                      return txn.Put(MakeRecord(Subject(1), "a"));
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
}

TEST_P(Conformance, ASubjectThatIsTakenLeavesItsCustomerWithItsRecords) {
  Create(Customer(1), {Subject(1), Subject(2)});
  Create(Customer(2), {Subject(3)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(2), "a")), IsOk());
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      return txn.SetMembers(Customer(2), {Subject(3), Subject(2)});
                    }),
              IsOk());
  EXPECT_THAT(GetCustomer(Customer(1))->members, ElementsAre(Subject(1)));
  EXPECT_THAT(GetCustomer(Customer(2))->members, ElementsAre(Subject(2), Subject(3)));
  EXPECT_EQ(GetCustomer(Subject(2))->customer, Customer(2));
  EXPECT_THAT(Load(Customer(1)), IsEmpty());
  ASSERT_EQ(Load(Customer(2)).size(), 1u);
  EXPECT_EQ(Load(Customer(2))[0].key, (RecordKey{Subject(2), 1, "a"}));
}

TEST_P(Conformance, TheTakerIsAtARevisionAboveThoseItTookFrom) {
  Create(Customer(1), {Subject(1), Subject(2)});  // Revision 1.
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(2), "a")), IsOk());
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(2), "a")), IsOk());  // Revision 3.
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) -> absl::Status {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(2)}));
                      ASSIGN_OR_RETURN(const Revision next, txn.NextRevision(Customer(2)));
                      EXPECT_EQ(next, 4u);
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 4u);
  EXPECT_EQ(RevisionOf(Customer(2)), 4u);
  EXPECT_EQ(Get({Subject(2), 1, "a"})->revision, 3u);
  ASSERT_THAT(Put(Customer(2), MakeRecord(Subject(2), "a")), IsOk());
  EXPECT_EQ(Get({Subject(2), 1, "a"})->revision, 5u);
}

TEST_P(Conformance, ATakerFarAheadGoesOnFromItsOwnRevision) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(Put(Customer(2), MakeRecord(Subject(2), "a")), IsOk());  // Up to revision 6.
  }
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      return txn.SetMembers(Customer(2), {Subject(1), Subject(2)});
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
  EXPECT_EQ(RevisionOf(Customer(2)), 7u);
}

TEST_P(Conformance, ASubjectHandedOnTwiceInATransactionRaisesTheLastTakerToo) {
  Create(Customer(1), {Subject(1), Subject(4)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a")), IsOk());
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a")), IsOk());  // Revision 3.
  ASSERT_THAT(Write({Customer(1), Customer(2), Customer(3)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(1), Subject(5)}));
                      RETURN_IF_ERROR(txn.SetMembers(Customer(3), {Subject(1)}));
                      return txn.Put(MakeRecord(Subject(1), "a"));
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(3)), 4u);
  EXPECT_EQ(Get({Subject(1), 1, "a"})->revision, 4u);
  EXPECT_THAT(GetCustomer(Customer(2))->members, ElementsAre(Subject(5)));
}

TEST_P(Conformance, SettingTheMembersThatAreThereWritesNothing) {
  Create(Customer(1), {Subject(1), Subject(2)});
  EXPECT_THAT(SetMembers(Customer(1), {Subject(2), Subject(1)}), IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_THAT(SetMembers(Customer(2), {}), IsOk());
  EXPECT_THAT(GetCustomer(Customer(2)), StatusIs(kNotFound));
  EXPECT_EQ(AllChanges(FeedPartitionOf(Customer(1))).size(), 1u);
}

TEST_P(Conformance, NoSubjectIsLeftInNoCustomer) {
  Create(Customer(1), {Subject(1), Subject(2)});
  EXPECT_THAT(SetMembers(Customer(1), {Subject(1)}), StatusIs(kFailed));
  EXPECT_THAT(SetMembers(Customer(1), {}), StatusIs(kFailed));
  EXPECT_THAT(SetMembers(Customer(1), {Subject(1), Subject(3)}), StatusIs(kFailed));
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_THAT(GetCustomer(Subject(3)), StatusIs(kNotFound));
}

TEST_P(Conformance, WhoeverLosesASubjectMustBePlanned) {
  Create(Customer(1), {Subject(1), Subject(2)});
  Create(Customer(2), {Subject(3)});
  EXPECT_THAT(Write({Customer(2)}, {},
                    [&](Transaction& txn) {
                      EXPECT_THAT(txn.SetMembers(Customer(2), {Subject(4), Subject(3), Subject(2)}),
                                  StatusIs(kFailed));
                      // The whole call had no effect.
                      EXPECT_THAT(txn.GetCustomer(Subject(4)), StatusIs(kNotFound));
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_EQ(RevisionOf(Customer(2)), 1u);
  EXPECT_EQ(GetCustomer(Subject(2))->customer, Customer(1));
}

TEST_P(Conformance, MembersAreAtMostSoManyAndEachOnce) {
  std::vector<SubjectId> members;
  for (uint64_t n = 1; n <= kMaxMembers; ++n) members.push_back(Subject(n));
  EXPECT_THAT(SetMembers(Customer(1), members), IsOk());
  EXPECT_EQ(GetCustomer(Subject(500))->members, members);
  members.push_back(Subject(kMaxMembers + 1));
  EXPECT_THAT(SetMembers(Customer(1), members), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(SetMembers(Customer(2), {Subject(2000), Subject(2000)}), StatusIs(kInvalid));
  EXPECT_THAT(SetMembers(Customer(2), {SubjectId{}}), StatusIs(kInvalid));
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_THAT(GetCustomer(Customer(2)), StatusIs(kNotFound));
}

TEST_P(Conformance, ManyMembersCanMoveAtOnce) {
  std::vector<SubjectId> members;
  for (uint64_t n = 1; n <= 100; ++n) members.push_back(Subject(n));
  Create(Customer(1), members);
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) { return txn.SetMembers(Customer(2), members); }),
              IsOk());
  EXPECT_THAT(GetCustomer(Customer(1))->members, IsEmpty());
  EXPECT_EQ(GetCustomer(Customer(2))->members, members);
  EXPECT_EQ(GetCustomer(Subject(77))->customer, Customer(2));
}

TEST_P(Conformance, ACustomerWithoutMembersIsReturnedWithItsRedirect) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a")), IsOk());
  Create(Customer(2), {Subject(2)});
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(1), Subject(2)}));
                      return txn.SetRedirect(Customer(1), Customer(2));
                    }),
              IsOk());
  const absl::StatusOr<LoadedCustomer> loaded =
      store().LoadCustomer({}, Customer(1), {}, [](const RecordView&) {
        ADD_FAILURE() << "a record was visited";
        return absl::OkStatus();
      });
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->state,
            (CustomerState{
                .customer = Customer(1), .revision = 3, .members = {}, .redirect = Customer(2)}));
}

TEST_P(Conformance, ARedirectIsOnlyForACustomerWithoutMembers) {
  Create(Customer(1), {Subject(1)});
  const auto redirect = [&](CustomerId from, CustomerId to) {
    return Write({from}, {}, [&](Transaction& txn) { return txn.SetRedirect(from, to); });
  };
  EXPECT_THAT(redirect(Customer(1), Customer(2)), StatusIs(kFailed));
  EXPECT_THAT(redirect(Customer(3), Customer(1)), StatusIs(kNotFound));
  EXPECT_THAT(redirect(Customer(1), Customer(1)), StatusIs(kInvalid));
  EXPECT_THAT(redirect(Customer(1), {}), StatusIs(kInvalid));
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
}

TEST_P(Conformance, ACustomerThatGetsMembersLosesItsRedirect) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(1)}));
                      return txn.SetRedirect(Customer(1), Customer(2));
                    }),
              IsOk());
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(1), {Subject(1)}));
                      return txn.SetRedirect(Customer(2), Customer(3));  // To who is not there yet.
                    }),
              IsOk());
  EXPECT_EQ(*GetCustomer(Customer(1)),
            (CustomerState{.customer = Customer(1), .revision = 3, .members = {Subject(1)}}));
  EXPECT_EQ(GetCustomer(Customer(2))->redirect, Customer(3));
}

TEST_P(Conformance, LoadingACustomerVisitsItsRecordsInOrder) {
  Create(Customer(1), {Subject(3), Subject(1)});
  Create(Customer(2), {Subject(2)});
  std::vector<RecordKey> expected;
  for (const uint64_t subject : {1, 3}) {
    for (const Kind kind : {Kind{1}, Kind{2}, Kind{300}}) {
      for (const char* id : {"A", "a", "b"}) expected.push_back({Subject(subject), kind, id});
    }
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    Record record = {.key = expected[i * 7 % expected.size()]};  // In no order.
    ASSERT_THAT(Put(Customer(1), record), IsOk());
  }
  ASSERT_THAT(Put(Customer(2), MakeRecord(Subject(2), "a")), IsOk());
  std::vector<RecordKey> visited;
  for (const Record& record : Load(Subject(3))) visited.push_back(record.key);
  EXPECT_EQ(visited, expected);
}

TEST_P(Conformance, LoadingAtAKnownRevisionVisitsNothing) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a")), IsOk());
  const auto load = [&](Revision known) {
    int visits = 0;
    const absl::StatusOr<LoadedCustomer> loaded =
        store().LoadCustomer({}, Subject(1), {.known = known}, [&](const RecordView&) {
          ++visits;
          return absl::OkStatus();
        });
    EXPECT_THAT(loaded, IsOk());
    EXPECT_EQ(loaded->unchanged, visits == 0);
    EXPECT_EQ(loaded->state.customer, Customer(1));
    EXPECT_EQ(loaded->state.revision, 2u);
    EXPECT_EQ(loaded->state.members.size(), loaded->unchanged ? 0u : 1u);
    return visits;
  };
  EXPECT_EQ(load(2), 0);
  EXPECT_EQ(load(1), 1);
  EXPECT_EQ(load(3), 1);
  EXPECT_EQ(load(0), 1);
}

TEST_P(Conformance, AnyPlaceIsAsGoodAsTheRightOneToFindACustomer) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  const auto visit = [](const RecordView&) { return absl::OkStatus(); };
  const auto load = [&](const CustomerRef& ref, uint64_t place, Revision known) {
    return store().LoadCustomer({}, ref, {.known = known, .place = place}, visit);
  };
  const absl::StatusOr<LoadedCustomer> other = load(Customer(2), 0, 0);
  ASSERT_THAT(other, IsOk());
  const absl::StatusOr<LoadedCustomer> first = load(Customer(1), 0, 0);
  ASSERT_THAT(first, IsOk());
  for (const uint64_t place :
       {first->place, other->place, uint64_t{3}, uint64_t{1} << 32, ~uint64_t{0}}) {
    for (const Revision known : {Revision{0}, Revision{1}}) {
      for (const CustomerRef& ref : {CustomerRef(Customer(1)), CustomerRef(Subject(1))}) {
        const absl::StatusOr<LoadedCustomer> loaded = load(ref, place, known);
        ASSERT_THAT(loaded, IsOk());
        EXPECT_EQ(loaded->state.customer, Customer(1));
        EXPECT_EQ(loaded->unchanged, known == 1);
      }
      EXPECT_THAT(load(Customer(3), place, known), StatusIs(kNotFound));
    }
  }
}

TEST_P(Conformance, KindLimitsHoldPerSubjectAndKind) {
  Create(Customer(1), {Subject(1), Subject(2)});
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      for (const uint64_t subject : {1, 2}) {
                        for (const Kind kind : {Kind{1}, Kind{2}, Kind{3}, Kind{4}}) {
                          for (const char* id : {"a", "b", "c"}) {
                            RETURN_IF_ERROR(txn.Put({.key = {Subject(subject), kind, id}}));
                          }
                        }
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  const auto load = [&](std::vector<KindLimit> limits) {
    std::vector<std::string> visited;
    for (const Record& record : Load(Customer(1), {.limits = limits})) {
      if (record.key.subject == Subject(2)) {
        visited.push_back(absl::StrCat(record.key.kind, record.key.record_id));
      }
    }
    return visited;
  };
  EXPECT_THAT(load({{1, 0}, {2, 1}, {3, 2}, {4, 3}}),
              ElementsAre("2a", "3a", "3b", "4a", "4b", "4c"));
  EXPECT_THAT(load({{2, 4}, {3, 0}, {9, 1}}),
              ElementsAre("1a", "1b", "1c", "2a", "2b", "2c", "4a", "4b", "4c"));
  EXPECT_THAT(load({{1, 0}, {2, 0}, {3, 0}, {4, 0}}), IsEmpty());
  EXPECT_EQ(load({{0, 1}, {1, std::numeric_limits<size_t>::max()}}).size(), 12u);
}

TEST_P(Conformance, KindLimitsSkipTheRestOfALargeKind) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      for (int i = 0; i < 1000; ++i) {
                        const std::string id = absl::StrCat(1000 + i);
                        const std::string payload(100, 'x');
                        RETURN_IF_ERROR(txn.Put({.key = {Subject(1), 2, id}, .payload = payload}));
                      }
                      RETURN_IF_ERROR(txn.Put({.key = {Subject(1), 1, "before"}}));
                      return txn.Put({.key = {Subject(1), 3, "behind"}});
                    }),
              IsOk());
  const std::vector<KindLimit> limits = {{2, 2}};
  std::vector<std::string> visited;
  for (const Record& record : Load(Customer(1), {.limits = limits})) {
    visited.push_back(record.key.record_id);
  }
  EXPECT_THAT(visited, ElementsAre("before", "1000", "1001", "behind"));
}

TEST_P(Conformance, KindLimitsHoldInEachOfManySubjects) {
  constexpr uint64_t kSubjects = 40;
  std::vector<SubjectId> members;
  for (uint64_t n = 1; n <= kSubjects; ++n) members.push_back(Subject(n));
  Create(Customer(1), members);
  std::vector<RecordKey> expected;
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      for (const SubjectId subject : members) {
                        for (const Kind kind : {Kind{1}, Kind{2}, Kind{5}, Kind{65535}}) {
                          for (const std::string id : {"a", "b", "c"}) {
                            RETURN_IF_ERROR(txn.Put({.key = {subject, kind, id}}));
                            const bool limited = (kind == 2 && id > "b") || (kind == 5) ||
                                                 (kind == 65535 && id > "a");
                            if (!limited) expected.push_back({subject, kind, id});
                          }
                        }
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  const std::vector<KindLimit> limits = {{2, 2}, {5, 0}, {7, 9}, {65535, 1}};
  uint64_t place = 0;
  for (const CustomerRef& ref : {CustomerRef(Customer(1)), CustomerRef(Subject(7))}) {
    for (int run = 0; run < 2; ++run) {
      std::vector<RecordKey> visited;
      const auto loaded = store().LoadCustomer({}, ref, {.place = place, .limits = limits},
                                               [&](const RecordView& record) {
                                                 visited.push_back(RecordFromView(record).key);
                                                 return absl::OkStatus();
                                               });
      ASSERT_THAT(loaded, IsOk());
      EXPECT_EQ(loaded->state.members, members);
      EXPECT_EQ(visited, expected);
      place = loaded->place;
    }
  }
  EXPECT_EQ(Load(Customer(1)).size(), kSubjects * 12);
}

TEST_P(Conformance, KindLimitsOutOfOrderAreInvalid) {
  Create(Customer(1), {Subject(1)});
  const auto visit = [](const RecordView&) { return absl::OkStatus(); };
  for (const std::vector<KindLimit>& limits :
       {std::vector<KindLimit>{{2, 1}, {1, 1}}, std::vector<KindLimit>{{1, 1}, {1, 1}}}) {
    EXPECT_THAT(store().LoadCustomer({}, Customer(1), {.limits = limits}, visit),
                StatusIs(kInvalid));
  }
}

TEST_P(Conformance, CustomersAreListedInOrderOfIdByPages) {
  for (const uint64_t n : {30, 1, 256, 2, 255, 257}) Create(Customer(n), {Subject(n)});
  ASSERT_THAT(Write({Customer(2), Customer(1)}, {},
                    [&](Transaction& txn) {
                      return txn.SetMembers(Customer(1), {Subject(1), Subject(2)});
                    }),
              IsOk());
  const auto list = [&](CustomerId after, size_t max) {
    const absl::StatusOr<std::vector<CustomerState>> page = store().ListCustomers({}, after, max);
    EXPECT_THAT(page, IsOk());
    std::vector<uint64_t> ids;
    for (const CustomerState& state : *page) ids.push_back(state.customer.low);
    return ids;
  };
  EXPECT_THAT(list({}, 0), IsEmpty());
  EXPECT_THAT(list({}, 1), ElementsAre(1));
  EXPECT_THAT(list({}, 6), ElementsAre(1, 2, 30, 255, 256, 257));
  EXPECT_THAT(list({}, 7), ElementsAre(1, 2, 30, 255, 256, 257));
  EXPECT_THAT(list(Customer(2), 2), ElementsAre(30, 255));
  EXPECT_THAT(list(Customer(3), 2), ElementsAre(30, 255));
  EXPECT_THAT(list(Customer(257), 1), IsEmpty());
  const absl::StatusOr<std::vector<CustomerState>> page = store().ListCustomers({}, Customer(1), 1);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(*page,
              ElementsAre(CustomerState{.customer = Customer(2), .revision = 2, .members = {}}));
}

TEST_P(Conformance, StatisticsTellHowFarEachPartitionOfTheFeedReaches) {
  const auto feeds = [&] {
    const absl::StatusOr<Statistics> statistics = store().GetStatistics({});
    EXPECT_THAT(statistics, IsOk());
    return statistics->feeds;
  };
  EXPECT_THAT(feeds(), IsEmpty());
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a", "1")), IsOk());
  Create(Customer(3), {Subject(3)});
  const FeedBounds first{.partition = FeedPartitionOf(Customer(1)), .trimmed = 0, .end = 2};
  const FeedBounds third{.partition = FeedPartitionOf(Customer(3)), .trimmed = 0, .end = 1};
  EXPECT_THAT(feeds(), ElementsAre(first, third));
  ASSERT_THAT(store().TrimChanges({}, first.partition, 1), IsOk());
  EXPECT_THAT(feeds(),
              ElementsAre(FeedBounds{.partition = first.partition, .trimmed = 1, .end = 2}, third));
}

TEST_P(Conformance, StatisticsAreExact) {
  const auto statistics = [&] {
    absl::StatusOr<Statistics> result = store().GetStatistics({});
    EXPECT_THAT(result, IsOk());
    std::erase_if(result->records, [](const auto& kind) { return kind.second == 0; });
    return *std::move(result);
  };
  EXPECT_EQ(statistics().customers, 0u);
  EXPECT_THAT(statistics().records, IsEmpty());
  Create(Customer(1), {Subject(1), Subject(2)});
  Create(Customer(2), {Subject(3)});
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.Put({.key = {Subject(1), 1, "a"}}));
                      RETURN_IF_ERROR(txn.Put({.key = {Subject(1), 1, "a"}}));
                      RETURN_IF_ERROR(txn.Put({.key = {Subject(2), 1, "a"}}));
                      RETURN_IF_ERROR(txn.Put({.key = {Subject(3), 300, "a"}}));
                      RETURN_IF_ERROR(txn.Put({.key = {Subject(3), 5, "gone"}}));
                      RETURN_IF_ERROR(txn.Delete({Subject(3), 5, "gone"}));
                      return txn.AddHistory({.subject = Subject(3), .kind = 7, .fact_id = "f"});
                    }),
              IsOk());
  EXPECT_EQ(statistics().customers, 2u);
  EXPECT_EQ(statistics().subjects, 3u);
  using Count = std::pair<Kind, uint64_t>;
  EXPECT_THAT(statistics().records, ElementsAre(Count(1, 2), Count(300, 1)));
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a", "replaced")), IsOk());
  ASSERT_THAT(Delete(Customer(1), {Subject(2), 1, "a"}), IsOk());
  EXPECT_THAT(statistics().records, ElementsAre(Count(1, 1), Count(300, 1)));
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [&](Transaction& txn) {
                      return txn.SetMembers(Customer(1), {Subject(1), Subject(2), Subject(3)});
                    }),
              IsOk());
  EXPECT_EQ(statistics().customers, 1u);
  EXPECT_EQ(statistics().subjects, 3u);
  EXPECT_THAT(statistics().records, ElementsAre(Count(1, 1), Count(300, 1)));
  EXPECT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.Put({.key = {Subject(1), 9, "a"}}));
                      return absl::CancelledError("no");
                    }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(statistics().records, ElementsAre(Count(1, 1), Count(300, 1)));
}

TEST_P(Conformance, AStoreThatWorksIsReady) { EXPECT_THAT(store().CheckReady({}), IsOk()); }

}  // namespace
}  // namespace yilan::storage
