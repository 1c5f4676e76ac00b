// Terms: many looked up at once.
#include <algorithm>
#include <iterator>
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

constexpr size_t kAll = std::numeric_limits<size_t>::max();

Record WithTerms(SubjectId subject, absl::string_view id, const std::vector<std::string>& terms) {
  Record record = MakeRecord(subject, id);
  for (const std::string& term : terms) record.terms.push_back({.term = term});
  return record;
}

// The ids of the records of each term, one behind the other.
std::vector<std::string> Ids(Reader& reader, const std::vector<std::string>& terms, size_t max) {
  const absl::StatusOr<std::vector<std::vector<RecordKey>>> found = reader.FindByTerms(terms, max);
  EXPECT_THAT(found, IsOk());
  if (!found.ok()) return {};
  EXPECT_EQ(found->size(), terms.size());
  std::vector<std::string> ids;
  for (const std::vector<RecordKey>& records : *found) {
    std::string& text = ids.emplace_back();
    for (const RecordKey& record : records) absl::StrAppend(&text, record.record_id);
  }
  return ids;
}

TEST_P(Conformance, EachOfManyTermsListsItsRecordsInOrderOfTheirKeys) {
  Create(Customer(1), {Subject(1), Subject(3)});
  Create(Customer(2), {Subject(2)});
  std::vector<RecordKey> of_t;
  std::vector<RecordKey> of_u;
  for (const uint64_t subject : {3, 1, 2}) {
    for (const char* id : {"b", "a", "B"}) {
      for (const Kind kind : {Kind{300}, Kind{2}}) {
        Record record = WithTerms(Subject(subject), id, {"t"});
        if (kind == 2) record.terms.push_back({.term = "u", .valid_from = 5, .valid_to = 6});
        record.key.kind = kind;
        of_t.push_back(record.key);
        if (kind == 2) of_u.push_back(record.key);
        ASSERT_THAT(Put(Customer(subject == 2 ? 2 : 1), record), IsOk());
      }
    }
  }
  std::sort(of_t.begin(), of_t.end());
  std::sort(of_u.begin(), of_u.end());
  EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                const std::vector<std::string> terms = {"u", "t"};
                ASSIGN_OR_RETURN(auto found, reader.FindByTerms(terms, kAll));
                EXPECT_THAT(found, ElementsAre(of_u, of_t));
                ASSIGN_OR_RETURN(found, reader.FindByTerms(terms, 4));
                of_u.resize(4);
                of_t.resize(4);
                EXPECT_THAT(found, ElementsAre(of_u, of_t));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, OfEachOfManyTermsAtMostTheFirstAreFound) {
  Create(Customer(1), {Subject(1)});
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), id, {"s", "t"})), IsOk());
  }
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "d", {"u"})), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(Ids(reader, {"s", "t", "u"}, 0), ElementsAre("", "", ""));
                EXPECT_THAT(Ids(reader, {"s", "t", "u"}, 1), ElementsAre("a", "a", "d"));
                EXPECT_THAT(Ids(reader, {"s", "t", "u"}, 2), ElementsAre("ab", "ab", "d"));
                EXPECT_THAT(Ids(reader, {"s", "t", "u"}, 3), ElementsAre("abc", "abc", "d"));
                EXPECT_THAT(Ids(reader, {"s", "t", "u"}, kAll), ElementsAre("abc", "abc", "d"));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, TermsThatNoRecordHasOrCanHaveAreNotFoundAmongMany) {
  Create(Customer(1), {Subject(1)});
  const std::string longest(kMaxTermBytes, '\0');
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "a", {"t", longest})), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(Ids(reader,
                                {"s", "t", "", longest, longest + '\0',
                                 std::string(10 * kMaxTermBytes, '\0'), "T"},
                                9),
                            ElementsAre("", "a", "", "a", "", "", ""));
                EXPECT_THAT(Ids(reader, {""}, 9), ElementsAre(""));
                EXPECT_THAT(Ids(reader, {}, 9), IsEmpty());
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ATermThatIsListedTwiceIsFoundTwice) {
  Create(Customer(1), {Subject(1)});
  for (const char* id : {"a", "b"}) {
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), id, {"s", "t"})), IsOk());
  }
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "c", {"t"})), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(Ids(reader, {"t", "s", "t", "x", "t", "x"}, 9),
                            ElementsAre("abc", "ab", "abc", "", "abc", ""));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ManyTermsAreBytesAndNoneIsTakenForAnother) {
  Create(Customer(1), {Subject(1)});
  std::vector<std::string> terms = TrickyNames();
  terms.insert(terms.end(),
               {"ab", "abc", "ab\x01", "a'; DROP TABLE entries; -- ", "a' OR '1'='1", "a\\", "%",
                "_", "?", "a\"\\'`%_?{}()", "a/*!50000 x */#\n\r\t\x1a", "\xff\xfe", "\xff\xff\xff",
                std::string("\xff\0", 2), std::string("\0\1\0", 3)});
  std::vector<std::string> ids;
  for (size_t i = 0; i < terms.size(); ++i) {
    // Every other one is in the store.
    ids.push_back(i % 2 == 0 ? absl::StrCat("<", i, ">") : "");
    if (i % 2 != 0) continue;
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), ids[i], {terms[i]})), IsOk());
  }
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_EQ(Ids(reader, terms, 9), ids);
                for (size_t i = 0; i < terms.size(); ++i) {
                  EXPECT_THAT(Ids(reader, {terms[i]}, 9), ElementsAre(ids[i]));
                }
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ManyTermsMayBeVeryMany) {
  constexpr int kTerms = 600;
  Create(Customer(1), {Subject(1)});
  std::vector<std::string> terms;
  std::vector<std::string> ids;
  for (int i = 0; i < kTerms; ++i) {
    terms.push_back(absl::StrCat("term/", i));
    ids.push_back(i % 3 == 0 ? "" : absl::StrCat("<", i, ">"));
  }
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) -> absl::Status {
                      for (size_t i = 0; i < terms.size(); ++i) {
                        if (ids[i].empty()) continue;
                        RETURN_IF_ERROR(txn.Put(WithTerms(Subject(1), ids[i], {terms[i], "all"})));
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                for (const size_t count : {1, 2, 5, 63, 64, 65, 128, 129, kTerms}) {
                  const auto end = static_cast<std::ptrdiff_t>(count);
                  EXPECT_EQ(Ids(reader, {terms.begin(), terms.begin() + end}, 2),
                            (std::vector<std::string>(ids.begin(), ids.begin() + end)));
                }
                // One that most records have keeps to its own share.
                EXPECT_THAT(Ids(reader, {"term/1", "all", "term/2"}, 3),
                            ElementsAre("<1>", "<100><101><103>", "<2>"));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ATransactionFindsItsOwnWritesByManyTerms) {
  Create(Customer(1), {Subject(1)});
  for (const char* id : {"b", "d", "f", "h", "j"}) {
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), id, {"s", "t"})), IsOk());
  }
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) -> absl::Status {
                      EXPECT_THAT(Ids(txn, {"t", "s", "new"}, 2), ElementsAre("bd", "bd", ""));
                      // Put, replaced without one of them, deleted.
                      RETURN_IF_ERROR(txn.Put(WithTerms(Subject(1), "e", {"t", "new"})));
                      RETURN_IF_ERROR(txn.Put(WithTerms(Subject(1), "d", {"s"})));
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "b"}));
                      const std::vector<std::string> terms = {"t", "s", "new"};
                      EXPECT_THAT(Ids(txn, terms, 0), ElementsAre("", "", ""));
                      EXPECT_THAT(Ids(txn, terms, 1), ElementsAre("e", "d", "e"));
                      EXPECT_THAT(Ids(txn, terms, 2), ElementsAre("ef", "df", "e"));
                      EXPECT_THAT(Ids(txn, terms, 3), ElementsAre("efh", "dfh", "e"));
                      EXPECT_THAT(Ids(txn, terms, kAll), ElementsAre("efhj", "dfhj", "e"));
                      // And once more.
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "f"}));
                      RETURN_IF_ERROR(txn.Delete({Subject(1), 1, "e"}));
                      RETURN_IF_ERROR(txn.Put(WithTerms(Subject(1), "b", {"new", "t"})));
                      RETURN_IF_ERROR(txn.Put(WithTerms(Subject(1), "z", {"s"})));
                      EXPECT_THAT(Ids(txn, terms, 2), ElementsAre("bh", "dh", "b"));
                      EXPECT_THAT(Ids(txn, terms, 9), ElementsAre("bhj", "dhjz", "b"));
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(Ids(reader, {"t", "s", "new"}, 9), ElementsAre("bhj", "dhjz", "b"));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, WhatAPlanFindsByManyTermsIsWhatIsCommitted) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "a", {"t"})), IsOk());
  std::vector<std::string> planned;
  ASSERT_THAT(store().Write(
                  {.actor = "conformance"},
                  [&](Reader& reader) {
                    planned = Ids(reader, {"u", "t"}, 9);
                    return WritePlan{.customers = {Customer(1)}};
                  },
                  [&](Transaction& txn) { return txn.Put(WithTerms(Subject(1), "b", {"t"})); }),
              IsOk());
  EXPECT_THAT(planned, ElementsAre("", "a"));
}

}  // namespace
}  // namespace yilan::storage
