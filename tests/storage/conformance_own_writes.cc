// What a transaction reads of its own writes.
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

TEST_P(Conformance, WhatIsReadAheadIsReadWrittenAndDeletedLikeAnythingElse) {
  Create(Customer(1), {Subject(1)});
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), id, "old")), IsOk());
  }
  const auto payload = [](Transaction& txn, const char* id) {
    const auto record = txn.Get({Subject(1), 1, id});
    return record.ok() ? record->payload : std::string(record.status().message());
  };
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) -> absl::Status {
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "c", "new")));
                      // One is written already, one does not exist, one comes twice.
                      const std::vector<RecordKey> keys = {
                          {Subject(1), 1, "a"}, {Subject(1), 1, "b"}, {Subject(1), 1, "c"},
                          {Subject(1), 1, "d"}, {Subject(2), 1, "a"}, {Subject(1), 1, "a"}};
                      RETURN_IF_ERROR(txn.ReadAhead(keys));
                      EXPECT_EQ(payload(txn, "a"), "old");
                      EXPECT_EQ(payload(txn, "c"), "new");
                      EXPECT_THAT(txn.Get({Subject(1), 1, "d"}), StatusIs(kNotFound));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "a", "new")));
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "b"}));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "d", "new"), Absent()));
                      RETURN_IF_ERROR(txn.ReadAhead(keys));
                      EXPECT_EQ(payload(txn, "a"), "new");
                      EXPECT_THAT(txn.Get({Subject(1), 1, "b"}), StatusIs(kNotFound));
                      EXPECT_EQ(payload(txn, "d"), "new");
                      return absl::OkStatus();
                    }),
              IsOk());
}

TEST_P(Conformance, ATransactionReadsItsOwnRecords) {
  Create(Customer(1), {Subject(1), Subject(2)});
  for (const char* id : {"b", "d", "f"}) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), id, "old")), IsOk());
  }
  const auto ids = [](Transaction& txn, size_t max) {
    return ScanIds(txn, {.subject = Subject(1), .kind = 1, .max = max});
  };
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) -> absl::Status {
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "a", "new")));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "d", "new")));
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "f"}));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "g", "new")));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(2), "z", "new")));
                      EXPECT_THAT(ids(txn, 100), ElementsAre("a", "b", "d", "g"));
                      EXPECT_THAT(ids(txn, 3), ElementsAre("a", "b", "d"));
                      EXPECT_THAT(ids(txn, 0), IsEmpty());
                      ASSIGN_OR_RETURN(Record d, txn.Get({Subject(1), 1, "d"}));
                      EXPECT_EQ(d.payload, "new");
                      EXPECT_EQ(d.revision, *txn.NextRevision(Customer(1)));
                      EXPECT_THAT(txn.Get({Subject(1), 1, "f"}), StatusIs(kNotFound));
                      EXPECT_THAT(txn.Delete({Subject(1), 1, "f"}), StatusIs(kNotFound));
                      EXPECT_THAT(txn.Put(MakeRecord(Subject(1), "g"), Absent()),
                                  StatusIs(absl::StatusCode::kAlreadyExists));
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "f", "again"), Absent()));
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "a"}, AtRevision(d.revision)));
                      EXPECT_THAT(ids(txn, 100), ElementsAre("b", "d", "f", "g"));
                      std::vector<std::string> payloads;
                      const std::vector<RecordKey> keys = {
                          {Subject(2), 1, "z"}, {Subject(1), 1, "a"}, {Subject(1), 1, "f"}};
                      RETURN_IF_ERROR(txn.GetMany(keys, [&](const RecordView& view) {
                        payloads.emplace_back(view.payload);
                        return absl::OkStatus();
                      }));
                      EXPECT_THAT(payloads, ElementsAre("new", "again"));
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(ScanIds(reader, {.subject = Subject(1), .kind = 1}),
                            ElementsAre("b", "d", "f", "g"));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ATransactionReadsItsOwnTerms) {
  Create(Customer(1), {Subject(1)});
  const auto put = [](Transaction& txn, const char* id, std::vector<Term> terms) {
    Record record = MakeRecord(Subject(1), id);
    record.terms = std::move(terms);
    return txn.Put(std::move(record));
  };
  const auto text = [](Transaction& txn, size_t max) {
    std::vector<std::string> found;
    TermCursor cursor;
    while (true) {
      const auto page = txn.FindByTerm("", "", cursor, max);
      EXPECT_THAT(page, IsOk());
      for (const TermEntry& entry : *page) {
        found.push_back(absl::StrCat(entry.term.term, entry.term.valid_from == kMinTime ? "" : "'",
                                     ">", entry.record.record_id));
      }
      if (page->size() < max) return found;
    }
  };
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(put(txn, "b", {{.term = "t"}, {.term = "u"}}));
                      RETURN_IF_ERROR(put(txn, "d", {{.term = "t"}}));
                      return put(txn, "f", {{.term = "s"}, {.term = "u"}});
                    }),
              IsOk());
  ASSERT_THAT(
      Write({Customer(1)}, {},
            [&](Transaction& txn) {
              RETURN_IF_ERROR(put(txn, "a", {{.term = "t"}}));
              RETURN_IF_ERROR(put(txn, "b", {{.term = "t", .valid_from = 7}}));  // u is given up.
              RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "d"}));
              RETURN_IF_ERROR(put(txn, "g", {{.term = "r"}, {.term = "v"}}));
              for (const size_t max : {100, 1, 2, 3}) {
                EXPECT_THAT(text(txn, max), ElementsAre("r>g", "s>f", "t>a", "t'>b", "u>f", "v>g"));
              }
              RETURN_IF_ERROR(put(txn, "g", {{.term = "r"}}));
              RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "a"}));
              EXPECT_THAT(text(txn, 100), ElementsAre("r>g", "s>f", "t'>b", "u>f"));
              return absl::OkStatus();
            }),
      IsOk());
  EXPECT_EQ(Terms("", "").size(), 4u);
}

