// What must hold when many threads use one store.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <latch>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "tests/status_matchers.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

constexpr int kWriters = 8;

// Runs `work(0)` to `work(threads - 1)`, each in its own thread, and waits for all.
template <typename Work>
void RunThreads(int threads, Work work) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : running) thread.join();
}

// Runs `work()` over and over in some threads until it goes out of scope.
class Background {
 public:
  template <typename Work>
  Background(int threads, Work work) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, work]() mutable {
        while (!stop_.load()) work();
      });
    }
  }
  ~Background() {
    stop_.store(true);
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

// In the middle of a body: lets the other threads go on, so that bodies overlap where a store
// allows it, also on a machine with few cores.
void LetOthersRun() { std::this_thread::yield(); }

int NumberIn(absl::string_view payload) {
  int number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(payload, &number)) << payload;
  return number;
}

TEST_P(Conformance, AKeyRacedForByEightWritersGoesToOne) {
  constexpr int kRounds = 30;
  for (uint64_t n = 1; n <= kWriters; ++n) Create(Customer(n), {Subject(n)});
  std::barrier line(kWriters);
  std::vector<std::atomic<int>> winners(kRounds);
  RunThreads(kWriters, [&](int writer) {
    const uint64_t n = static_cast<uint64_t>(writer) + 1;
    for (int round = 0; round < kRounds; ++round) {
      Record record = MakeRecord(Subject(n), absl::StrCat(round));
      record.keys = {absl::StrCat("round", round)};
      line.arrive_and_wait();
      const absl::Status status = Write({Customer(n)}, {record.keys[0]}, [&](Transaction& txn) {
        const absl::Status put = txn.Put(record);
        LetOthersRun();
        return put;
      });
      if (status.ok()) {
        ++winners[static_cast<size_t>(round)];
        const absl::StatusOr<RecordKey> holder = FindByKey(record.keys[0]);
        EXPECT_THAT(holder, IsOk());
        EXPECT_EQ(*holder, record.key);
      } else {
        EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
      }
    }
  });
  for (const auto& count : winners) EXPECT_EQ(count.load(), 1);
  EXPECT_EQ(ExportAll(store()).size(),
            kWriters + kRounds + 8 + kWriters + kRounds);  // Customers, records, bounds, changes.
}

TEST_P(Conformance, NoUpdateIsLostThatReadsUnderTheLock) {
  constexpr int kUpdates = 40;
  Create(Customer(1), {Subject(1)});
  const RecordKey key = {Subject(1), 1, "counter"};
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "counter", "0")), IsOk());
  RunThreads(kWriters, [&](int) {
    for (int i = 0; i < kUpdates; ++i) {
      EXPECT_THAT(Write({Customer(1)}, {},
                        [&](Transaction& txn) -> absl::Status {
                          ASSIGN_OR_RETURN(Record record, txn.Get(key));
                          LetOthersRun();
                          record.payload = absl::StrCat(NumberIn(record.payload) + 1);
                          return txn.Put(std::move(record));
                        }),
                  IsOk());
    }
  });
  EXPECT_EQ(Get(key)->payload, absl::StrCat(kWriters * kUpdates));
  EXPECT_EQ(RevisionOf(Customer(1)), Revision{kWriters * kUpdates + 2});
}

TEST_P(Conformance, NoUpdateIsLostThatNamesTheRevisionItRead) {
  constexpr int kUpdates = 20;
  Create(Customer(1), {Subject(1)});
  const RecordKey key = {Subject(1), 1, "counter"};
  ASSERT_THAT(Put(Customer(1), MakeRecord(Subject(1), "counter", "0")), IsOk());
  RunThreads(kWriters, [&](int) {
    for (int done = 0; done < kUpdates;) {
      absl::StatusOr<Record> record = Get(key);
      ASSERT_THAT(record, IsOk());
      record->payload = absl::StrCat(NumberIn(record->payload) + 1);
      const absl::Status status = Write({Customer(1)}, {}, [&](Transaction& txn) {
        const absl::Status put = txn.Put(*record, AtRevision(record->revision));
        LetOthersRun();
        return put;
      });
      if (status.ok()) {
        ++done;
      } else {
        EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
      }
    }
  });
  EXPECT_EQ(Get(key)->payload, absl::StrCat(kWriters * kUpdates));
}

