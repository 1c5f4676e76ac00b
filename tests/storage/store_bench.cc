// store_bench: what the memory backend costs, in bytes a customer and time an operation.
//
//   store_bench [--customers N] [--interleaved] [--large N]
//
// Loads N customers (3 subjects, 40 records of 100 bytes with a key each, 8 terms, a source record
// of 80 bytes per subject) in transactions of 1,000 records, one customer after the other or, with
// --interleaved, the facts of all of them in turn as time brings them. Prints name, value and unit;
// times are CPU time.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <time.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "storage/memory/memory_store.h"
#include "storage/record_store.h"

namespace yilan::storage {
namespace {

constexpr int kSubjects = 3;
constexpr int kRecords = 40;
constexpr int kTermsPerCustomer = 8;
constexpr size_t kBatch = 1000;

uint64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t size = 0;
  uint64_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t Mix(uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
  n = (n ^ n >> 27) * 0x94d049bb133111eb;
  return n ^ n >> 31;
}
CustomerId CustomerOf(uint64_t n) { return {.high = n, .low = Mix(n)}; }
SubjectId SubjectOf(uint64_t n, int i) {
  return {.high = n, .low = Mix(n * 8 + static_cast<uint64_t>(i))};
}
std::string KeyOf(uint64_t n, int i) {
  std::string key = absl::StrCat("billing/7/", n, "/", i);
  key.resize(30, '.');
  return key;
}
std::string BytesOf(uint64_t seed, size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    seed = Mix(seed);
    bytes.append(reinterpret_cast<const char*>(&seed), std::min(sizeof(seed), size - bytes.size()));
  }
  return bytes;
}

// Fact i of customer n: the first ones are the source records.
Record RecordOf(uint64_t n, int i) {
  const uint64_t seed = Mix(n * 64 + static_cast<uint64_t>(i));
  const bool source = i < kSubjects;
  Record record = {
      .key = {.subject = SubjectOf(n, i % kSubjects),
              .kind = static_cast<Kind>(source ? 1 : 2 + i % 8),
              .record_id = BytesOf(seed, 16)},
      .version = {.event_time = static_cast<TimeMicros>(1700000000 + seed % 50000000) * 1000000,
                  .source_version = seed % 100},
      .recorded_time = absl::GetCurrentTimeNanos() / 1000,
      .payload = BytesOf(seed, source ? 80 : 100),
      .keys = {KeyOf(n, i)}};
  if (i < kTermsPerCustomer) {
    record.terms = {{.term = absl::StrCat("msisdn/86", 10000000000 + seed % 1000000000)}};
    record.terms[0].term.resize(20, '0');
  }
  return record;
}

struct Fact {
  uint64_t customer;
  int index;
};

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

void Print(const char* name, double value, const char* unit) {
  std::printf("%-34s %12.1f %s\n", name, value, unit);
  std::fflush(stdout);
}

// CPU time of this thread: on a machine with other work the clock on the wall says little.
int64_t CpuNanos() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

// Writes the facts in one transaction as ingest does: looks for the key of each first. Returns
// nanoseconds spent in the store.
int64_t WriteBatch(RecordStore& store, const std::vector<Fact>& facts) {
  std::vector<Record> records;
  WritePlan plan;
  for (const Fact& fact : facts) {
    records.push_back(RecordOf(fact.customer, fact.index));
    plan.customers.push_back(CustomerOf(fact.customer));
    plan.keys.push_back(records.back().keys[0]);
  }
  const int64_t begin = CpuNanos();
  Check(store.Write(
      {.actor = "bench", .recorded_time = records[0].recorded_time}, [&](Reader&) { return plan; },
      [&](Transaction& txn) -> absl::Status {
        for (size_t i = 0; i < facts.size(); ++i) {
          const uint64_t n = facts[i].customer;
          if (absl::IsNotFound(txn.GetCustomer(records[i].key.subject).status())) {
            std::vector<SubjectId> members;
            for (int j = 0; j < kSubjects; ++j) members.push_back(SubjectOf(n, j));
            RETURN_IF_ERROR(txn.SetMembers(CustomerOf(n), members));
          }
          if (txn.FindByKey(records[i].keys[0]).ok()) {
            return absl::InternalError("stored already");
          }
          RETURN_IF_ERROR(txn.Put(std::move(records[i])));
        }
        return absl::OkStatus();
      }));
  return CpuNanos() - begin;
}

void Load(RecordStore& store, uint64_t customers, bool interleaved) {
  const uint64_t rss_before = ResidentBytes();
  const uint64_t facts = customers * kRecords;
  int64_t spent = 0;
  int64_t spent_tenth = 0;
  std::vector<Fact> batch;
  for (uint64_t i = 0; i < facts; ++i) {
    batch.push_back(
        interleaved ? Fact{.customer = i % customers + 1, .index = static_cast<int>(i / customers)}
                    : Fact{.customer = i / kRecords + 1, .index = static_cast<int>(i % kRecords)});
    if (batch.size() < kBatch && i + 1 < facts) continue;
    const int64_t nanos = WriteBatch(store, batch);
    spent += nanos;
    if (i >= facts / 10 * 9) spent_tenth += nanos;
    batch.clear();
    if (i % 100000 < kBatch) {
      for (int p = 0; p < kFeedPartitions; ++p) Check(store.TrimChanges({}, p, ~uint64_t{0}));
    }
  }
  for (int p = 0; p < kFeedPartitions; ++p) Check(store.TrimChanges({}, p, ~uint64_t{0}));
  Print("put, batched", static_cast<double>(spent) / 1e3 / static_cast<double>(facts), "us/record");
  Print("put, batched, last tenth",
        static_cast<double>(spent_tenth) / 1e3 / (static_cast<double>(facts) / 10), "us/record");
  Print("resident memory",
        static_cast<double>(ResidentBytes() - rss_before) / static_cast<double>(customers),
        "bytes/customer");
  const absl::StatusOr<Statistics> statistics = store.GetStatistics({});
  Check(statistics.status());
  double sum = 0;
  for (const auto& [name, value] : statistics->gauges) {
    sum += value;
    Print(name.c_str(), value / static_cast<double>(customers), "bytes/customer");
  }
  Print("accounted for", sum / static_cast<double>(customers), "bytes/customer");
}

template <typename Operation>
void Time(const char* name, uint64_t times, Operation operation) {
  std::mt19937_64 random(1);
  const int64_t begin = CpuNanos();
  for (uint64_t i = 0; i < times; ++i) operation(random());
  Print(name, static_cast<double>(CpuNanos() - begin) / static_cast<double>(times), "ns");
}

void Reads(RecordStore& store, uint64_t customers) {
  const auto ignore = [](const RecordView&) { return absl::OkStatus(); };
  std::vector<Revision> known(customers + 1);
  for (uint64_t n = 1; n <= customers; ++n) {
    known[n] = store.LoadCustomer({}, CustomerOf(n), {.known = 1}, ignore)->state.revision;
  }
  Time("LoadCustomer, unchanged", 2000000, [&](uint64_t random) {
    const uint64_t n = random % customers + 1;
    if (!store.LoadCustomer({}, CustomerOf(n), {.known = known[n]}, ignore)->unchanged)
      std::abort();
  });
  Time("LoadCustomer, unchanged, by subject", 2000000, [&](uint64_t random) {
    const uint64_t n = random % customers + 1;
    if (!store.LoadCustomer({}, SubjectOf(n, 1), {.known = known[n]}, ignore)->unchanged) {
      std::abort();
    }
  });
  Time("LoadCustomer, whole", 200000, [&](uint64_t random) {
    size_t bytes = 0;
    Check(store
              .LoadCustomer({}, CustomerOf(random % customers + 1), {},
                            [&](const RecordView& view) {
                              bytes += view.payload.size();
                              return absl::OkStatus();
                            })
              .status());
    if (bytes != 37 * 100 + 3 * 80) std::abort();
  });
  Time("Read of nothing", 2000000,
       [&](uint64_t) { Check(store.Read({}, [](Reader&) { return absl::OkStatus(); })); });
  Time("FindByKey", 500000, [&](uint64_t random) {
    Check(store.Read({}, [&](Reader& reader) {
      return reader
          .FindByKey(KeyOf(random % customers + 1, static_cast<int>(random >> 40) % kRecords))
          .status();
    }));
  });
  Time("FindByTerm", 200000, [&](uint64_t random) {
    const std::string term =
        RecordOf(random % customers + 1, static_cast<int>(random >> 40) % kTermsPerCustomer)
            .terms[0]
            .term;
    Check(store.Read({}, [&](Reader& reader) {
      TermCursor cursor;
      return reader.FindByTerm(term, term + '\0', cursor, 10).status();
    }));
  });
  Time("(making up that term)", 200000, [&](uint64_t random) {
    if (RecordOf(random % customers + 1, static_cast<int>(random >> 40) % kTermsPerCustomer)
            .terms[0]
            .term.empty()) {
      std::abort();
    }
  });
  Time("one record in a transaction", 200000, [&](uint64_t random) {
    const uint64_t n = random % customers + 1;
    Record record = RecordOf(n, static_cast<int>(random >> 40) % kRecords);
    Check(store.Write(
        {.actor = "bench"}, [&](Reader&) { return WritePlan{.customers = {CustomerOf(n)}}; },
        [&](Transaction& txn) { return txn.Put(std::move(record)); }));
  });
}

void Large(RecordStore& store, int records) {
  const CustomerId customer = {.high = ~uint64_t{0}, .low = 1};
  const SubjectId subject = {.high = ~uint64_t{0}, .low = 1};
  const auto id = [](uint64_t i) {
    std::string bytes = BytesOf(i, 16);
    return bytes;
  };
  Check(store.Write(
      {}, [&](Reader&) { return WritePlan{.customers = {customer}}; },
      [&](Transaction& txn) -> absl::Status {
        RETURN_IF_ERROR(txn.SetMembers(customer, {subject}));
        return txn.Put({.key = {subject, 9, "last"}});
      }));
  uint64_t next = 0;
  Time("large: insert in a transaction", static_cast<uint64_t>(records), [&](uint64_t) {
    Check(store.Write(
        {.actor = "bench"}, [&](Reader&) { return WritePlan{.customers = {customer}}; },
        [&](Transaction& txn) {
          return txn.Put({.key = {subject, 2, id(next++)}, .payload = BytesOf(next, 100)});
        }));
  });
  const std::vector<KindLimit> limits = {{.kind = 2, .max = 20}};
  Time("large: LoadCustomer, 20 of a kind", 100000, [&](uint64_t) {
    int visits = 0;
    Check(store
              .LoadCustomer({}, customer, {.limits = limits},
                            [&](const RecordView&) {
                              ++visits;
                              return absl::OkStatus();
                            })
              .status());
    if (visits != 21) std::abort();
  });
  Time("large: Scan of 50 from anywhere", 100000, [&](uint64_t random) {
    const std::string first = id(random);
    Check(store.Read({}, [&](Reader& reader) {
      return reader.Scan({.subject = subject, .kind = 2, .first_id = first, .max = 50},
                         [](const RecordView&) { return absl::OkStatus(); });
    }));
  });
  Time("large: replace in a transaction", 20000, [&](uint64_t random) {
    Check(store.Write(
        {.actor = "bench"}, [&](Reader&) { return WritePlan{.customers = {customer}}; },
        [&](Transaction& txn) {
          return txn.Put({.key = {subject, 2, id(random % next)}, .payload = BytesOf(random, 100)});
        }));
  });
}

}  // namespace

int Main(int argc, char** argv) {
  uint64_t customers = 200000;
  int large = 10000;
  bool interleaved = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--interleaved") {
      interleaved = true;
    } else if (i + 1 < argc && argument == "--customers" &&
               absl::SimpleAtoi(argv[i + 1], &customers)) {
      ++i;
    } else if (i + 1 < argc && argument == "--large" && absl::SimpleAtoi(argv[i + 1], &large)) {
      ++i;
    } else {
      std::fprintf(stderr, "usage: store_bench [--customers N] [--interleaved] [--large N]\n");
      return 2;
    }
  }
  const std::unique_ptr<RecordStore> store = NewMemoryStore();
  Load(*store, customers, interleaved);
  Reads(*store, customers);
  Large(*store, large);
  return 0;
}

}  // namespace yilan::storage

int main(int argc, char** argv) { return yilan::storage::Main(argc, argv); }
