// Export and Import, and what a durable store keeps.
#include <algorithm>
#include <thread>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "storage/memory/memory_store.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Something of everything: several customers, one emptied and redirected, replaced and deleted
// records, keys, terms, history, a feed that is trimmed in part and one that is trimmed whole,
// requests.
void Fill(RecordStore& store) {
  const auto customer = [](uint64_t n) { return CustomerId{.high = 7, .low = n}; };
  const auto subject = [](uint64_t n) { return SubjectId{.high = 11, .low = n}; };
  for (uint64_t n = 1; n <= 40; ++n) {
    const std::string key = absl::StrCat("key", n);
    const RequestKey request = {.client = absl::StrCat("c", n % 3), .request_id = key};
    EXPECT_THAT(
        store.Write(
            {.actor = "fill", .request_id = key, .recorded_time = static_cast<TimeMicros>(n)},
            [&](Reader&) {
              return WritePlan{.customers = {customer(n)}, .keys = {key}, .request = request};
            },
            [&](Transaction& txn) {
              RETURN_IF_ERROR(txn.SetMembers(customer(n), {subject(n), subject(100 + n)}));
              for (int i = 0; i < 5; ++i) {
                Record record = {.key = {subject(n), static_cast<Kind>(i % 2), absl::StrCat(i)},
                                 .version = {.event_time = -i, .source_version = n},
                                 .recorded_time = 1000 + i,
                                 .payload = std::string(n * 10, '\0')};
                if (i == 2) record.keys = {key};
                if (i > 2) {
                  record.terms = {{.term = "t", .valid_from = i}, {.term = absl::StrCat("t", n)}};
                }
                RETURN_IF_ERROR(txn.Put(std::move(record)));
              }
              RETURN_IF_ERROR(txn.AddHistory({.subject = subject(n),
                                              .kind = 1,
                                              .fact_id = "f",
                                              .version = {.event_time = 3},
                                              .deletion = n % 2 == 0,
                                              .payload = "old"}));
              return txn.PutRequest(request, {.fingerprint = "p", .response = key});
            }),
        IsOk());
  }
  EXPECT_THAT(store.Write(
                  {},
                  [&](Reader&) {
                    return WritePlan{.customers = {customer(1), customer(2)}};
                  },
                  [&](Transaction& txn) {
                    RETURN_IF_ERROR(txn.SetMembers(
                        customer(2), {subject(1), subject(2), subject(101), subject(102)}));
                    RETURN_IF_ERROR(txn.Delete({subject(2), 0, "0"}));
                    return txn.SetRedirect(customer(1), customer(2));
                  }),
              IsOk());
  EXPECT_THAT(store.TrimChanges({}, 2, 2), IsOk());
  EXPECT_THAT(store.TrimChanges({}, 3, ~uint64_t{0}), IsOk());
}

// Imports in calls of `size` entries.
void ImportAll(RecordStore& store, const std::vector<ExportEntry>& entries, size_t size) {
  absl::Span<const ExportEntry> left = entries;
  while (!left.empty()) {
    ASSERT_THAT(store.Import({}, left.subspan(0, size)), IsOk());
    left.remove_prefix(std::min(size, left.size()));
  }
}

// Both answer alike, also by paths that an export does not take.
void ExpectSameReads(RecordStore& a, RecordStore& b) {
  const auto reads = [](RecordStore& store) {
    std::vector<std::string> seen;
    EXPECT_THAT(
        store.Read({},
                   [&](Reader& reader) -> absl::Status {
                     for (uint64_t n = 1; n <= 40; ++n) {
                       ASSIGN_OR_RETURN(const RecordKey holder,
                                        reader.FindByKey(absl::StrCat("key", n)));
                       seen.push_back(absl::StrCat(holder.subject.low, "/", holder.record_id));
                       ASSIGN_OR_RETURN(const CustomerState state,
                                        reader.GetCustomer(SubjectId{.high = 11, .low = n}));
                       seen.push_back(absl::StrCat(state.customer.low, "@", state.revision));
                     }
                     TermCursor cursor;
                     ASSIGN_OR_RETURN(const auto entries, reader.FindByTerm("t", "", cursor, 999));
                     for (const TermEntry& entry : entries) {
                       seen.push_back(absl::StrCat(entry.term.term, entry.term.valid_from, ">",
                                                   entry.record.subject.low));
                     }
                     return absl::OkStatus();
                   }),
        IsOk());
    const absl::StatusOr<Statistics> statistics = store.GetStatistics({});
    EXPECT_THAT(statistics, IsOk());
    seen.push_back(absl::StrCat(statistics->customers, " customers ", statistics->subjects));
    for (const auto& [kind, count] : statistics->records) {
      if (count > 0) seen.push_back(absl::StrCat(count, " of kind ", kind));
    }
    for (int partition = 0; partition < kFeedPartitions; ++partition) {
      for (uint64_t after = 0; after < 5; ++after) {
        const absl::StatusOr<ChangePage> page = store.Changes({}, partition, after, 2);
        seen.push_back(page.ok() ? absl::StrCat(page->end, ":", page->changes.size())
                                 : absl::StatusCodeToString(page.status().code()));
      }
    }
    return seen;
  };
  EXPECT_EQ(reads(a), reads(b));
}

