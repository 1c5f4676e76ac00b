// Records and history: bytes, limits, preconditions, order.
#include <algorithm>
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
using ::testing::SizeIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kTooLarge = absl::StatusCode::kResourceExhausted;
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;

TEST_P(Conformance, ARecordReadsBackAsItWasPut) {
  Create(Customer(1), {Subject(1)});
  Record record = {.key = {Subject(1), 65535, "id"},
                   .version = {.event_time = -5, .source_version = ~uint64_t{0}},
                   .recorded_time = kMaxTime,
                   .payload = std::string("a\0b", 3),
                   .keys = {"k2", "k1"},
                   .terms = {{.term = "t2", .valid_from = 3, .valid_to = 4}, {.term = "t1"}}};
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  record.revision = 2;
  record.keys = {"k1", "k2"};
  record.terms = {{.term = "t1"}, {.term = "t2", .valid_from = 3, .valid_to = 4}};
  const absl::StatusOr<Record> stored = Get(record.key);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(*stored, record);
}

TEST_P(Conformance, TimesReadBackWholeAtBothEndsOfTheirRange) {
  Create(Customer(1), {Subject(1)});
  for (const TimeMicros time : {kMinTime, kMaxTime, TimeMicros{-1}, TimeMicros{0}, TimeMicros{1},
                                TimeMicros{1700000000000000}}) {
    Record record = MakeRecord(Subject(1), absl::StrCat(time));
    record.version.event_time = time;
    record.recorded_time = kMinTime + kMaxTime - time;
    record.terms = {{.term = "t", .valid_from = time, .valid_to = -time}};
    ASSERT_THAT(Put(Customer(1), record), IsOk());
    const absl::StatusOr<Record> stored = Get(record.key);
    ASSERT_THAT(stored, IsOk());
    EXPECT_EQ(stored->version.event_time, time);
    EXPECT_EQ(stored->recorded_time, kMinTime + kMaxTime - time);
    EXPECT_EQ(stored->terms, record.terms);
  }
}

TEST_P(Conformance, RecordIdsAreBytesInBytewiseOrder) {
  Create(Customer(1), {Subject(1)});
  std::vector<std::string> shuffled = TrickyNames();
  std::reverse(shuffled.begin(), shuffled.end());
  for (const std::string& id : shuffled) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), id, "payload of " + id)), IsOk());
  }
  EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                EXPECT_EQ(ScanIds(reader, {.subject = Subject(1), .kind = 1}), TrickyNames());
                for (const std::string& id : TrickyNames()) {
                  ASSIGN_OR_RETURN(const Record record, reader.Get({Subject(1), 1, id}));
                  EXPECT_EQ(record.payload, "payload of " + id);
                }
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ARangeEndsBeforeItsLimitAndBeginsAtItsFirst) {
  Create(Customer(1), {Subject(1)});
  for (const std::string& id : TrickyNames()) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), id)), IsOk());
  }
  std::vector<std::string> bounds = TrickyNames();
  bounds.insert(bounds.end(), {"", "0", std::string("\0\0\0", 3), "\xff\xff\xff"});
  EXPECT_THAT(
      Read([&](Reader& reader) {
        for (const std::string& first : bounds) {
          for (const std::string& limit : bounds) {
            std::vector<std::string> expected;
            for (const std::string& id : TrickyNames()) {
              if (id >= first && (limit.empty() || id < limit)) expected.push_back(id);
            }
            EXPECT_EQ(
                ScanIds(reader,
                        {.subject = Subject(1), .kind = 1, .first_id = first, .limit_id = limit}),
                expected);
          }
        }
        return absl::OkStatus();
      }),
      IsOk());
}

