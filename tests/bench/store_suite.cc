// The suite `store`: single operations of the backends, without core and server.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "server/open_store.h"
#include "storage/record_store.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/key_sequence.h"
#include "tests/bench/operator_facts.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"

namespace yilan::bench {
namespace {

using storage::RecordStore;

// How often `operation` runs in a second, on `threads` threads; it is given a number that no other
// run has.
absl::StatusOr<double> Rate(int threads, absl::Duration duration,
                            const std::function<absl::Status(uint64_t)>& operation) {
  std::atomic<uint64_t> next{0};
  std::atomic<bool> failed{false};
  std::atomic<uint64_t> done{0};
  const absl::Time begin = absl::Now();
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      uint64_t count = 0;
      // The clock is read now and then only: it costs as much as a short operation.
      while (count % 16 != 0 || (absl::Now() - begin < duration && !failed)) {
        if (!operation(next++).ok()) {
          failed = true;
          break;
        }
        ++count;
      }
      done += count;
    });
  }
  for (std::thread& worker : workers) worker.join();
  if (failed) return absl::InternalError("an operation of the store failed");
  return static_cast<double>(done) / absl::ToDoubleSeconds(absl::Now() - begin);
}

// Appends of 200 bytes that are synced one by one: what the disk allows.
absl::StatusOr<double> SyncedAppendRate(const std::string& directory, absl::Duration duration) {
  const int fd = open(absl::StrCat(directory, "/append").c_str(), O_CREAT | O_WRONLY, 0600);
  if (fd < 0) return absl::UnavailableError(absl::StrCat(directory, " cannot be written"));
  const std::string bytes(200, 'x');
  absl::StatusOr<double> rate = Rate(1, duration, [&](uint64_t) -> absl::Status {
    if (write(fd, bytes.data(), bytes.size()) < 0 || fdatasync(fd) != 0) {
      return absl::UnavailableError("the disk does not take it");
    }
    return absl::OkStatus();
  });
  close(fd);
  return rate;
}

// Puts one more record of 100 bytes under the billing subject of a customer.
absl::Status CommitOne(RecordStore& store, uint64_t customer, uint64_t n) {
  const storage::SubjectId subject = BulkSubjectId(customer, 0);
  const std::string fact_id = core::FactId("bench", absl::StrCat(n));
  return store.Write(
      {.actor = "bench"},
      [&](storage::Reader&) { return storage::WritePlan{.customers = {BulkCustomerId(customer)}}; },
      [&](storage::Transaction& txn) {
        return txn.Put({.key = {subject, 19, core::FactRecordId(kFactsEnd, fact_id)},
                        .payload = std::string(100, 'x')});
      });
}

