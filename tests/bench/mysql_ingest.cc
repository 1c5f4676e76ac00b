// The suite `mysql`: facts through the stream, against LOAD DATA of the rows that they become.
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/fact_batches.h"
#include "tests/bench/ingest_load.h"
#include "tests/bench/mysql_bench.h"
#include "tests/bench/operator_facts.h"
#include "tests/bench/process_figures.h"
#include "tests/bench/server_process.h"
#include "tests/bench/view_load.h"

namespace yilan::bench {
namespace {

constexpr char kSingleWrites[] = "single writes, 16 in flight, distinct customers";

// Facts a second that LOAD DATA brings in of the rows that `facts` facts have become.
absl::StatusOr<double> LoadDataRate(const SuiteOptions& options, MariaDbServer& server,
                                    const MySqlDatabase& from, uint64_t facts, int round) {
  const std::string file = absl::StrCat(options.directory, "/rows", round);
  const absl::Duration timeout = absl::Minutes(5);
  RETURN_IF_ERROR(server
                      .Execute(absl::StrCat("SELECT space, HEX(owner), HEX(name), revision, "
                                            "HEX(value) INTO OUTFILE '",
                                            file, "' FROM ", from.name, ".entries"),
                               timeout)
                      .status());
  ASSIGN_OR_RETURN(const MySqlDatabase into, MakeMySqlDatabase(server));
  RETURN_IF_ERROR(server.Execute(absl::StrCat("DELETE FROM ", into.name, ".entries")).status());
  const absl::Time begin = absl::Now();
  RETURN_IF_ERROR(server
                      .Execute(absl::StrCat("LOAD DATA INFILE '", file, "' INTO TABLE ", into.name,
                                            ".entries (space, @o, @n, revision, @v) SET owner = "
                                            "UNHEX(@o), name = UNHEX(@n), value = UNHEX(@v)"),
                               timeout)
                      .status());
  const double rate = static_cast<double>(facts) / absl::ToDoubleSeconds(absl::Now() - begin);
  RETURN_IF_ERROR(server.Execute(absl::StrCat("DROP DATABASE ", into.name), timeout).status());
  return rate;
}

}  // namespace

absl::Status MeasureMySqlIngest(const SuiteOptions& options, MariaDbServer& server,
                                Report& report) {
  const uint64_t facts = options.small ? 4000 : 40000;
  const uint64_t customers = options.small ? 200 : 10000;
  setenv("YILAN_MYSQL_PASSWORD", std::string(MariaDbServer::password()).c_str(), 1);

  // Into an empty database: what is there afterwards is what the facts became.
  std::vector<double> new_rates, load_rates, ratios, server_micros, database_micros;
  for (int round = 0; round < options.Rounds(3); ++round) {
    ASSIGN_OR_RETURN(const MySqlDatabase database, MakeMySqlDatabase(server));
    ASSIGN_OR_RETURN(const auto process,
                     ServerProcess::Start({"--storage", server.Url(database.name), "--customers",
                                           "0", "--view-cache", "64"}));
    const uint64_t first = 1000000 + static_cast<uint64_t>(round) * facts;
    const double cpu_before = CpuSeconds(server.pid());
    ASSIGN_OR_RETURN(const IngestResult result,
                     SendBatches(process->address(), FactsOfNewCustomers(first, facts),
                                 {.server_pid = process->pid()}));
    database_micros.push_back((CpuSeconds(server.pid()) - cpu_before) * 1e6 /
                              static_cast<double>(facts));
    RETURN_IF_ERROR(process->Stop());
    ASSIGN_OR_RETURN(const double load_rate, LoadDataRate(options, server, database, facts, round));
    new_rates.push_back(result.rate);
    load_rates.push_back(load_rate);
    ratios.push_back(result.rate / load_rate);
    server_micros.push_back(result.server_micros);
    RETURN_IF_ERROR(server.Execute(absl::StrCat("DROP DATABASE ", database.name)).status());
  }
  report.Add("LOAD DATA of what the facts become", Median(load_rates), "facts/s");
  report.Add("ingest, new customers", Median(new_rates), "facts/s")
      .Against("LOAD DATA of what the facts become", Median(ratios))
      .RatioAtLeast(0.4);
  report.Add("ingest, new customers: CPU of Yilan", Median(server_micros), "us/fact");
  report.Add("ingest, new customers: CPU of MariaDB", Median(database_micros), "us/fact");

  ASSIGN_OR_RETURN(const MySqlDatabase database, MakeMySqlDatabase(server));
  ASSIGN_OR_RETURN(const auto bulk, BulkCustomers::Make(options.small ? 20 : 300));
  RETURN_IF_ERROR(bulk->Load(*database.store, 0, customers));
  ASSIGN_OR_RETURN(const auto process,
                   ServerProcess::Start({"--storage", server.Url(database.name), "--customers",
                                         absl::StrCat(customers), "--view-cache", "64"}));
  std::vector<double> known_rates;
  server_micros.clear();
  database_micros.clear();
  for (int round = 0; round < options.Rounds(3); ++round) {
    const double cpu_before = CpuSeconds(server.pid());
    ASSIGN_OR_RETURN(
        const IngestResult result,
        SendBatches(process->address(),
                    FactsOfKnownCustomers(customers, facts, static_cast<uint64_t>(round)),
                    {.server_pid = process->pid()}));
    known_rates.push_back(result.rate);
    server_micros.push_back(result.server_micros);
    database_micros.push_back((CpuSeconds(server.pid()) - cpu_before) * 1e6 /
                              static_cast<double>(facts));
  }
  RETURN_IF_ERROR(process->Stop());
  report.Add("ingest, known customers", Median(known_rates), "1/s")
      .Against(kSingleWrites)
      .RatioAtLeast(8);
  report.Add("ingest, known customers: CPU of Yilan", Median(server_micros), "us/fact");
  report.Add("ingest, known customers: CPU of MariaDB", Median(database_micros), "us/fact");
  return absl::OkStatus();
}

}  // namespace yilan::bench