TEST_P(Conformance, AnExportComesInTheOrderInWhichImportTakesIt) {
  Fill(store());
  const std::vector<ExportEntry> entries = ExportAll(store());
  size_t last = 0;
  std::vector<CustomerId> customers;
  std::vector<RecordKey> records;
  for (const ExportEntry& entry : entries) {
    // Bounds and changes alternate by partition.
    const size_t rank = std::holds_alternative<FeedBounds>(entry) ? 4 : entry.index();
    EXPECT_GE(rank, last);
    last = rank;
    if (const auto* state = std::get_if<CustomerState>(&entry))
      customers.push_back(state->customer);
    if (const auto* record = std::get_if<Record>(&entry)) records.push_back(record->key);
  }
  EXPECT_EQ(customers.size(), 40u);
  EXPECT_TRUE(std::is_sorted(customers.begin(), customers.end()));
  EXPECT_EQ(records.size(), 199u);
  EXPECT_TRUE(std::is_sorted(records.begin(), records.end()));
}

TEST_P(Conformance, AnImportIntoAnotherStoreOfTheBackendGivesTheSameStore) {
  Fill(store());
  const std::vector<ExportEntry> entries = ExportAll(store());
  for (const size_t size : {size_t{1}, size_t{7}, size_t{100000}}) {
    const std::unique_ptr<RecordStore> other = OpenAnother();
    ImportAll(*other, entries, size);
    EXPECT_EQ(ExportAll(*other), entries);
    ExpectSameReads(store(), *other);
  }
}

TEST_P(Conformance, AStoreMovesToTheMemoryBackendAndBack) {
  Fill(store());
  const std::vector<ExportEntry> entries = ExportAll(store());
  const std::unique_ptr<RecordStore> memory = NewMemoryStore();
  ImportAll(*memory, entries, 50);
  EXPECT_EQ(ExportAll(*memory), entries);
  ExpectSameReads(store(), *memory);
  const std::unique_ptr<RecordStore> back = OpenAnother();
  ImportAll(*back, ExportAll(*memory), 50);
  EXPECT_EQ(ExportAll(*back), entries);
}

TEST_P(Conformance, AnImportThatWasCutOffCanBeRunAgain) {
  Fill(store());
  const std::vector<ExportEntry> entries = ExportAll(store());
  const std::unique_ptr<RecordStore> other = OpenAnother();
  ImportAll(*other, {entries.begin(), entries.begin() + entries.size() * 3 / 4}, 10);
  ImportAll(*other, entries, 10);
  EXPECT_EQ(ExportAll(*other), entries);
  ExpectSameReads(store(), *other);
}

TEST_P(Conformance, AnImportThatMovesASubjectReplacesItsRecordsToo) {
  Create(Customer(1), {Subject(1), Subject(2)});
  Create(Customer(2), {Subject(3)});
  Record record = MakeRecord(Subject(1), "a", "before");
  record.keys = {"key/before"};
  record.terms = {{.term = "term/before"}};
  ASSERT_THAT(Put(Customer(1), record), IsOk());
  record.payload = "after";
  record.revision = 7;
  record.keys = {"key/after"};
  record.terms = {{.term = "term/after"}};
  // One loses it before another takes it.
  ASSERT_THAT(
      store().Import(
          {}, {CustomerState{.customer = Customer(1), .revision = 7, .members = {Subject(2)}},
               CustomerState{
                   .customer = Customer(2), .revision = 7, .members = {Subject(1), Subject(3)}},
               record}),
      IsOk());
  const absl::StatusOr<Record> got = Get(record.key);
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(*got, record);
  EXPECT_THAT(FindByKey("key/before"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(FindByKey("key/after"), IsOk());
  EXPECT_EQ(Terms("term/", "term0").size(), 1u);
  const absl::StatusOr<Statistics> statistics = store().GetStatistics({});
  ASSERT_THAT(statistics, IsOk());
  EXPECT_EQ(statistics->subjects, 3u);
  EXPECT_THAT(statistics->records, ElementsAre(::testing::Pair(1, 1)));
}

TEST_P(Conformance, AnImportedStoreGoesOnWhereTheOtherStood) {
  Fill(store());
  const std::unique_ptr<RecordStore> other = OpenAnother();
  ImportAll(*other, ExportAll(store()), 100);
  for (RecordStore* const each : {&store(), other.get()}) {
    EXPECT_THAT(each->Write(
                    {},
                    [](Reader&) {
                      return WritePlan{.customers = {Customer(2), Customer(3)}};
                    },
                    [](Transaction& txn) {
                      RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "new")));
                      return txn.Put(MakeRecord(Subject(3), "new"));
                    }),
                IsOk());
  }
  EXPECT_EQ(ExportAll(*other), ExportAll(store()));
}