TEST_P(Conformance, ATransactionReadsItsOwnHistory) {
  Create(Customer(1), {Subject(1)});
  const auto entry = [](TimeMicros time, absl::string_view payload) {
    return HistoryEntry{.subject = Subject(1),
                        .kind = 1,
                        .fact_id = "f",
                        .version = {.event_time = time},
                        .payload = std::string(payload)};
  };
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.AddHistory(entry(10, "old")));
                      return txn.AddHistory(entry(20, "old"));
                    }),
              IsOk());
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.AddHistory(entry(15, "new")));
                      RETURN_IF_ERROR(txn.AddHistory(entry(20, "new")));
                      std::vector<std::string> seen;
                      RETURN_IF_ERROR(txn.ScanHistory(Subject(1), 1, "f", [&](const auto& found) {
                        seen.push_back(absl::StrCat(found.version.event_time, found.payload));
                        return absl::OkStatus();
                      }));
                      EXPECT_THAT(seen, ElementsAre("10old", "15new", "20new"));
                      return absl::OkStatus();
                    }),
              IsOk());
}

TEST_P(Conformance, ATransactionReadsItsOwnMembers) {
  Create(Customer(1), {Subject(1), Subject(2)});
  ASSERT_THAT(
      Write({Customer(1), Customer(2), Customer(3)}, {},
            [&](Transaction& txn) -> absl::Status {
              EXPECT_THAT(txn.GetCustomer(Customer(2)), StatusIs(kNotFound));
              EXPECT_THAT(txn.GetCustomer(Subject(3)), StatusIs(kNotFound));
              RETURN_IF_ERROR(txn.SetMembers(Customer(2), {Subject(3), Subject(2)}));
              ASSIGN_OR_RETURN(const CustomerState by_subject, txn.GetCustomer(Subject(2)));
              EXPECT_EQ(by_subject, (CustomerState{.customer = Customer(2),
                                                   .revision = 2,
                                                   .members = {Subject(2), Subject(3)}}));
              ASSIGN_OR_RETURN(const CustomerState left, txn.GetCustomer(Customer(1)));
              EXPECT_EQ(
                  left,
                  (CustomerState{.customer = Customer(1), .revision = 2, .members = {Subject(1)}}));
              EXPECT_THAT(txn.GetCustomer(Customer(3)), StatusIs(kNotFound));
              return txn.Put(MakeRecord(Subject(3), "a"));
            }),
      IsOk());
  EXPECT_EQ(Load(Customer(2)).size(), 1u);
}

}  // namespace
}  // namespace yilan::storage