TEST_P(Conformance, TransfersBetweenCustomersNeverShowInHalf) {
  constexpr int kAccounts = 5;
  constexpr int kTransfers = 20;
  const auto key = [](int account) {
    return RecordKey{Subject(static_cast<uint64_t>(account) + 1), 1, "balance"};
  };
  for (uint64_t n = 1; n <= kAccounts; ++n) {
    Create(Customer(n), {Subject(n)});
    ASSERT_THAT(Put(Customer(n), MakeRecord(Subject(n), "balance", "100")), IsOk());
  }
  Background readers(2, [&] {
    EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                  int sum = 0;
                  for (int account = 0; account < kAccounts; ++account) {
                    ASSIGN_OR_RETURN(const Record record, reader.Get(key(account)));
                    sum += NumberIn(record.payload);
                    LetOthersRun();
                  }
                  EXPECT_EQ(sum, kAccounts * 100);
                  return absl::OkStatus();
                }),
                IsOk());
  });
  RunThreads(kWriters, [&](int writer) {
    std::minstd_rand random(static_cast<unsigned>(writer));
    for (int i = 0; i < kTransfers; ++i) {
      const int from = static_cast<int>(random() % kAccounts);
      const int to = static_cast<int>((from + 1 + random() % (kAccounts - 1)) % kAccounts);
      // Named in the order of the transfer: the store must not deadlock over it.
      EXPECT_THAT(Write({Customer(static_cast<uint64_t>(from) + 1),
                         Customer(static_cast<uint64_t>(to) + 1)},
                        {},
                        [&](Transaction& txn) -> absl::Status {
                          ASSIGN_OR_RETURN(Record giver, txn.Get(key(from)));
                          ASSIGN_OR_RETURN(Record taker, txn.Get(key(to)));
                          LetOthersRun();
                          giver.payload = absl::StrCat(NumberIn(giver.payload) - 1);
                          taker.payload = absl::StrCat(NumberIn(taker.payload) + 1);
                          RETURN_IF_ERROR(txn.Put(std::move(giver)));
                          return txn.Put(std::move(taker));
                        }),
                  IsOk());
    }
  });
}

TEST_P(Conformance, ReadersSeeOneSnapshotUnderWriters) {
  // Each write stamps all parts of the customer with one token of its own.
  constexpr int kStamps = 20;
  Create(Customer(1), {Subject(1), Subject(2), Subject(3)});
  const auto stamp = [&](const std::string& token) {
    return Write({Customer(1)}, {"key/" + token}, [&](Transaction& txn) {
      for (const uint64_t n : {1, 2, 3}) {
        Record record = MakeRecord(Subject(n), "part", token);
        record.terms = {{.term = "stamp/" + token}};
        if (n == 2) record.keys = {"key/" + token};
        RETURN_IF_ERROR(txn.Put(std::move(record)));
      }
      return absl::OkStatus();
    });
  };
  ASSERT_THAT(stamp("first"), IsOk());
  Background loaders(1, [&] {
    const std::vector<Record> records = Load(Customer(1));
    EXPECT_EQ(records.size(), 3u);
    for (const Record& record : records) {
      EXPECT_EQ(record.payload, records[0].payload);
      EXPECT_EQ(record.revision, records[0].revision);
    }
  });
  Background readers(1, [&] {
    EXPECT_THAT(
        Read([&](Reader& reader) -> absl::Status {
          ASSIGN_OR_RETURN(const Record first, reader.Get({Subject(1), 1, "part"}));
          ASSIGN_OR_RETURN(const RecordKey holder, reader.FindByKey("key/" + first.payload));
          EXPECT_EQ(holder.subject, Subject(2));
          LetOthersRun();
          TermCursor cursor;
          ASSIGN_OR_RETURN(const auto terms, reader.FindByTerm("stamp/", "stamp0", cursor, 9));
          EXPECT_EQ(terms.size(), 3u);
          for (const TermEntry& entry : terms) {
            EXPECT_EQ(entry.term.term, "stamp/" + first.payload);
          }
          ASSIGN_OR_RETURN(const CustomerState state, reader.GetCustomer(Customer(1)));
          EXPECT_EQ(state.revision, first.revision);
          ASSIGN_OR_RETURN(const Record last, reader.Get({Subject(3), 1, "part"}));
          EXPECT_EQ(last.payload, first.payload);
          return absl::OkStatus();
        }),
        IsOk());
  });
  RunThreads(4, [&](int writer) {
    for (int i = 0; i < kStamps; ++i) {
      EXPECT_THAT(stamp(absl::StrCat(writer, "-", i)), IsOk());
    }
  });
}

