// Terms: the ordered, non-unique index.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Record WithTerms(SubjectId subject, absl::string_view id, std::vector<Term> terms) {
  Record record = MakeRecord(subject, id);
  record.terms = std::move(terms);
  return record;
}

// "term>record id" of each entry.
std::vector<std::string> Text(const std::vector<TermEntry>& entries) {
  std::vector<std::string> text;
  for (const TermEntry& entry : entries) {
    text.push_back(absl::StrCat(entry.term.term, ">", entry.record.record_id));
  }
  return text;
}

// All entries of [first, limit), read in pages of `max`.
std::vector<TermEntry> Paged(Reader& reader, absl::string_view first, absl::string_view limit,
                             size_t max) {
  std::vector<TermEntry> all;
  TermCursor cursor;
  while (true) {
    const absl::StatusOr<std::vector<TermEntry>> page =
        reader.FindByTerm(first, limit, cursor, max);
    EXPECT_THAT(page, IsOk());
    if (!page.ok()) return all;
    all.insert(all.end(), page->begin(), page->end());
    if (page->size() < max) return all;
  }
}

TEST_P(Conformance, TermsAreBytesInBytewiseOrder) {
  Create(Customer(1), {Subject(1)});
  std::vector<std::string> names = TrickyNames();
  std::reverse(names.begin(), names.end());
  for (const std::string& name : names) {
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), name, {{.term = name}})), IsOk());
  }
  const std::vector<TermEntry> entries = Terms("", "");
  ASSERT_EQ(entries.size(), TrickyNames().size());
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].term.term, TrickyNames()[i]);
    EXPECT_EQ(entries[i].record, (RecordKey{Subject(1), 1, TrickyNames()[i]}));
  }
}

TEST_P(Conformance, TermsAreFoundFromTheFirstToBeforeTheLimit) {
  Create(Customer(1), {Subject(1)});
  for (const std::string& name : TrickyNames()) {
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), name, {{.term = name}})), IsOk());
  }
  std::vector<std::string> bounds = TrickyNames();
  bounds.insert(bounds.end(), {"", "0", std::string("\0\0\0", 3), "\xff\xff\xff"});
  for (const std::string& first : bounds) {
    for (const std::string& limit : bounds) {
      std::vector<std::string> expected;
      for (const std::string& name : TrickyNames()) {
        if (name >= first && (limit.empty() || name < limit)) expected.push_back(name);
      }
      std::vector<std::string> found;
      for (const TermEntry& entry : Terms(first, limit)) found.push_back(entry.term.term);
      EXPECT_EQ(found, expected);
    }
  }
}

TEST_P(Conformance, OneTermListsItsRecordsInOrderOfTheirKeys) {
  Create(Customer(1), {Subject(1), Subject(3)});
  Create(Customer(2), {Subject(2)});
  std::vector<Record> records;
  for (const uint64_t subject : {3, 1, 2}) {
    for (const char* id : {"b", "a", "B"}) {
      for (const Kind kind : {Kind{300}, Kind{2}}) {
        Record record = WithTerms(Subject(subject), id, {{.term = "t"}});
        record.key.kind = kind;
        records.push_back(record);
        ASSERT_THAT(Put(Customer(subject == 2 ? 2 : 1), record), IsOk());
      }
    }
  }
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.key < b.key; });
  const std::vector<TermEntry> found = Terms("t", "u");
  ASSERT_EQ(found.size(), records.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].record, records[i].key);
}

TEST_P(Conformance, PagesOfTermsJoinWithoutGapOrOverlap) {
  Create(Customer(1), {Subject(1), Subject(2)});
  for (const uint64_t subject : {1, 2}) {
    for (const char* id : {"a", "b"}) {
      ASSERT_THAT(Put(Customer(1), WithTerms(Subject(subject), id,
                                             {{.term = "s"}, {.term = "t"}, {.term = "t2"}})),
                  IsOk());
    }
  }
  EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                const std::vector<std::string> all = Text(Paged(reader, "", "", 1000));
                EXPECT_EQ(all.size(), 12u);
                for (size_t max = 1; max <= 13; ++max) {
                  EXPECT_EQ(Text(Paged(reader, "", "", max)), all) << max;
                }
                EXPECT_THAT(Text(Paged(reader, "t", "t2", 3)),
                            ElementsAre("t>a", "t>b", "t>a", "t>b"));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, APageOfNoTermsLeavesTheCursorAlone) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "a", {{.term = "t"}})), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                TermCursor cursor;
                ASSIGN_OR_RETURN(std::vector<TermEntry> page,
                                 reader.FindByTerm("t", "u", cursor, 0));
                EXPECT_THAT(page, IsEmpty());
                EXPECT_EQ(cursor.term, "");
                ASSIGN_OR_RETURN(page, reader.FindByTerm("t", "u", cursor, 1));
                EXPECT_THAT(Text(page), ElementsAre("t>a"));
                EXPECT_EQ(cursor.term, "t");
                EXPECT_EQ(cursor.record, (RecordKey{Subject(1), 1, "a"}));
                ASSIGN_OR_RETURN(page, reader.FindByTerm("t", "u", cursor, 1));
                EXPECT_THAT(page, IsEmpty());
                EXPECT_EQ(cursor.term, "t");
                EXPECT_EQ(cursor.record, (RecordKey{Subject(1), 1, "a"}));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ACursorBeforeTheRangeStartsAtTheRange) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(
      Put(Customer(1), WithTerms(Subject(1), "a", {{.term = "r"}, {.term = "s"}, {.term = "t"}})),
      IsOk());
  EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                TermCursor cursor = {.term = "r", .record = {Subject(9), 9, "z"}};
                ASSIGN_OR_RETURN(const auto page, reader.FindByTerm("s", "", cursor, 9));
                EXPECT_THAT(Text(page), ElementsAre("s>a", "t>a"));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ACursorMayStandAtAnEntryThatIsGone) {
  Create(Customer(1), {Subject(1), Subject(2)});
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), id, {{.term = "t"}})), IsOk());
    ASSERT_THAT(Put(Customer(1), WithTerms(Subject(2), id, {{.term = "t"}})), IsOk());
  }
  TermCursor cursor;
  const auto next = [&](size_t max) {
    std::vector<TermEntry> page;
    EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                  ASSIGN_OR_RETURN(page, reader.FindByTerm("t", "u", cursor, max));
                  return absl::OkStatus();
                }),
                IsOk());
    return Text(page);
  };
  EXPECT_THAT(next(2), ElementsAre("t>a", "t>b"));
  ASSERT_THAT(Delete(Customer(1), {Subject(1), 1, "b"}), IsOk());
  EXPECT_THAT(next(2), ElementsAre("t>c", "t>a"));
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(Delete(Customer(1), {Subject(2), 1, id}), IsOk());
  }
  EXPECT_THAT(next(2), IsEmpty());
}

