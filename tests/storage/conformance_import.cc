// Import: what it replaces, takes away and removes.
#include <variant>

#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(Conformance, AnImportReplacesWhatIsThere) {
  Create(Customer(1), {Subject(1), Subject(2)});
  Record record = MakeRecord(Subject(1), "a", "here");
  record.keys = {"here"};
  record.terms = {{.term = "here"}};
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  record.payload = "imported";
  record.keys = {"imported"};
  record.terms = {{.term = "imported"}};
  record.revision = 9;
  const std::vector<ExportEntry> entries = {
      CustomerState{.customer = Customer(1), .revision = 12, .members = {Subject(1)}},
      CustomerState{.customer = Customer(2), .revision = 3, .members = {Subject(2), Subject(3)}},
      record};
  ASSERT_THAT(store().Import({}, entries), IsOk());
  EXPECT_EQ(*Get(record.key), record);
  EXPECT_THAT(FindByKey("here"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(*FindByKey("imported"), record.key);
  EXPECT_EQ(Terms("", "").size(), 1u);
  EXPECT_EQ(RevisionOf(Customer(1)), 12u);
  EXPECT_EQ(GetCustomer(Subject(2))->customer, Customer(2));
  EXPECT_EQ(AllChanges(1).size(), 2u);  // Of the writes above; the import makes none.
}

TEST_P(Conformance, ACustomerTakesItsMembersFromWhoeverHasThem) {
  Create(Customer(1), {Subject(1), Subject(2)});
  ASSERT_THAT(
      store().Import(
          {}, {CustomerState{.customer = Customer(2), .revision = 5, .members = {Subject(2)}}}),
      IsOk());
  EXPECT_THAT(GetCustomer(Customer(1))->members, ElementsAre(Subject(1)));
  EXPECT_EQ(GetCustomer(Subject(2))->customer, Customer(2));
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
}

TEST_P(Conformance, AnImportThatFailsLeavesNothingOfItsCall) {
  Create(Customer(1), {Subject(1)});
  Record holder = MakeRecord(Subject(1), "holder");
  holder.keys = {"k"};
  ASSERT_THAT(Put(Customer(1), holder), IsOk());
  const std::vector<ExportEntry> before = ExportAll(store());
  const CustomerState customer = {.customer = Customer(2), .revision = 1, .members = {Subject(2)}};
  Record thief = MakeRecord(Subject(2), "thief");
  thief.keys = {"k"};
  EXPECT_THAT(store().Import({}, {customer, thief}), StatusIs(absl::StatusCode::kAlreadyExists));
  Record unnamed = MakeRecord(Subject(2), "");
  EXPECT_THAT(store().Import({}, {customer, unnamed}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Record large = MakeRecord(Subject(2), "large", std::string(kMaxPayloadBytes + 1, 'p'));
  EXPECT_THAT(store().Import({}, {customer, large}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(store().Import({}, {customer, FeedBounds{.partition = 1, .trimmed = 9, .end = 8}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ExportAll(store()), before);
}

TEST_P(Conformance, AnImportRemovesWhatABareKeyNames) {
  Create(Customer(1), {Subject(1)});
  Record record = MakeRecord(Subject(1), "a");
  record.keys = {"k"};
  record.terms = {{.term = "t"}};
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  const RequestKey request = {.client = "c", .request_id = "r"};
  ASSERT_THAT(store().Import(
                  {}, {std::pair(request, StoredRequest{.response = "x", .recorded_time = 5}),
                       std::pair(RequestKey{.client = "c", .request_id = "s"}, StoredRequest{})}),
              IsOk());
  const RecordKey no_record = {Subject(1), 1, "none"};
  const RequestKey no_request = {.client = "c", .request_id = "none"};
  ASSERT_THAT(store().Import({}, {record.key, no_record, request, no_request}), IsOk());
  EXPECT_THAT(Get(record.key), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(FindByKey("k"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Terms("", ""), IsEmpty());
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
  size_t requests = 0;
  for (const ExportEntry& entry : ExportAll(store())) {
    requests += std::holds_alternative<std::pair<RequestKey, StoredRequest>>(entry);
  }
  EXPECT_EQ(requests, 1u);
  const absl::StatusOr<Statistics> statistics = store().GetStatistics({});
  ASSERT_THAT(statistics, IsOk());
  for (const auto& [kind, count] : statistics->records) EXPECT_EQ(count, 0u) << kind;
}

TEST_P(Conformance, OneImportMovesAKeyFromARecordThatItRemovesOrReplacesFirst) {
  Create(Customer(1), {Subject(1)});
  Record gone = MakeRecord(Subject(1), "gone");
  gone.keys = {"k1"};
  Record changed = MakeRecord(Subject(1), "changed");
  changed.keys = {"k2"};
  ASSERT_THAT(store().Import({}, {gone, changed}), IsOk());
  changed.keys = {};
  Record heir = MakeRecord(Subject(1), "heir");
  heir.keys = {"k1", "k2"};
  ASSERT_THAT(store().Import({}, {gone.key, changed, heir}), IsOk());
  EXPECT_EQ(*FindByKey("k1"), heir.key);
  EXPECT_EQ(*FindByKey("k2"), heir.key);
}

TEST_P(Conformance, ASubjectThatWasInNoCustomerBetweenTwoImportsKeepsItsRecords) {
  CustomerState loser = {.customer = Customer(1), .revision = 1, .members = {Subject(1)}};
  Record record = MakeRecord(Subject(1), "a", "old");
  record.keys = {"k"};
  ASSERT_THAT(store().Import({}, {loser, record}), IsOk());
  loser.members = {};
  ASSERT_THAT(store().Import({}, {loser}), IsOk());
  record.payload = "new";
  ASSERT_THAT(
      store().Import({}, {CustomerState{.customer = Customer(2), .members = {Subject(1)}}, record}),
      IsOk());
  EXPECT_EQ(*Get(record.key), record);
  const absl::StatusOr<Statistics> statistics = store().GetStatistics({});
  ASSERT_THAT(statistics, IsOk());
  ASSERT_EQ(statistics->records.size(), 1u);
  EXPECT_EQ(statistics->records[0].second, 1u);
}

TEST_P(Conformance, WithinOneImportTheLastWordOnARequestCounts) {
  const RequestKey key = {.client = "c", .request_id = "r"};
  const StoredRequest request = {.response = "x", .recorded_time = 5};
  ASSERT_THAT(store().Import({}, {std::pair(key, request), key}), IsOk());
  EXPECT_THAT(ExportAll(store()), IsEmpty());
  ASSERT_THAT(store().Import({}, {std::pair(key, request)}), IsOk());
  ASSERT_THAT(store().Import({}, {key, std::pair(key, request)}), IsOk());
  EXPECT_EQ(ExportAll(store()).size(), 1u);
}

}  // namespace
}  // namespace yilan::storage