TEST_P(Conformance, ALargeCustomerIsLoadedFromOneSnapshot) {
  // More records than a backend may want to read at once, in more ranges than in one piece.
  constexpr int kStamps = 10;
  constexpr uint64_t kSubjects = 30;
  std::vector<SubjectId> members;
  for (uint64_t n = 1; n <= kSubjects; ++n) members.push_back(Subject(n));
  Create(Customer(1), members);
  ASSERT_THAT(Write({Customer(1)}, {},
                    [&](Transaction& txn) {
                      for (const SubjectId subject : members) {
                        for (int i = 10; i < 30; ++i) {
                          Record record = MakeRecord(subject, absl::StrCat("more/", i));
                          record.key.kind = 2;
                          RETURN_IF_ERROR(txn.Put(std::move(record)));
                        }
                      }
                      return absl::OkStatus();
                    }),
              IsOk());
  const auto stamp = [&](const std::string& token) {
    return Write({Customer(1)}, {}, [&](Transaction& txn) {
      for (const SubjectId subject : members) {
        RETURN_IF_ERROR(txn.Put(MakeRecord(subject, "part", token)));
      }
      return absl::OkStatus();
    });
  };
  ASSERT_THAT(stamp("first"), IsOk());
  const std::vector<KindLimit> limits = {{2, 2}, {3, 1}, {7, 1}};
  Background loaders(2, [&, place = uint64_t{0}]() mutable {
    std::vector<std::string> stamps;
    size_t more = 0;
    const auto loaded = store().LoadCustomer({}, Customer(1), {.place = place, .limits = limits},
                                             [&](const RecordView& record) {
                                               if (record.kind == 1) {
                                                 stamps.emplace_back(record.payload);
                                               } else {
                                                 ++more;
                                               }
                                               return absl::OkStatus();
                                             });
    ASSERT_THAT(loaded, IsOk());
    place = loaded->place;
    EXPECT_EQ(more, 2 * kSubjects);
    EXPECT_EQ(stamps, std::vector<std::string>(kSubjects, stamps.empty() ? "" : stamps.front()));
  });
  RunThreads(2, [&](int writer) {
    for (int i = 0; i < kStamps; ++i) {
      EXPECT_THAT(stamp(absl::StrCat(writer, "-", i)), IsOk());
    }
  });
}

TEST_P(Conformance, ASubjectThatMovesIsAlwaysInExactlyOneCustomer) {
  constexpr int kMoves = 30;
  constexpr uint64_t kCustomers = 3;
  constexpr uint64_t kSubjects = 4;  // All of them move among the customers.
  Create(Customer(1), {Subject(1), Subject(2), Subject(3), Subject(4)});
  Create(Customer(2), {Subject(5)});
  Create(Customer(3), {Subject(6)});
  Background readers(2, [&, last = std::map<uint64_t, Revision>()]() mutable {
    EXPECT_THAT(Read([&](Reader& reader) -> absl::Status {
                  std::map<SubjectId, CustomerId> holders;
                  for (uint64_t n = 1; n <= kCustomers; ++n) {
                    ASSIGN_OR_RETURN(const CustomerState state, reader.GetCustomer(Customer(n)));
                    for (const SubjectId member : state.members) {
                      EXPECT_TRUE(holders.emplace(member, Customer(n)).second) << "in two";
                    }
                    LetOthersRun();
                  }
                  EXPECT_EQ(holders.size(), kSubjects + 2) << "in none";
                  for (const auto& [subject, customer] : holders) {
                    ASSIGN_OR_RETURN(const CustomerState state, reader.GetCustomer(subject));
                    EXPECT_EQ(state.customer, customer);
                  }
                  return absl::OkStatus();
                }),
                IsOk());
    for (uint64_t n = 1; n <= kSubjects; ++n) {
      const absl::StatusOr<LoadedCustomer> loaded = store().LoadCustomer(
          {}, Subject(n), {}, [](const RecordView&) { return absl::OkStatus(); });
      ASSERT_THAT(loaded, IsOk());
      EXPECT_TRUE(std::binary_search(loaded->state.members.begin(), loaded->state.members.end(),
                                     Subject(n)));
      EXPECT_GE(loaded->state.revision, last[n]) << "a revision fell";
      last[n] = loaded->state.revision;
    }
  });
  std::atomic<int> written = 0;
  RunThreads(4, [&](int thread) {
    std::minstd_rand random(static_cast<unsigned>(thread) + 1);
    for (int i = 0; i < kMoves; ++i) {
      const SubjectId subject = Subject(random() % kSubjects + 1);
      const CustomerId target = Customer(random() % kCustomers + 1);
      const bool moves = thread % 2 == 0;
      CustomerId holder;
      // Plans for the holder of the moment and asks again when it was outrun.
      const absl::Status status = store().Write(
          {},
          [&](Reader& reader) -> absl::StatusOr<WritePlan> {
            ASSIGN_OR_RETURN(const CustomerState state, reader.GetCustomer(subject));
            holder = state.customer;
            return WritePlan{.customers = {holder, target}};
          },
          [&](Transaction& txn) -> absl::Status {
            ASSIGN_OR_RETURN(const CustomerState state, txn.GetCustomer(subject));
            if (state.customer != holder) return Replan();
            LetOthersRun();
            if (!moves) {
              return txn.Put(MakeRecord(subject, absl::StrCat(thread, "-", i)));
            }
            ASSIGN_OR_RETURN(CustomerState taker, txn.GetCustomer(target));
            if (target == holder) return absl::OkStatus();
            taker.members.push_back(subject);
            return txn.SetMembers(target, taker.members);
          });
      // Outrun each time: rare, and no harm.
      if (absl::IsAborted(status)) continue;
      EXPECT_THAT(status, IsOk());
      if (!moves) ++written;
    }
  });
  EXPECT_GT(written.load(), 0);
  size_t records = 0;
  for (uint64_t n = 1; n <= kCustomers; ++n) records += Load(Customer(n)).size();
  EXPECT_EQ(records, static_cast<size_t>(written.load()));
}