TEST_P(Conformance, ATermKeepsItsPeriod) {
  Create(Customer(1), {Subject(1)});
  const std::vector<Term> terms = {{.term = "a"},
                                   {.term = "b", .valid_from = 5},
                                   {.term = "c", .valid_to = 5},
                                   {.term = "d", .valid_from = -9, .valid_to = 0},
                                   {.term = "e", .valid_from = kMaxTime, .valid_to = kMinTime}};
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "id", terms)), IsOk());
  std::vector<Term> found;
  for (const TermEntry& entry : Terms("", "")) found.push_back(entry.term);
  EXPECT_EQ(found, terms);
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "id", {{.term = "b", .valid_from = 6}})),
              IsOk());
  const std::vector<TermEntry> changed = Terms("", "");
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].term, (Term{.term = "b", .valid_from = 6}));
}

TEST_P(Conformance, ReplacingARecordReplacesItsTerms) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(
      Put(Customer(1), WithTerms(Subject(1), "id", {{.term = "a"}, {.term = "b"}, {.term = "c"}})),
      IsOk());
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "id", {{.term = "b"}, {.term = "d"}})),
              IsOk());
  EXPECT_THAT(Text(Terms("", "")), ElementsAre("b>id", "d>id"));
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "id", {})), IsOk());
  EXPECT_THAT(Terms("", ""), IsEmpty());
}

TEST_P(Conformance, DeletingARecordRemovesItsTerms) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "a", {{.term = "s"}, {.term = "t"}})), IsOk());
  ASSERT_THAT(Put(Customer(1), WithTerms(Subject(1), "b", {{.term = "t"}})), IsOk());
  ASSERT_THAT(Delete(Customer(1), {Subject(1), 1, "a"}), IsOk());
  EXPECT_THAT(Text(Terms("", "")), ElementsAre("t>b"));
}

TEST_P(Conformance, ManyRecordsOfOneTermAreFoundByPages) {
  // Some subjects have one record with the term, one has very many.
  constexpr uint64_t kSubjects = 200;
  constexpr int kOfOne = 2000;
  WritePlan plan;
  for (uint64_t n = 1; n <= kSubjects; ++n) plan.customers.push_back(Customer(n));
  ASSERT_THAT(
      Write(plan,
            [&](Transaction& txn) {
              for (uint64_t n = kSubjects; n >= 1; --n) {
                RETURN_IF_ERROR(txn.SetMembers(Customer(n), {Subject(n)}));
                RETURN_IF_ERROR(txn.Put(WithTerms(Subject(n), "id", {{.term = "due/2026-11-22"}})));
                RETURN_IF_ERROR(txn.Put(
                    WithTerms(Subject(n), "name", {{.term = absl::StrCat("name/", n + 1000)}})));
              }
              return absl::OkStatus();
            }),
      IsOk());
  for (int first = 0; first < kOfOne; first += 500) {
    ASSERT_THAT(Write({Customer(100)}, {},
                      [&](Transaction& txn) {
                        for (int i = first; i < first + 500; ++i) {
                          Record record = WithTerms(Subject(100), absl::StrCat("big", 10000 + i),
                                                    {{.term = "due/2026-11-22"}});
                          record.payload.assign(100, 'x');
                          RETURN_IF_ERROR(txn.Put(std::move(record)));
                        }
                        return absl::OkStatus();
                      }),
                IsOk());
  }
  EXPECT_THAT(Read([&](Reader& reader) {
                const std::vector<TermEntry> due =
                    Paged(reader, "due/2026-11-22", "due/2026-11-23", 97);
                EXPECT_EQ(due.size(), kSubjects + kOfOne);
                EXPECT_TRUE(std::is_sorted(
                    due.begin(), due.end(),
                    [](const TermEntry& a, const TermEntry& b) { return a.record < b.record; }));
                EXPECT_EQ(Paged(reader, "name/", "name0", 7).size(), kSubjects);
                return absl::OkStatus();
              }),
              IsOk());
  ASSERT_THAT(
      Write({Customer(100)}, {},
            [&](Transaction& txn) {
              for (int i = 0; i < kOfOne; ++i) {
                RETURN_IF_ERROR(txn.Delete({Subject(100), 1, absl::StrCat("big", 10000 + i)}));
              }
              return absl::OkStatus();
            }),
      IsOk());
  EXPECT_EQ(Terms("due/", "due0").size(), kSubjects);
}

}  // namespace
}  // namespace yilan::storage
