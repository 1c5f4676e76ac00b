// Keys: unique over the store, each held by one record at a time.
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

using ::testing::ElementsAre;

Record WithKeys(SubjectId subject, absl::string_view id, std::vector<std::string> keys) {
  Record record = MakeRecord(subject, id);
  record.keys = std::move(keys);
  return record;
}

TEST_P(Conformance, AKeyLeadsToItsRecord) {
  Create(Customer(1), {Subject(1)});
  for (const std::string& name : TrickyNames()) {
    ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), name, {name})), IsOk());
  }
  for (const std::string& name : TrickyNames()) {
    const absl::StatusOr<RecordKey> holder = FindByKey(name);
    ASSERT_THAT(holder, IsOk());
    EXPECT_EQ(*holder, (RecordKey{Subject(1), 1, name}));
  }
  EXPECT_THAT(FindByKey("c"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(Conformance, AKeyBelongsToOneRecord) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "a", {"k"})), IsOk());
  EXPECT_THAT(Put(Customer(1), WithKeys(Subject(1), "a", {"k"})), IsOk());  // Its own.
  EXPECT_THAT(Put(Customer(1), WithKeys(Subject(1), "b", {"k"})),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Put(Customer(2), WithKeys(Subject(2), "a", {"j", "k"})),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(FindByKey("j"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(RevisionOf(Customer(2)), 1u);
}

TEST_P(Conformance, FindByKeysAnswersInTheOrderOfItsKeys) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "a", {"k1", "k2"})), IsOk());
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "b", {"k3"})), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                const std::vector<std::string> keys = {"k3", "none", "", "k1", "k3", "k2"};
                ASSIGN_OR_RETURN(const auto holders, reader.FindByKeys(keys));
                const RecordKey a = {Subject(1), 1, "a"};
                const RecordKey b = {Subject(1), 1, "b"};
                EXPECT_THAT(holders, ElementsAre(b, std::nullopt, std::nullopt, a, b, a));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, TakingAKeyThatIsNotPlannedFails) {
  Create(Customer(1), {Subject(1)});
  const Record record = WithKeys(Subject(1), "a", {"k"});
  EXPECT_THAT(Write({Customer(1)}, {"other"}, [&](Transaction& txn) { return txn.Put(record); }),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  // A key that the record holds already is not taken.
  EXPECT_THAT(Write({Customer(1)}, {}, [&](Transaction& txn) { return txn.Put(record); }), IsOk());
}

TEST_P(Conformance, AKeyGivenUpByAReplacementCanBeTakenLater) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "a", {"k1", "k2"})), IsOk());
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "a", {"k2", "k3"})), IsOk());
  EXPECT_THAT(FindByKey("k1"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Put(Customer(1), WithKeys(Subject(1), "b", {"k1"})), IsOk());
  EXPECT_EQ(FindByKey("k1")->record_id, "b");
  EXPECT_EQ(FindByKey("k2")->record_id, "a");
  EXPECT_EQ(FindByKey("k3")->record_id, "a");
}

TEST_P(Conformance, AKeyGivenUpByADeletionCanBeTakenLater) {
  Create(Customer(1), {Subject(1)});
  Create(Customer(2), {Subject(2)});
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "a", {"k"})), IsOk());
  ASSERT_THAT(Delete(Customer(1), {Subject(1), 1, "a"}), IsOk());
  EXPECT_THAT(FindByKey("k"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Put(Customer(2), WithKeys(Subject(2), "a", {"k"})), IsOk());
  EXPECT_EQ(FindByKey("k")->subject, Subject(2));
}

TEST_P(Conformance, AKeyGivenUpCanBeTakenInTheSameTransaction) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "a", {"k1"})), IsOk());
  ASSERT_THAT(Put(Customer(1), WithKeys(Subject(1), "b", {"k2"})), IsOk());
  EXPECT_THAT(Write({Customer(1)}, {"k1", "k2"},
                    [&](Transaction& txn) {
                      // They swap, so each is in the other's way at first.
                      EXPECT_THAT(txn.Put(WithKeys(Subject(1), "a", {"k2"})),
                                  StatusIs(absl::StatusCode::kAlreadyExists));
                      RETURN_IF_ERROR(txn.Put(WithKeys(Subject(1), "a", {})));
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "b"}));
                      RETURN_IF_ERROR(txn.Put(WithKeys(Subject(1), "a", {"k2"})));
                      RETURN_IF_ERROR(txn.Put(WithKeys(Subject(1), "b", {"k1"})));
                      EXPECT_EQ(txn.FindByKey("k1")->record_id, "b");
                      EXPECT_EQ(txn.FindByKey("k2")->record_id, "a");
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_EQ(FindByKey("k1")->record_id, "b");
  EXPECT_EQ(FindByKey("k2")->record_id, "a");
}

TEST_P(Conformance, AKeyTakenAndGivenUpWithinATransactionIsFree) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Write({Customer(1)}, {"k"},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.Put(WithKeys(Subject(1), "a", {"k"})));
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "a"}));
                      EXPECT_THAT(txn.FindByKey("k"), StatusIs(absl::StatusCode::kNotFound));
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(FindByKey("k"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Put(Customer(1), WithKeys(Subject(1), "b", {"k"})), IsOk());
}

TEST_P(Conformance, ManyKeysAllLeadToTheirRecords) {
  Create(Customer(1), {Subject(1)});
  constexpr int kKeys = 5000;
  const auto key = [](int i) { return absl::StrCat("fact/", i); };
  for (int first = 0; first < kKeys; first += 500) {
    WritePlan plan = {.customers = {Customer(1)}};
    for (int i = first; i < first + 500; ++i) plan.keys.push_back(key(i));
    ASSERT_THAT(Write(plan,
                      [&](Transaction& txn) {
                        for (int i = first; i < first + 500; ++i) {
                          RETURN_IF_ERROR(txn.Put(WithKeys(Subject(1), absl::StrCat(i), {key(i)})));
                        }
                        return absl::OkStatus();
                      }),
                IsOk());
  }
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      for (int i = 0; i < kKeys; i += 3) {
                        RETURN_IF_ERROR(txn.Delete({Subject(1), 1, absl::StrCat(i)}));
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                for (int i = 0; i < kKeys; ++i) {
                  const absl::StatusOr<RecordKey> holder = reader.FindByKey(key(i));
                  EXPECT_EQ(holder.ok() ? holder->record_id : "",
                            i % 3 != 0 ? absl::StrCat(i) : "");
                }
                return absl::OkStatus();
              }),
              IsOk());
}

}  // namespace
}  // namespace yilan::storage