TEST_P(Conformance, AScanReturnsAtMostItsMaximum) {
  Create(Customer(1), {Subject(1)});
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), id)), IsOk());
  }
  EXPECT_THAT(Read([&](Reader& reader) {
                const auto ids = [&](size_t max) {
                  return ScanIds(reader, {.subject = Subject(1), .kind = 1, .max = max});
                };
                EXPECT_THAT(ids(0), IsEmpty());
                EXPECT_THAT(ids(1), ElementsAre("a"));
                EXPECT_THAT(ids(2), ElementsAre("a", "b"));
                EXPECT_THAT(ids(3), ElementsAre("a", "b", "c"));
                EXPECT_THAT(ids(4), ElementsAre("a", "b", "c"));
                EXPECT_THAT(ids(std::numeric_limits<size_t>::max()), ElementsAre("a", "b", "c"));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, AScanSeesOneSubjectAndOneKind) {
  Create(Customer(1), {Subject(1), Subject(2), Subject(3)});
  for (const uint64_t subject : {1, 2, 3}) {
    for (const Kind kind : {Kind{0}, Kind{1}, Kind{2}, Kind{255}, Kind{256}, Kind{65535}}) {
      Record record = MakeRecord(Subject(subject), absl::StrCat(subject, "/", kind));
      record.key.kind = kind;
      ASSERT_THAT(Put(Customer(1), record), IsOk());
    }
  }
  EXPECT_THAT(
      Read([&](Reader& reader) {
        for (const Kind kind : {Kind{0}, Kind{1}, Kind{2}, Kind{255}, Kind{256}, Kind{65535}}) {
          EXPECT_THAT(ScanIds(reader, {.subject = Subject(2), .kind = kind}),
                      ElementsAre(absl::StrCat("2/", kind)));
        }
        EXPECT_THAT(ScanIds(reader, {.subject = Subject(2), .kind = 3}), IsEmpty());
        EXPECT_THAT(ScanIds(reader, {.subject = Subject(4), .kind = 1}), IsEmpty());
        return absl::OkStatus();
      }),
      IsOk());
}

TEST_P(Conformance, AnErrorOfAVisitorEndsTheVisitAndIsReturned) {
  Create(Customer(1), {Subject(1)});
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), id)), IsOk());
  }
  int visits = 0;
  const auto visit = [&](const RecordView&) {
    return ++visits == 2 ? absl::DataLossError("enough") : absl::OkStatus();
  };
  EXPECT_THAT(
      Read([&](Reader& reader) { return reader.Scan({.subject = Subject(1), .kind = 1}, visit); }),
      StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(visits, 2);
  visits = 0;
  EXPECT_THAT(store().LoadCustomer({}, Customer(1), {}, visit),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(visits, 2);
}

TEST_P(Conformance, GetManyVisitsWhatExistsInTheOrderOfItsKeys) {
  Create(Customer(1), {Subject(1), Subject(2)});
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), id)), IsOk());
    ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(2), id)), IsOk());
  }
  const std::vector<RecordKey> keys = {
      {Subject(2), 1, "c"}, {Subject(1), 1, "b"}, {Subject(1), 1, "x"}, {Subject(9), 1, "a"},
      {Subject(1), 2, "b"}, {Subject(1), 1, ""},  {Subject(2), 1, "a"}, {Subject(1), 1, "b"}};
  std::vector<RecordKey> visited;
  EXPECT_THAT(Read([&](Reader& reader) {
                return reader.GetMany(keys, [&](const RecordView& view) {
                  visited.push_back(RecordFromView(view).key);
                  return absl::OkStatus();
                });
              }),
              IsOk());
  EXPECT_THAT(visited, ElementsAre(RecordKey{Subject(2), 1, "c"}, RecordKey{Subject(1), 1, "b"},
                                   RecordKey{Subject(2), 1, "a"}, RecordKey{Subject(1), 1, "b"}));
}