absl::Status MeasureReads(const SuiteOptions& options, const std::string& name, RecordStore& store,
                          uint64_t customers, Report& report) {
  const absl::Duration duration = options.small ? absl::Milliseconds(50) : absl::Seconds(1);
  KeySequence keys(customers, Skew::kUniform);
  storage::Revision revision = 0;
  ASSIGN_OR_RETURN(const storage::LoadedCustomer loaded,
                   store.LoadCustomer({}, BulkCustomerId(0), {},
                                      [](const storage::RecordView&) { return absl::OkStatus(); }));
  revision = loaded.state.revision;
  const auto add = [&](absl::string_view what, double rate) {
    report.Add(absl::StrCat(name, ", ", what), 1e6 / rate, "us");
  };
  ASSIGN_OR_RETURN(double rate, Rate(1, duration, [&](uint64_t) {
                     return store
                         .LoadCustomer({}, BulkCustomerId(keys.Next()), {.known = revision},
                                       [](const storage::RecordView&) {
                                         return absl::InternalError("it has changed");
                                       })
                         .status();
                   }));
  add("LoadCustomer, unchanged", rate);
  ASSIGN_OR_RETURN(rate, Rate(1, duration, [&](uint64_t) -> absl::Status {
                     size_t records = 0;
                     RETURN_IF_ERROR(store
                                         .LoadCustomer({}, BulkCustomerId(keys.Next()), {},
                                                       [&](const storage::RecordView&) {
                                                         ++records;
                                                         return absl::OkStatus();
                                                       })
                                         .status());
                     if (records != kRecordsPerCustomer) {
                       return absl::InternalError("records are missing");
                     }
                     return absl::OkStatus();
                   }));
  add(absl::StrCat("LoadCustomer, ", kRecordsPerCustomer, " records"), rate);
  ASSIGN_OR_RETURN(rate, Rate(1, duration, [&](uint64_t) {
                     v1::SubjectReference reference;
                     reference.set_source_system("crm");
                     reference.set_customer_key(NumberText(keys.Next()));
                     const std::string key = core::SubjectKey(reference);
                     return store.Read({}, [&](storage::Reader& reader) {
                       return reader.FindByKey(key).status();
                     });
                   }));
  add("FindByKey", rate);
  ASSIGN_OR_RETURN(rate, Rate(1, duration, [&](uint64_t) {
                     const std::string term = core::IdentifierTerm(
                         v1::IDENTIFIER_TYPE_MSISDN, absl::StrCat("138", NumberText(keys.Next())));
                     return store.Read({}, [&](storage::Reader& reader) -> absl::Status {
                       storage::TermCursor cursor;
                       ASSIGN_OR_RETURN(const auto found,
                                        reader.FindByTerm(term, term + '\0', cursor, 10));
                       // Of the source record and the resource.
                       if (found.size() != 2) return absl::InternalError("not found");
                       return absl::OkStatus();
                     });
                   }));
  add("FindByTerm, 2 holders", rate);
  return absl::OkStatus();
}

}  // namespace

absl::Status RunStore(const SuiteOptions& options, Report& report) {
  const uint64_t customers = options.customers > 0 ? options.customers
                             : options.small       ? 500
                                                   : 20000;
  const absl::Duration duration = options.small ? absl::Milliseconds(100) : absl::Seconds(2);
  ASSIGN_OR_RETURN(const auto bulk, BulkCustomers::Make(100));
  for (const bool memory : {true, false}) {
    const std::string name = memory ? "memory" : "RocksDB";
    ASSIGN_OR_RETURN(
        const auto store,
        server::OpenStore(
            {.storage = memory ? "memory:" : absl::StrCat("rocksdb:", options.directory, "/store"),
             .cache_bytes = server::SuitableCacheBytes()},
            /*must_exist=*/false));
    const absl::Time begin = absl::Now();
    RETURN_IF_ERROR(bulk->Load(*store, 0, customers));
    report.Add(absl::StrCat(name, ", Import"),
               static_cast<double>(customers * kRecordsPerCustomer) /
                   absl::ToDoubleSeconds(absl::Now() - begin),
               "records/s");
    RETURN_IF_ERROR(MeasureReads(options, name, *store, customers, report));
    if (!memory) {
      ASSIGN_OR_RETURN(const double rate, SyncedAppendRate(options.directory, duration));
      report.Add("the disk: appends synced one by one", rate, "1/s");
    }
    KeySequence keys(customers, Skew::kUniform);
    ASSIGN_OR_RETURN(const double lone, Rate(1, duration, [&](uint64_t n) {
                       return CommitOne(*store, keys.Next(), n);
                     }));
    Figure& lone_figure = report.Add(absl::StrCat(name, ", commits of one writer"), lone, "1/s");
    if (!memory) lone_figure.Against("the disk: appends synced one by one");
    constexpr int kWriters = 16;
    ASSIGN_OR_RETURN(const double shared, Rate(kWriters, duration, [&](uint64_t n) {
                       return CommitOne(*store, n * 7919 % customers, n + 1000000000);
                     }));
    report.Add(absl::StrCat(name, ", commits of 16 writers"), shared, "1/s")
        .Against(absl::StrCat(name, ", commits of one writer"));
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