// What bulk reading shows, in pieces of `size`, in the order of Export.
std::vector<ExportEntry> ReadAllBulk(RecordStore& store, size_t size) {
  std::vector<ExportEntry> entries;
  EXPECT_THAT(
      store.ReadBulk(
          {},
          [&](BulkReader& reader) -> absl::Status {
            const auto add = [&](const ExportEntry& entry) {
              entries.push_back(entry);
              return absl::OkStatus();
            };
            std::vector<SubjectId> subjects;
            CustomerId last;
            for (;;) {
              ASSIGN_OR_RETURN(const auto customers, reader.ListCustomers(last, size));
              for (const CustomerState& state : customers) {
                entries.push_back(state);
                subjects.insert(subjects.end(), state.members.begin(), state.members.end());
                last = state.customer;
              }
              if (customers.size() < size) break;
            }
            std::sort(subjects.begin(), subjects.end());
            RETURN_IF_ERROR(reader.VisitSubjects(subjects, add));
            ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
            for (const FeedBounds& bounds : feeds) {
              entries.push_back(bounds);
              for (uint64_t after = bounds.trimmed; after < bounds.end;) {
                ASSIGN_OR_RETURN(const ChangePage page,
                                 reader.Changes(bounds.partition, after, size));
                EXPECT_EQ(page.end, bounds.end);
                for (const Change& change : page.changes) {
                  entries.push_back(change);
                }
                after = page.changes.back().sequence;
              }
            }
            RequestKey after;
            for (bool more = true; more;) {
              size_t visited = 0;
              RETURN_IF_ERROR(reader.VisitRequests(after, size, [&](const ExportEntry& entry) {
                ++visited;
                after = std::get<std::pair<RequestKey, StoredRequest>>(entry).first;
                return add(entry);
              }));
              more = visited == size;
            }
            return absl::OkStatus();
          }),
      IsOk());
  return entries;
}

TEST_P(Conformance, ReadInPiecesAStoreIsWhatItIsWhenExported) {
  Fill(store());
  const std::vector<ExportEntry> entries = ExportAll(store());
  for (const size_t size : {size_t{1}, size_t{7}, size_t{1000}}) {
    EXPECT_EQ(ReadAllBulk(store(), size), entries);
  }
}

TEST_P(Conformance, BulkReadingShowsSubjectsOneByOneAsItShowsThemTogether) {
  Fill(store());
  std::vector<SubjectId> subjects;
  for (uint64_t n = 1; n <= 150; ++n) subjects.push_back(Subject(n));
  std::vector<ExportEntry> together;
  std::vector<ExportEntry> records;
  std::vector<ExportEntry> history;
  EXPECT_THAT(
      store().ReadBulk(
          {},
          [&](BulkReader& reader) -> absl::Status {
            RETURN_IF_ERROR(reader.VisitSubjects(subjects, [&](const ExportEntry& entry) {
              together.push_back(entry);
              return absl::OkStatus();
            }));
            for (const SubjectId subject : subjects) {
              RETURN_IF_ERROR(reader.VisitSubjects({&subject, 1}, [&](const ExportEntry& entry) {
                (std::holds_alternative<Record>(entry) ? records : history).push_back(entry);
                return absl::OkStatus();
              }));
            }
            return absl::OkStatus();
          }),
      IsOk());
  EXPECT_EQ(records.size(), 199u);
  EXPECT_EQ(history.size(), 40u);
  records.insert(records.end(), history.begin(), history.end());
  EXPECT_EQ(together, records);
}

TEST_P(Conformance, BulkReadingShowsSubjectsOfAnySizeWhole) {
  std::vector<ExportEntry> entries;
  for (uint64_t n = 1; n <= 5; ++n) {
    for (int i = 0; i < (n % 2 == 0 ? 9000 : 10); ++i) {
      entries.push_back(MakeRecord(Subject(n), absl::StrCat(1000000 + i)));
    }
  }
  ASSERT_THAT(store().Import({}, entries), IsOk());
  std::vector<ExportEntry> seen;
  EXPECT_THAT(store().ReadBulk({},
                               [&](BulkReader& reader) {
                                 return reader.VisitSubjects(
                                     {Subject(1), Subject(2), Subject(3), Subject(4), Subject(5)},
                                     [&](const ExportEntry& entry) {
                                       seen.push_back(entry);
                                       return absl::OkStatus();
                                     });
                               }),
              IsOk());
  EXPECT_TRUE(seen == entries);
}