TEST_P(Conformance, WhatCannotBeStoredIsNotFound) {
  Create(Customer(1), {Subject(1)});
  const std::string endless(100000, 'x');
  EXPECT_THAT(Get({Subject(1), 1, ""}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Get({Subject(1), 1, endless}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Get({{}, 1, "id"}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(FindByKey(""), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(FindByKey(endless), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(GetCustomer(CustomerId{}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(GetCustomer(SubjectId{}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(
      Read([&](Reader& reader) {
        EXPECT_THAT(reader.FindRequest({"", ""}), StatusIs(absl::StatusCode::kNotFound));
        EXPECT_THAT(reader.FindRequest({endless, endless}), StatusIs(absl::StatusCode::kNotFound));
        return absl::OkStatus();
      }),
      IsOk());
}

TEST_P(Conformance, RecordsOfTheGreatestLengthsAreStored) {
  Create(Customer(1), {Subject(1)});
  Record record = MakeRecord(Subject(1), std::string(kMaxRecordIdBytes, 'i'),
                             std::string(kMaxPayloadBytes, 'p'));
  for (size_t i = 0; i < kMaxKeysPerRecord; ++i) {
    record.keys.push_back(absl::StrCat(i + 1000, std::string(kMaxKeyBytes - 4, 'k')));
  }
  for (size_t i = 0; i < kMaxTermsPerRecord; ++i) {
    record.terms.push_back({.term = absl::StrCat(i + 1000, std::string(kMaxTermBytes - 4, 't'))});
  }
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  record.revision = 2;
  const absl::StatusOr<Record> stored = Get(record.key);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(*stored, record);
  EXPECT_THAT(FindByKey(record.keys.back()), IsOk());
  EXPECT_THAT(Terms("1", "2"), SizeIs(kMaxTermsPerRecord));
}

TEST_P(Conformance, NamesOfTheGreatestLengthMayBeNulBytes) {
  Create(Customer(1), {Subject(1)});
  Record record = MakeRecord(Subject(1), std::string(kMaxRecordIdBytes, '\0'));
  record.keys = {std::string(kMaxKeyBytes, '\0')};
  record.terms = {{.term = std::string(kMaxTermBytes, '\0')}};
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  EXPECT_THAT(Get(record.key), IsOk());
  EXPECT_THAT(FindByKey(record.keys[0]), IsOk());
  EXPECT_THAT(Terms("", ""), SizeIs(1));
  HistoryEntry entry = {
      .subject = Subject(1), .kind = 1, .fact_id = std::string(kMaxRecordIdBytes, '\0')};
  EXPECT_THAT(Write({Customer(1)}, {}, [&](Transaction& txn) { return txn.AddHistory(entry); }),
              IsOk());
}

TEST_P(Conformance, WhatIsTooLongIsRefusedAndNothingIsWritten) {
  Create(Customer(1), {Subject(1)});
  std::vector<Record> records(6, MakeRecord(Subject(1), "id"));
  records[0].key.record_id.assign(kMaxRecordIdBytes + 1, 'i');
  records[1].payload.assign(kMaxPayloadBytes + 1, 'p');
  records[2].terms = {{.term = std::string(kMaxTermBytes + 1, 't')}};
  for (size_t i = 0; i <= kMaxKeysPerRecord; ++i) records[3].keys.push_back(absl::StrCat("k", i));
  for (size_t i = 0; i <= kMaxTermsPerRecord; ++i) {
    records[4].terms.push_back({.term = absl::StrCat("t", i)});
  }
  records[5].keys = {std::string(kMaxKeyBytes + 1, 'k')};
  for (const Record& record : records) {
    EXPECT_THAT(Write({Customer(1)}, {}, [&](Transaction& txn) { return txn.Put(record); }),
                StatusIs(kTooLarge));
  }
  const HistoryEntry long_fact = {
      .subject = Subject(1), .kind = 1, .fact_id = std::string(kMaxRecordIdBytes + 1, 'f')};
  const HistoryEntry long_payload = {.subject = Subject(1),
                                     .kind = 1,
                                     .fact_id = "f",
                                     .payload = std::string(kMaxPayloadBytes + 1, 'p')};
  for (const HistoryEntry& entry : {long_fact, long_payload}) {
    EXPECT_THAT(Write({Customer(1)}, {}, [&](Transaction& txn) { return txn.AddHistory(entry); }),
                StatusIs(kTooLarge));
  }
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
  EXPECT_THAT(Load(Customer(1)), IsEmpty());
}

TEST_P(Conformance, EmptyAndDoubledNamesAndNilIdsAreInvalid) {
  Create(Customer(1), {Subject(1)});
  std::vector<Record> records(6, MakeRecord(Subject(1), "id"));
  records[0].key.record_id.clear();
  records[1].key.subject = {};
  records[2].keys = {""};
  records[3].keys = {"k", "l", "k"};
  records[4].terms = {{.term = ""}};
  records[5].terms = {{.term = "t", .valid_from = 1}, {.term = "t", .valid_from = 2}};
  for (const Record& record : records) {
    EXPECT_THAT(Write({Customer(1)}, {"k", "l"}, [&](Transaction& txn) { return txn.Put(record); }),
                StatusIs(kInvalid));
  }
  for (const HistoryEntry& entry :
       {HistoryEntry{.subject = Subject(1), .kind = 1}, HistoryEntry{.kind = 1, .fact_id = "f"}}) {
    EXPECT_THAT(Write({Customer(1)}, {}, [&](Transaction& txn) { return txn.AddHistory(entry); }),
                StatusIs(kInvalid));
  }
  EXPECT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      return txn.Delete({{}, 1, "x"});
                    }),
              StatusIs(kInvalid));
  EXPECT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      return txn.Delete({Subject(1), 1, ""});
                    }),
              StatusIs(kInvalid));
  EXPECT_EQ(RevisionOf(Customer(1)), 1u);
}

TEST_P(Conformance, AbsentHoldsOnlyOfANewRecord) {
  Create(Customer(1), {Subject(1)});
  const Record record = MakeRecord(Subject(1), "id");
  EXPECT_THAT(Put(Customer(1), record, Absent()), IsOk());
  EXPECT_THAT(Put(Customer(1), record, Absent()), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
  ASSERT_THAT(Delete(Customer(1), record.key), IsOk());
  EXPECT_THAT(Put(Customer(1), record, Absent()), IsOk());
}

TEST_P(Conformance, AtRevisionHoldsOnlyOfThatRevisionOfTheRecord) {
  Create(Customer(1), {Subject(1)});
  const Record record = MakeRecord(Subject(1), "id", "first");
  EXPECT_THAT(Put(Customer(1), record, AtRevision(1)), StatusIs(kFailed));
  EXPECT_THAT(Put(Customer(1), record, AtRevision(0)), StatusIs(kFailed));
  ASSERT_THAT(Put(Customer(1), record), IsOk());                           // Revision 2.
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "other")), IsOk());  // 3, of another.
  EXPECT_THAT(Put(Customer(1), record, AtRevision(3)), StatusIs(kFailed));
  EXPECT_THAT(Delete(Customer(1), record.key, AtRevision(3)), StatusIs(kFailed));
  EXPECT_THAT(Put(Customer(1), record, AtRevision(2)), IsOk());  // Now at 4.
  EXPECT_THAT(Delete(Customer(1), record.key, AtRevision(2)), StatusIs(kFailed));
  EXPECT_THAT(Delete(Customer(1), record.key, AtRevision(4)), IsOk());
}

TEST_P(Conformance, DeletingWhatIsNotThereIsNotFound) {
  Create(Customer(1), {Subject(1)});
  const RecordKey key = {Subject(1), 1, "id"};
  for (const Precondition& precondition : {Any(), Absent(), AtRevision(1)}) {
    EXPECT_THAT(Delete(Customer(1), key, precondition), StatusIs(absl::StatusCode::kNotFound));
  }
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "id")), IsOk());
  EXPECT_THAT(Delete(Customer(1), key, Absent()), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_P(Conformance, ARecordThatIsMadeAgainDoesNotTakeUpOldRevisions) {
  Create(Customer(1), {Subject(1)});
  const Record record = MakeRecord(Subject(1), "id");
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  ASSERT_THAT(Delete(Customer(1), record.key), IsOk());
  EXPECT_THAT(Get(record.key), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  EXPECT_EQ(Get(record.key)->revision, 4u);
  EXPECT_THAT(Put(Customer(1), record, AtRevision(2)), StatusIs(kFailed));
  EXPECT_EQ(RevisionOf(Customer(1)), 4u);
}

std::vector<HistoryEntry> History(Reader& reader, SubjectId subject, Kind kind,
                                  absl::string_view fact_id) {
  std::vector<HistoryEntry> entries;
  EXPECT_THAT(reader.ScanHistory(subject, kind, fact_id,
                                 [&](const HistoryEntry& entry) {
                                   entries.push_back(entry);
                                   return absl::OkStatus();
                                 }),
              IsOk());
  return entries;
}

TEST_P(Conformance, HistoryIsOrderedByFactThenVersionThenRevision) {
  Create(Customer(1), {Subject(1)});
  std::vector<HistoryEntry> expected;
  for (const std::string& fact : TrickyNames()) {
    for (const TimeMicros time : {kMinTime, TimeMicros{-7}, TimeMicros{0}, TimeMicros{7}}) {
      for (const uint64_t source_version : {uint64_t{0}, uint64_t{300}, ~uint64_t{0}}) {
        for (const Revision revision : {Revision{0}, Revision{1}, Revision{256}}) {
          expected.push_back({.subject = Subject(1),
                              .kind = 3,
                              .fact_id = fact,
                              .version = {.event_time = time, .source_version = source_version},
                              .revision = revision,
                              .recorded_time = 50,
                              .retired_time = -50,
                              .deletion = revision == 1,
                              .payload = absl::StrCat("payload", expected.size())});
        }
      }
    }
  }
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      for (size_t i = 0; i < expected.size(); ++i) {
                        // 101 is prime: this is every entry once, in no order.
                        RETURN_IF_ERROR(txn.AddHistory(expected[i * 101 % expected.size()]));
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_EQ(History(reader, Subject(1), 3, ""), expected);
                for (const std::string& fact : TrickyNames()) {
                  std::vector<HistoryEntry> of_fact;
                  for (const HistoryEntry& entry : expected) {
                    if (entry.fact_id == fact) of_fact.push_back(entry);
                  }
                  EXPECT_EQ(History(reader, Subject(1), 3, fact), of_fact);
                }
                EXPECT_THAT(History(reader, Subject(1), 2, ""), IsEmpty());
                EXPECT_THAT(History(reader, Subject(1), 4, ""), IsEmpty());
                EXPECT_THAT(History(reader, Subject(2), 3, ""), IsEmpty());
                EXPECT_THAT(History(reader, Subject(1), 3, "c"), IsEmpty());
                return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(Load(Customer(1)), IsEmpty());
}

TEST_P(Conformance, AHistoryEntryWithTheSamePlaceReplacesTheOlder) {
  Create(Customer(1), {Subject(1)});
  HistoryEntry entry = {.subject = Subject(1), .kind = 3, .fact_id = "f", .payload = "old"};
  const auto add = [&](Transaction& txn) { return txn.AddHistory(entry); };
  ASSERT_THAT(Write({Customer(1)}, {}, add), IsOk());
  entry.payload = "new";
  entry.retired_time = 9;
  ASSERT_THAT(Write({Customer(1)}, {}, add), IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(History(reader, Subject(1), 3, "f"), ElementsAre(entry));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, DeletingARecordLeavesItsHistory) {
  Create(Customer(1), {Subject(1)});
  const HistoryEntry entry = {.subject = Subject(1), .kind = 1, .fact_id = "id"};
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "id")), IsOk());
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      RETURN_IF_ERROR(txn.AddHistory(entry));
                      return txn.Delete({Subject(1), 1, "id"});
                    }),
              IsOk());
  EXPECT_THAT(Read([&](Reader& reader) {
                EXPECT_THAT(History(reader, Subject(1), 1, "id"), ElementsAre(entry));
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_P(Conformance, ASubjectWithTenThousandRecordsReadsBackInOrder) {
  Create(Customer(1), {Subject(1)});
  // Written out of order and in several transactions, so that a backend that packs records has to
  // take its packages apart; then one in three is replaced and one in five deleted.
  constexpr int kRecords = 10000;
  const auto id = [](int i) { return absl::StrCat(100000 + i); };
  const auto batch = [&](int first, absl::FunctionRef<absl::Status(Transaction&, int)> write) {
    return Write({Customer(1)}, {}, [&](Transaction& txn) {
      for (int i = first; i < first + 1000; ++i) {
        RETURN_IF_ERROR(write(txn, static_cast<int>(int64_t{i} * 7919 % kRecords)));
      }
      return absl::OkStatus();
    });
  };
  for (int first = 0; first < kRecords; first += 1000) {
    ASSERT_THAT(batch(first,
                      [&](Transaction& txn, int i) {
                        return txn.Put(MakeRecord(Subject(1), id(i), std::string(i % 200, 'x')));
                      }),
                IsOk());
  }
  for (int first = 0; first < kRecords; first += 1000) {
    ASSERT_THAT(batch(first,
                      [&](Transaction& txn, int i) {
                        if (i % 5 == 0) return txn.Delete({Subject(1), 1, id(i)});
                        if (i % 3 != 0) return absl::OkStatus();
                        return txn.Put(MakeRecord(Subject(1), id(i), absl::StrCat("again", i)));
                      }),
                IsOk());
  }
  const std::vector<Record> records = Load(Customer(1));
  size_t next = 0;
  for (int i = 0; i < kRecords; ++i) {
    if (i % 5 == 0) continue;
    ASSERT_LT(next, records.size());
    EXPECT_EQ(records[next].key.record_id, id(i));
    EXPECT_EQ(records[next].payload,
              i % 3 == 0 ? absl::StrCat("again", i) : std::string(i % 200, 'x'));
    ++next;
  }
  EXPECT_EQ(next, records.size());
  EXPECT_THAT(
      Read([&](Reader& reader) {
        EXPECT_THAT(
            ScanIds(reader, {.subject = Subject(1), .kind = 1, .first_id = id(5000), .max = 3}),
            ElementsAre(id(5001), id(5002), id(5003)));
        return absl::OkStatus();
      }),
      IsOk());
}

}  // namespace
}  // namespace yilan::storage
