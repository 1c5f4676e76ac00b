// The change feed: what it says, its pages, its trimming.
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

constexpr absl::StatusCode kOutOfRange = absl::StatusCode::kOutOfRange;

// The sequences of a page.
std::vector<uint64_t> Sequences(const ChangePage& page) {
  std::vector<uint64_t> sequences;
  for (const Change& change : page.changes) sequences.push_back(change.sequence);
  return sequences;
}

TEST_P(Conformance, AChangeSaysWhatWasDoneAndByWhom) {
  Create(Customer(3), {Subject(2), Subject(1)});
  ASSERT_THAT(Put(Customer(3), MakeRecord(Subject(1), "old")), IsOk());
  ASSERT_THAT(store().Write(
                  {.actor = "billing", .request_id = "r-1", .recorded_time = -77},
                  [](Reader&) { return WritePlan{.customers = {Customer(3)}}; },
                  [](Transaction& txn) {
                    RETURN_IF_ERROR(txn.Put({.key = {Subject(2), 300, "b"}}));
                    RETURN_IF_ERROR(txn.Put({.key = {Subject(2), 2, "a"}}));
                    RETURN_IF_ERROR(txn.Put({.key = {Subject(2), 2, "gone"}}));
                    RETURN_IF_ERROR(txn.Delete({Subject(2), 2, "gone"}));
                    RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "old"}));
                    RETURN_IF_ERROR(txn.Put({.key = {Subject(1), 1, std::string("\0x", 2)}}));
                    RETURN_IF_ERROR(txn.Put({.key = {Subject(2), 2, "a"}, .payload = "again"}));
                    return txn.AddHistory({.subject = Subject(1), .kind = 1, .fact_id = "f"});
                  }),
              IsOk());
  const std::vector<Change> changes = AllChanges(3);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0], (Change{.partition = 3,
                                .sequence = 1,
                                .customer = Customer(3),
                                .revision = 1,
                                .actor = "conformance",
                                .members_changed = true}));
  EXPECT_EQ(changes[2], (Change{.partition = 3,
                                .sequence = 3,
                                .customer = Customer(3),
                                .revision = 3,
                                .recorded_time = -77,
                                .actor = "billing",
                                .request_id = "r-1",
                                .records = {{.key = {Subject(1), 1, std::string("\0x", 2)}},
                                            {.key = {Subject(1), 1, "old"}, .deleted = true},
                                            {.key = {Subject(2), 2, "a"}},
                                            {.key = {Subject(2), 2, "gone"}, .deleted = true},
                                            {.key = {Subject(2), 300, "b"}}}}));
}

TEST_P(Conformance, HistoryAloneIsAChangeWithoutRecords) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1)}, {},
                    [](Transaction& txn) {
                      return txn.AddHistory({.subject = Subject(1), .kind = 1, .fact_id = "f"});
                    }),
              IsOk());
  const std::vector<Change> changes = AllChanges(1);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].revision, 2u);
  EXPECT_THAT(changes[1].records, IsEmpty());
  EXPECT_FALSE(changes[1].members_changed);
}

TEST_P(Conformance, ACommitIsOneChangeOfEachCustomerInOrderOfCustomer) {
  // 1, 17 and 33 share a partition, 2 does not.
  ASSERT_THAT(Write({Customer(33), Customer(1), Customer(2), Customer(17)}, {},
                    [](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(33), {Subject(33)}));
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(2)}));
                      RETURN_IF_ERROR(txn.SetMembers(Customer(17), {Subject(17)}));
                      return txn.SetMembers(Customer(1), {Subject(1)});
                    }),
              IsOk());
  std::vector<CustomerId> customers;
  for (const Change& change : AllChanges(1)) customers.push_back(change.customer);
  EXPECT_THAT(customers, ElementsAre(Customer(1), Customer(17), Customer(33)));
  EXPECT_EQ(AllChanges(2).size(), 1u);
  for (const int partition : {0, 3, 15}) EXPECT_THAT(AllChanges(partition), IsEmpty());
}

TEST_P(Conformance, AMoveIsAChangeOfBothCustomers) {
  Create(Customer(1), {Subject(1), Subject(2)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(2), "a")), IsOk());
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [](Transaction& txn) {
                      // Listed with the customer that held the subject at the time of the write.
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(2), "before")));
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(2)}));
                      return txn.Put(MakeRecord(Subject(2), "behind"));
                    }),
              IsOk());
  const Change left = AllChanges(1).back();
  const Change taken = AllChanges(2).back();
  EXPECT_TRUE(left.members_changed);
  EXPECT_TRUE(taken.members_changed);
  EXPECT_EQ(left.revision, 3u);
  EXPECT_EQ(taken.revision, 3u);
  EXPECT_THAT(left.records, ElementsAre(RecordChange{.key = {Subject(2), 1, "before"}}));
  EXPECT_THAT(taken.records, ElementsAre(RecordChange{.key = {Subject(2), 1, "behind"}}));
}