TEST_P(Conformance, TheFeedIsGaplessAndInCommitOrderUnderEightWriters) {
  constexpr int kWrites = 30;
  constexpr uint64_t kShared = 1;
  for (uint64_t n = 1; n <= 64; ++n) Create(Customer(n), {Subject(n)});
  // A reader that follows each partition must never find a gap, also not for a moment.
  std::vector<uint64_t> position(kFeedPartitions);
  {
    Background tail(1, [&] {
      for (int partition = 0; partition < kFeedPartitions; ++partition) {
        uint64_t& after = position[static_cast<size_t>(partition)];
        const absl::StatusOr<ChangePage> page = store().Changes({}, partition, after, 5);
        ASSERT_THAT(page, IsOk());
        for (const Change& change : page->changes) {
          ASSERT_EQ(change.sequence, after + 1);
          after = change.sequence;
        }
        ASSERT_GE(page->end, after);
      }
    });
    RunThreads(kWriters, [&](int writer) {
      std::minstd_rand random(static_cast<unsigned>(writer) + 1);
      for (int i = 0; i < kWrites; ++i) {
        // A customer that all write to, one of its partition, and any other.
        const uint64_t neighbour = 17 + 16 * (random() % 3);
        const uint64_t other = 2 + random() % 15;
        const std::string id = absl::StrCat(writer, "-", i);
        EXPECT_THAT(store().Write(
                        {.request_id = id},
                        [&](Reader&) {
                          return WritePlan{.customers = {Customer(other), Customer(neighbour),
                                                         Customer(kShared)}};
                        },
                        [&](Transaction& txn) {
                          for (const uint64_t n : {kShared, neighbour, other}) {
                            RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(n), id)));
                          }
                          return absl::OkStatus();
                        }),
                    IsOk());
      }
    });
  }
  size_t total = 0;
  for (int partition = 0; partition < kFeedPartitions; ++partition) {
    const std::vector<Change> changes = AllChanges(partition);
    total += changes.size();
    std::map<CustomerId, Revision> revisions;
    for (size_t i = 0; i < changes.size(); ++i) {
      EXPECT_EQ(changes[i].sequence, i + 1);
      EXPECT_EQ(changes[i].revision, ++revisions[changes[i].customer]);
    }
  }
  EXPECT_EQ(total, 64u + 3u * kWriters * kWrites);
  // The changes of one commit stand together, so commits do not mix.
  const std::vector<Change> shared = AllChanges(FeedPartitionOf(Customer(kShared)));
  for (size_t i = 4; i < shared.size(); i += 2) {
    ASSERT_LT(i + 1, shared.size());
    EXPECT_EQ(shared[i].customer, Customer(kShared));
    EXPECT_EQ(shared[i + 1].request_id, shared[i].request_id);
  }
}

