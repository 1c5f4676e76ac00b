// The suite `resolve`: what it costs to find out whose customer a record is as it comes, where
// there are a million others; and to merge and part large customers.
#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/platform.h"
#include "storage/memory/memory_store.h"
#include "storage/transfer/copy.h"
#include "storage/transfer/store_sink.h"
#include "tests/bench/mysql_bench.h"
#include "tests/bench/suites.h"
#include "tests/identity_data/labelled_records.h"

namespace yilan::bench {
namespace {

constexpr size_t kBatch = 100;

double MillisecondsSince(absl::Time begin) {
  return absl::ToDoubleMilliseconds(absl::Now() - begin);
}

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(share * static_cast<double>(values.size())))];
}

// A core over a store.
struct House {
  explicit House(storage::RecordStore& store)
      : platform(store, clock, ids, size_t{16} << 20, core::RunSerially) {}

  absl::Status Take(const std::vector<v1::Fact>& facts) {
    std::vector<std::string> bytes;
    for (const v1::Fact& fact : facts) bytes.push_back(fact.SerializeAsString());
    const std::vector<absl::string_view> views(bytes.begin(), bytes.end());
    for (const v1::FactResult& result : platform.ingest.TakeBatch(call, views)) {
      // The copy of a store has the facts of the large customers already.
      if (result.outcome() != v1::FACT_OUTCOME_OK &&
          result.outcome() != v1::FACT_OUTCOME_DUPLICATE) {
        return absl::InternalError(absl::StrCat("a fact was not taken: ", result.DebugString()));
      }
    }
    return absl::OkStatus();
  }

  const SystemClock clock;
  IdGenerator ids{clock};
  core::Platform platform;
  core::Call call{.client = "bench"};
};

// Records of made-up people; those of each seed are another operator's 10,000 customers.
std::vector<v1::SourceRecord> RecordsOf(uint64_t seed) {
  std::vector<v1::SourceRecord> records;
  for (identity_data::LabelledRecord& labelled :
       identity_data::MakeRecords({.seed = seed, .people = 10000})) {
    v1::SourceRecord& record = records.emplace_back(std::move(labelled.record));
    record.mutable_source()->set_key(absl::StrCat(seed, "-", record.source().key()));
  }
  return records;
}

// Loads `records` of them, the rest of the last seed, which are records of people known already as
// well as of others, stay out.
absl::Status Load(House& house, size_t records, std::vector<v1::SourceRecord>& rest,
                  double& seconds) {
  size_t loaded = 0;
  seconds = 0;
  for (uint64_t seed = 1; loaded < records; ++seed) {
    rest = RecordsOf(seed);
    std::vector<v1::Fact> batch;
    const absl::Time begin = absl::Now();
    size_t taken = 0;
    while (taken < rest.size() && loaded < records) {
      *batch.emplace_back().mutable_source_record() = rest[taken];
      ++taken;
      ++loaded;
      if (batch.size() < kBatch && taken < rest.size() && loaded < records) continue;
      RETURN_IF_ERROR(house.Take(batch));
      batch.clear();
    }
    seconds += absl::ToDoubleSeconds(absl::Now() - begin);
    rest.erase(rest.begin(), rest.begin() + static_cast<long>(taken));
  }
  return absl::OkStatus();
}

absl::Status Upsert(House& house, const v1::SourceRecord& record) {
  v1::UpsertSourceRecordRequest request;
  request.set_request_id(house.ids.NextUuid());
  *request.mutable_source_record() = record;
  v1::UpsertSourceRecordResponse response;
  return house.platform.facts.Upsert(house.call, request, response);
}

// The whole call: the record is stored, and it is found out whose it is.
absl::Status MeasureUpserts(House& house, const std::vector<v1::SourceRecord>& records, size_t most,
                            const std::string& name, double bar, Report& report) {
  std::vector<double> times;
  for (size_t i = 0; i < records.size() && i < most; ++i) {
    const absl::Time begin = absl::Now();
    RETURN_IF_ERROR(Upsert(house, records[i]));
    times.push_back(MillisecondsSince(begin));
  }
  report.Add(absl::StrCat(name, "a record is stored and resolved, median"), Percentile(times, .5),
             "ms");
  report
      .Add(absl::StrCat(name, "a record is stored and resolved, p99"), Percentile(times, .99), "ms")
      .AtMost(bar);
  return absl::OkStatus();
}