TEST_P(Conformance, ARedirectIsAChangeWithoutMembers) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [](Transaction& txn) { return txn.SetMembers(Customer(2), {Subject(1)}); }),
              IsOk());
  ASSERT_THAT(Write({Customer(1)}, {},
                    [](Transaction& txn) { return txn.SetRedirect(Customer(1), Customer(2)); }),
              IsOk());
  EXPECT_FALSE(AllChanges(1).back().members_changed);
  EXPECT_EQ(AllChanges(1).back().revision, 3u);
  EXPECT_EQ(AllChanges(1).back().redirect, Customer(2));
  EXPECT_EQ(AllChanges(2).back().redirect, std::nullopt);
}

TEST_P(Conformance, AMergeIsOneChangeThatSaysWhereTheCustomerWent) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(1)}));
                      return txn.SetRedirect(Customer(1), Customer(2));
                    }),
              IsOk());
  const Change merged = AllChanges(1).back();
  EXPECT_TRUE(merged.members_changed);
  EXPECT_EQ(merged.redirect, Customer(2));
  // Taken back within the transaction: nobody is sent away.
  ASSERT_THAT(Write({Customer(1), Customer(2)}, {},
                    [](Transaction& txn) {
                      RETURN_IF_ERROR(txn.SetMembers(Customer(1), {Subject(1)}));
                      RETURN_IF_ERROR(txn.SetRedirect(Customer(2), Customer(1)));
                      RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(1)}));
                      return txn.SetRedirect(Customer(1), Customer(2));
                    }),
              IsOk());
  EXPECT_EQ(AllChanges(2).back().redirect, std::nullopt);
  EXPECT_EQ(AllChanges(1).back().redirect, Customer(2));
}

TEST_P(Conformance, TheFeedIsReadByPages) {
  Create(Customer(1), {Subject(1)});
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), absl::StrCat(i))), IsOk());
  }
  const auto read = [&](uint64_t after, size_t max) {
    const absl::StatusOr<ChangePage> page = store().Changes({}, 1, after, max);
    EXPECT_THAT(page, IsOk());
    EXPECT_EQ(page->end, 4u);
    return Sequences(*page);
  };
  EXPECT_THAT(read(0, 0), IsEmpty());
  EXPECT_THAT(read(0, 1), ElementsAre(1));
  EXPECT_THAT(read(0, 4), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(read(0, 5), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(read(2, 1), ElementsAre(3));
  EXPECT_THAT(read(2, std::numeric_limits<size_t>::max()), ElementsAre(3, 4));
  EXPECT_THAT(read(4, 1), IsEmpty());
}

TEST_P(Conformance, APositionBeyondTheEndIsOutOfRange) {
  Create(Customer(1), {Subject(1)});
  EXPECT_THAT(store().Changes({}, 1, 2, 1), StatusIs(kOutOfRange));
  EXPECT_THAT(store().Changes({}, 1, 2, 0), StatusIs(kOutOfRange));
  EXPECT_THAT(store().Changes({}, 1, ~uint64_t{0}, 1), StatusIs(kOutOfRange));
  EXPECT_THAT(store().Changes({}, 2, 1, 1), StatusIs(kOutOfRange));
  const absl::StatusOr<ChangePage> empty = store().Changes({}, 2, 0, 1);
  ASSERT_THAT(empty, IsOk());
  EXPECT_EQ(empty->end, 0u);
}

TEST_P(Conformance, APartitionThatThereIsNotIsInvalid) {
  for (const int partition : {-1, kFeedPartitions, 1000000}) {
    EXPECT_THAT(store().Changes({}, partition, 0, 1), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(store().TrimChanges({}, partition, 1),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_P(Conformance, ATrimmedPositionIsOutOfRange) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  for (int i = 0; i < 200; ++i) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), absl::StrCat(i))), IsOk());
  }
  for (const uint64_t through : {uint64_t{1}, uint64_t{100}, uint64_t{100}, uint64_t{7}}) {
    ASSERT_THAT(store().TrimChanges({}, 1, through), IsOk());
  }
  EXPECT_THAT(store().Changes({}, 1, 0, 1), StatusIs(kOutOfRange));
  EXPECT_THAT(store().Changes({}, 1, 99, 1), StatusIs(kOutOfRange));
  EXPECT_THAT(store().Changes({}, 1, 99, 0), StatusIs(kOutOfRange));
  const absl::StatusOr<ChangePage> page = store().Changes({}, 1, 100, 2);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Sequences(*page), ElementsAre(101, 102));
  EXPECT_EQ(page->end, 201u);
  EXPECT_EQ(AllChanges(2).size(), 1u);
}

TEST_P(Conformance, TrimmingEverythingKeepsTheEnd) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a")), IsOk());
  ASSERT_THAT(store().TrimChanges({}, 1, ~uint64_t{0}), IsOk());
  const absl::StatusOr<ChangePage> page = store().Changes({}, 1, 2, 9);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->changes, IsEmpty());
  EXPECT_EQ(page->end, 2u);
  EXPECT_THAT(store().Changes({}, 1, 1, 9), StatusIs(kOutOfRange));
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "b")), IsOk());
  const absl::StatusOr<ChangePage> next = store().Changes({}, 1, 2, 9);
  ASSERT_THAT(next, IsOk());
  EXPECT_THAT(Sequences(*next), ElementsAre(3));
}

}  // namespace
}  // namespace yilan::storage
