// The suite `mysql`: loading customers, against bare loops of the C API.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "storage/mysql/entries.h"
#include "storage/mysql/load_customer.h"
#include "storage/mysql/statements.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/mysql_bench.h"

namespace yilan::bench {
absl::Status MeasureMySqlLoads(const SuiteOptions& options, const MariaDbServer& server,
                               const MySqlDatabase& database, uint64_t customers, Report& report) {
  const absl::Duration slice = options.small ? absl::Milliseconds(100) : absl::Milliseconds(500);
  const std::vector<storage::KindLimit> limits = {{storage::Kind{19}, size_t{1000}}};
  storage::Revision revision = 0;
  const auto load = [&](uint64_t number, storage::Revision known) -> absl::Status {
    uint64_t records = 0;
    ASSIGN_OR_RETURN(
        const storage::LoadedCustomer loaded,
        database.store->LoadCustomer({}, BulkCustomerId(number), {.known = known, .limits = limits},
                                     [&](const storage::RecordView&) {
                                       ++records;
                                       return absl::OkStatus();
                                     }));
    revision = loaded.state.revision;
    if (records != (known == 0 ? kRecordsPerCustomer : 0))
      return absl::InternalError("records are missing");
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(load(0, 0));
  const storage::Revision known = revision;  // All customers were loaded at one revision.
  const auto pick = [customers](uint64_t n) { return (n * 2654435761u) % customers; };

  for (const int threads : {1, 8}) {
    ASSIGN_OR_RETURN(const BareConnections bare, ConnectBare(server, database, threads));
    const std::string sql = storage::mysql::LoadByCustomer();
    const Operation bare_load = [&](int thread, uint64_t n) -> absl::Status {
      ASSIGN_OR_RETURN(BareStatement* const statement,
                       bare[static_cast<size_t>(thread)]->Prepare(sql));
      const std::string id = storage::mysql::IdBytes(BulkCustomerId(pick(n)));
      ASSIGN_OR_RETURN(const uint64_t rows,
                       statement->Run({absl::string_view(id),
                                       uint64_t{storage::mysql::kMostRecordsAtOnce + 1}}));
      return rows == kRecordsPerCustomer ? absl::OkStatus()
                                         : absl::InternalError("rows are missing");
    };
    const Operation bare_read = [&](int thread, uint64_t n) -> absl::Status {
      ASSIGN_OR_RETURN(BareStatement* const statement, bare[static_cast<size_t>(thread)]->Prepare(
                                                           storage::mysql::RevisionOfCustomer()));
      const std::string id = storage::mysql::IdBytes(BulkCustomerId(pick(n)));
      ASSIGN_OR_RETURN(const uint64_t rows, statement->Run({absl::string_view(id)}));
      return rows == 1 ? absl::OkStatus() : absl::InternalError("a row is missing");
    };
    const std::string at = absl::StrCat(", ", threads, threads == 1 ? " thread" : " threads");
    ASSIGN_OR_RETURN(const Turns loads,
                     ByTurns(threads, options.Rounds(9), slice, bare_load,
                             [&](int, uint64_t n) -> absl::Status { return load(pick(n), 0); }));
    report.Add(absl::StrCat("bare loop of the load", at), loads.bare, "1/s");
    report
        .Add(absl::StrCat("LoadCustomer, ", kRecordsPerCustomer, " records", at), loads.ours, "1/s")
        .Against(absl::StrCat("bare loop of the load", at), loads.ratio)
        .RatioAtLeast(0.85);
    ASSIGN_OR_RETURN(const Turns reads, ByTurns(threads, options.Rounds(9), slice, bare_read,
                                                [&](int, uint64_t n) -> absl::Status {
                                                  return load(pick(n), known);
                                                }));
    report.Add(absl::StrCat("bare read of one row", at), reads.bare, "1/s");
    report.Add(absl::StrCat("LoadCustomer, unchanged", at), reads.ours, "1/s")
        .Against(absl::StrCat("bare read of one row", at), reads.ratio)
        .RatioAtLeast(0.8);
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