TEST_P(Conformance, OneRequestRunByEightWritersWritesOnce) {
  constexpr int kRounds = 15;
  Create(Customer(1), {Subject(1)});
  std::barrier line(kWriters);
  std::atomic<int> writes = 0;
  RunThreads(kWriters, [&](int writer) {
    for (int round = 0; round < kRounds; ++round) {
      const RequestKey key = {.client = "c", .request_id = absl::StrCat(round)};
      std::string answer;
      bool wrote = false;
      line.arrive_and_wait();
      EXPECT_THAT(Write(WritePlan{.customers = {Customer(1)}, .request = key},
                        [&](Transaction& txn) -> absl::Status {
                          wrote = false;
                          const absl::StatusOr<StoredRequest> stored = txn.FindRequest(key);
                          if (stored.ok()) {
                            answer = stored->response;
                            return absl::OkStatus();
                          }
                          wrote = true;
                          LetOthersRun();
                          answer = absl::StrCat(writer);
                          RETURN_IF_ERROR(txn.Put(
                              MakeRecord(Subject(1), absl::StrCat(round, "-", writer), answer)));
                          return txn.PutRequest(key, {.response = answer});
                        }),
                  IsOk());
      if (wrote) ++writes;
      EXPECT_THAT(Get({Subject(1), 1, absl::StrCat(round, "-", answer)}), IsOk());
    }
  });
  EXPECT_EQ(writes.load(), kRounds);
  EXPECT_EQ(Load(Customer(1)).size(), size_t{kRounds});
}

TEST_P(Conformance, AWaitForALockEndsAtTheDeadline) {
  Create(Customer(1), {Subject(1)});
  std::latch holding(1);
  std::latch release(1);
  std::thread holder([&] {
    EXPECT_THAT(Write({Customer(1)}, {},
                      [&](Transaction& txn) {
                        holding.count_down();
                        release.wait();
                        return txn.Put(MakeRecord(Subject(1), "holder"));
                      }),
                IsOk());
  });
  holding.wait();
  EXPECT_THAT(store().Write(
                  {.call = {.deadline = absl::Now() + absl::Milliseconds(30)}},
                  [](Reader&) { return WritePlan{.customers = {Customer(1)}}; },
                  [](Transaction& txn) { return txn.Put(MakeRecord(Subject(1), "waiter")); }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  release.count_down();
  holder.join();
  EXPECT_THAT(Get({Subject(1), 1, "waiter"}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Get({Subject(1), 1, "holder"}), IsOk());
  EXPECT_THAT(Put(Customer(1), MakeRecord(Subject(1), "later")), IsOk());
}

TEST_P(Conformance, ReadersDoNotWaitForTheBodyOfAWrite) {
  Create(Customer(1), {Subject(1)});
  EXPECT_THAT(
      Write({Customer(1)}, {},
            [&](Transaction& txn) {
              RETURN_IF_ERROR(txn.Put(MakeRecord(Subject(1), "a")));
              // Another thread reads while this body runs, and sees the state before it.
              std::thread reader([&] {
                EXPECT_THAT(Get({Subject(1), 1, "a"}), StatusIs(absl::StatusCode::kNotFound));
                EXPECT_EQ(RevisionOf(Customer(1)), 1u);
                EXPECT_EQ(AllChanges(1).size(), 1u);
              });
              reader.join();
              return absl::OkStatus();
            }),
      IsOk());
  EXPECT_EQ(RevisionOf(Customer(1)), 2u);
}

TEST_P(Conformance, ReadersWithoutAPauseDoNotStarveWriters) {
  constexpr int kWrites = 20;
  Create(Customer(1), {Subject(1)});
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  std::latch reading(4);
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      bool first = true;
      while (!done.load() && absl::Now() < give_up) {
        EXPECT_THAT(Read([&](Reader& reader) {
                      if (first) reading.arrive_and_wait();  // From here on they overlap.
                      first = false;
                      const absl::Time until = absl::Now() + absl::Milliseconds(2);
                      while (absl::Now() < until) ScanIds(reader, {.subject = Subject(1)});
                      return absl::OkStatus();
                    }),
                    IsOk());
      }
    });
  }
  reading.wait();
  for (int i = 0; i < kWrites; ++i) {
    EXPECT_THAT(Put(Customer(1), MakeRecord(Subject(1), absl::StrCat(i))), IsOk());
  }
  EXPECT_LT(absl::Now(), give_up) << "the writes ended only when the readers gave up";
  done.store(true);
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace yilan::storage