v1::Fact BillOf(const std::string& key, int number) {
  v1::Fact fact;
  v1::CustomerBill& bill = *fact.mutable_customer_bill();
  bill.mutable_source()->set_source_system("billing");
  bill.mutable_source()->set_key(absl::StrCat(key, "-", number));
  bill.mutable_source()->mutable_event_time()->set_seconds(1700000000 + number);
  bill.mutable_source()->mutable_subject()->set_customer_key(key);
  bill.mutable_amount()->set_currency_code("CNY");
  bill.mutable_amount()->set_minor_units(100 + number);
  return fact;
}

// Two customers with so many facts each are merged and parted again and again.
absl::Status MeasureMerges(House& house, const SuiteOptions& options, const std::string& name,
                           double bar, Report& report) {
  const int facts = options.small ? 200 : 10000;
  const int rounds = options.Rounds(30);
  v1::MergeRequest merge;
  for (const std::string key : {"large-1", "large-2"}) {
    std::vector<v1::Fact> batch;
    for (int i = 0; i < facts; ++i) {
      batch.push_back(BillOf(key, i));
      if (batch.size() < kBatch && i + 1 < facts) continue;
      RETURN_IF_ERROR(house.Take(batch));
      batch.clear();
    }
    v1::CustomerIdentifier& customer =
        key == "large-1" ? *merge.mutable_into_customer() : *merge.mutable_from_customer();
    customer.mutable_subject()->set_source_system("billing");
    customer.mutable_subject()->set_customer_key(key);
  }
  merge.set_lift_separation(true);
  std::vector<double> merges;
  std::vector<double> unmerges;
  for (int i = 0; i < rounds; ++i) {
    merge.set_request_id(house.ids.NextUuid());
    v1::MergeResponse merged;
    absl::Time begin = absl::Now();
    RETURN_IF_ERROR(house.platform.stewardship.Merge(house.call, merge, merged));
    merges.push_back(MillisecondsSince(begin));
    v1::UnmergeRequest unmerge;
    unmerge.set_request_id(house.ids.NextUuid());
    unmerge.set_event_id(merged.event_id());
    v1::UnmergeResponse unmerged;
    begin = absl::Now();
    RETURN_IF_ERROR(house.platform.stewardship.Unmerge(house.call, unmerge, unmerged));
    unmerges.push_back(MillisecondsSince(begin));
  }
  const std::string of = absl::StrCat(name, "two customers of ", facts, " facts each are ");
  report.Add(of + "merged, median", Percentile(merges, .5), "ms");
  report.Add(of + "merged, p95", Percentile(merges, .95), "ms").AtMost(bar);
  report.Add(of + "parted again, median", Percentile(unmerges, .5), "ms");
  report.Add(of + "parted again, p95", Percentile(unmerges, .95), "ms").AtMost(bar);
  return absl::OkStatus();
}

}  // namespace

absl::Status RunResolve(const SuiteOptions& options, Report& report) {
  const size_t records = options.customers > 0 ? options.customers : options.small ? 5000 : 1000000;
  const size_t measured = options.small ? 300 : 5000;
  const std::string many = absl::StrCat(records, " records, ");
  const std::unique_ptr<storage::RecordStore> memory = storage::NewMemoryStore();
  std::vector<v1::SourceRecord> rest;
  {
    House house(*memory);
    double seconds = 0;
    RETURN_IF_ERROR(Load(house, records, rest, seconds));
    report.Add(absl::StrCat(many, "memory: taken and resolved, a second, one thread"),
               static_cast<double>(records) / seconds, "records/s");
    const std::vector<v1::SourceRecord> first(rest.begin(),
                                              rest.begin() + static_cast<long>(rest.size() / 2));
    rest.erase(rest.begin(), rest.begin() + static_cast<long>(rest.size() / 2));
    RETURN_IF_ERROR(MeasureUpserts(house, first, measured, many + "memory: ", 2, report));
    RETURN_IF_ERROR(MeasureMerges(house, options, "memory: ", 20, report));
  }
  ASSIGN_OR_RETURN(
      const auto server,
      MariaDbServer::Start(
          {.parent_directory = options.directory,
           .extra_flags = {
               options.small ? "--innodb-buffer-pool-size=256M" : "--innodb-buffer-pool-size=8G",
               "--innodb-log-file-size=2G", "--innodb-flush-log-at-trx-commit=1"}}));
  ASSIGN_OR_RETURN(const MySqlDatabase database, MakeMySqlDatabase(*server));
  storage::transfer::StoreSink sink(*database.store, {});
  storage::transfer::Control control;
  RETURN_IF_ERROR(storage::transfer::Copy(*memory, sink, {.source = "memory"}, control).status());
  House house(*database.store);
  RETURN_IF_ERROR(MeasureUpserts(house, rest, measured, many + "MySQL: ", 10, report));
  return MeasureMerges(house, options, "MySQL: ", 20, report);
}

}  // namespace yilan::bench