TEST_P(Conformance, BulkReadingFindsTheCustomersThatThereAre) {
  Fill(store());
  EXPECT_THAT(store().ReadBulk(
                  {},
                  [&](BulkReader& reader) -> absl::Status {
                    ASSIGN_OR_RETURN(
                        const auto customers,
                        reader.GetCustomers({Customer(2), Customer(99), Customer(1), Customer(2)}));
                    EXPECT_EQ(customers.size(), 3u);
                    EXPECT_THAT(customers[0].members,
                                ElementsAre(Subject(1), Subject(2), Subject(101), Subject(102)));
                    EXPECT_EQ(customers[1].redirect, Customer(2));
                    EXPECT_EQ(customers[2], customers[0]);
                    return absl::OkStatus();
                  }),
              IsOk());
}

TEST_P(Conformance, BulkReadingShowsOneStateAndReturnsTheErrorOfItsBody) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a", "before")), IsOk());
  std::thread writer;
  EXPECT_THAT(store().ReadBulk(
                  {},
                  [&](BulkReader& reader) -> absl::Status {
                    ASSIGN_OR_RETURN(const auto before, reader.GetFeeds());
                    writer = std::thread([&] {
                      EXPECT_THAT(Put(Customer(1), MakeRecord(Subject(1), "b", "meanwhile")),
                                  IsOk());
                    });
                    // Whether the write waits for the reading or not, it is not seen.
                    for (int i = 0; i < 100; ++i) {
                      int records = 0;
                      const SubjectId subject = Subject(1);
                      RETURN_IF_ERROR(reader.VisitSubjects({&subject, 1}, [&](const ExportEntry&) {
                        ++records;
                        return absl::OkStatus();
                      }));
                      EXPECT_EQ(records, 1);
                      ASSIGN_OR_RETURN(const auto feeds, reader.GetFeeds());
                      EXPECT_EQ(feeds, before);
                    }
                    return absl::CancelledError("enough");
                  }),
              StatusIs(absl::StatusCode::kCancelled));
  writer.join();
  EXPECT_EQ(Load(Customer(1)).size(), 2u);
}

TEST_P(Conformance, AnErrorOfTheExportsVisitorEndsItAndIsReturned) {
  Fill(store());
  int visits = 0;
  EXPECT_THAT(store().Export({},
                             [&](const ExportEntry&) {
                               return ++visits == 60 ? absl::DataLossError("enough")
                                                     : absl::OkStatus();
                             }),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(visits, 60);
}

TEST_P(Conformance, AnEmptyStoreExportsNothing) {
  EXPECT_THAT(ExportAll(store()), IsEmpty());
  EXPECT_THAT(store().Import({}, {}), IsOk());
}

TEST_P(DurableConformance, WhatWasCommittedIsThereAfterARestart) {
  Fill(store());
  const std::vector<ExportEntry> before = ExportAll(store());
  const std::unique_ptr<RecordStore> memory = NewMemoryStore();
  ImportAll(*memory, before, 100);
  for (int i = 0; i < 3; ++i) {
    Reopen();
    EXPECT_EQ(ExportAll(store()), before);
    ExpectSameReads(store(), *memory);
  }
}

TEST_P(DurableConformance, AStoreGoesOnWhereItStoodBeforeARestart) {
  Create(Customer(1), {Subject(1)});
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "a")), IsOk());
  ASSERT_THAT(store().TrimChanges({}, 1, 2), IsOk());
  Reopen();
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "b")), IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 3u);
  EXPECT_THAT(store().Changes({}, 1, 1, 1), StatusIs(absl::StatusCode::kOutOfRange));
  const absl::StatusOr<ChangePage> page = store().Changes({}, 1, 2, 9);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->changes.size(), 1u);
  EXPECT_EQ(page->changes[0].sequence, 3u);
}

TEST_P(DurableConformance, AnImportIsThereAfterARestart) {
  Fill(store());
  const std::vector<ExportEntry> entries = ExportAll(store());
  const std::unique_ptr<RecordStore> memory = NewMemoryStore();
  ImportAll(*memory, entries, 100);
  ASSERT_THAT(memory->Write(
                  {}, [](Reader&) { return WritePlan{.customers = {Customer(9)}}; },
                  [](Transaction& txn) { return txn.Put(MakeRecord(Subject(9), "imported")); }),
              IsOk());
  ImportAll(store(), ExportAll(*memory), 30);
  Reopen();
  EXPECT_EQ(ExportAll(store()), ExportAll(*memory));
}

}  // namespace
}  // namespace yilan::storage
