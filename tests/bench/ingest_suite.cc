// The suites `ingest` and `ingest-cost`: facts through the stream.
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "tests/bench/fact_batches.h"
#include "tests/bench/ingest_load.h"
#include "tests/bench/operator_facts.h"
#include "tests/bench/server_process.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"
#include "yilan/v1/ingest_service.pb.h"

namespace yilan::bench {
namespace {

// Facts a second that RocksDB itself writes and syncs: a row for each, and one for its key, in
// batches of the same size.
absl::StatusOr<double> BareRocksDbRate(const std::string& directory,
                                       const std::vector<std::string>& batches) {
  std::vector<std::vector<std::string>> facts;
  uint64_t count = 0;
  for (const std::string& batch : batches) {
    v1::IngestRequest request;
    if (!request.ParseFromString(batch)) return absl::InternalError("a batch does not parse");
    facts.emplace_back();
    for (const v1::Fact& fact : request.facts()) facts.back().push_back(fact.SerializeAsString());
    count += facts.back().size();
  }
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, directory, &opened).ok()) {
    return absl::UnavailableError(absl::StrCat(directory, " cannot be opened"));
  }
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions write;
  write.sync = true;
  std::mt19937_64 random(1);
  const absl::Time begin = absl::Now();
  for (const auto& batch : facts) {
    rocksdb::WriteBatch rows;
    for (const std::string& fact : batch) {
      std::string row(34, '\0');  // As long as that of a record.
      for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<char>(random());
      rows.Put(row, fact);
      rows.Put(row.substr(0, 24), row);
    }
    if (!db->Write(write, &rows).ok()) return absl::UnavailableError("RocksDB does not write");
  }
  return static_cast<double>(count) / absl::ToDoubleSeconds(absl::Now() - begin);
}

}  // namespace

absl::Status RunIngest(const SuiteOptions& options, Report& report) {
  const uint64_t customers = options.customers > 0 ? options.customers
                             : options.small       ? 500
                                                   : 10000;
  const uint64_t facts = options.small ? 4000 : 200000;
  for (const bool memory : {true, false}) {
    const std::string name = memory ? "memory" : "RocksDB";
    ASSIGN_OR_RETURN(
        const auto server,
        ServerProcess::Start(
            {"--storage",
             memory ? "memory:" : absl::StrCat("rocksdb:", options.directory, "/ingest"),
             "--customers", absl::StrCat(customers), "--view-cache", "256"}));
    if (!memory) {
      ASSIGN_OR_RETURN(const double rate, BareRocksDbRate(absl::StrCat(options.directory, "/bare"),
                                                          FactsOfNewCustomers(customers, facts)));
      report.Add("RocksDB without Yilan, same batches, synced", rate, "facts/s");
    }
    struct Case {
      std::string name;
      bool known;
      int streams;
    };
    uint64_t next_customer = customers;
    uint64_t round = 0;
    for (const Case& one : {Case{"new customers", false, 1}, Case{"known customers", true, 1},
                            Case{"new customers, 4 streams", false, 4}}) {
      std::vector<double> rates;
      std::vector<double> server_micros;
      std::vector<double> client_micros;
      for (int i = 0; i < options.Rounds(3); ++i) {
        const std::vector<std::string> batches =
            one.known ? FactsOfKnownCustomers(customers, facts, round++)
                      : FactsOfNewCustomers(next_customer, facts);
        if (!one.known) next_customer += facts / kFactsPerCustomer;
        ASSIGN_OR_RETURN(const IngestResult result,
                         SendBatches(server->address(), batches,
                                     {.streams = one.streams, .server_pid = server->pid()}));
        rates.push_back(result.rate);
        server_micros.push_back(result.server_micros);
        client_micros.push_back(result.client_micros);
      }
      Figure& rate = report.Add(absl::StrCat(name, ", ", one.name), Median(rates), "facts/s");
      if (!memory && !one.known) rate.Against("RocksDB without Yilan, same batches, synced");
      rate.AtLeast(memory ? 40000 : 15000);
      report.Add(absl::StrCat(name, ", ", one.name, ": server CPU"), Median(server_micros),
                 "us/fact");
      report.Add(absl::StrCat(name, ", ", one.name, ": client CPU"), Median(client_micros),
                 "us/fact");
    }
    RETURN_IF_ERROR(server->Stop());
  }
  return absl::OkStatus();
}

absl::Status RunIngestCost(const SuiteOptions& options, Report& report) {
  const uint64_t many = options.customers > 0 ? options.customers : options.small ? 2000 : 1000000;
  const uint64_t few = std::max<uint64_t>(many / 100, 1);
  const uint64_t facts = options.small ? 2000 : 20000;
  for (const bool memory : {true, false}) {
    const std::string name = memory ? "memory" : "RocksDB";
    std::vector<std::unique_ptr<ServerProcess>> servers;
    for (const uint64_t customers : {few, many}) {
      // With the caches as they are when the server has run for a while.
      ASSIGN_OR_RETURN(
          auto server,
          ServerProcess::Start(
              {"--storage",
               memory ? "memory:" : absl::StrCat("rocksdb:", options.directory, "/cost", customers),
               "--customers", absl::StrCat(customers), "--warm"}));
      servers.push_back(std::move(server));
    }
    std::vector<double> at_few, at_many, ratios, few_rates, many_rates;
    // The first round brings what is needed into caches.
    for (int round = 0; round < 1 + options.Rounds(7); ++round) {
      ASSIGN_OR_RETURN(const IngestResult of_few,
                       SendBatches(servers[0]->address(),
                                   FactsOfKnownCustomers(few, facts, static_cast<uint64_t>(round)),
                                   {.server_pid = servers[0]->pid()}));
      ASSIGN_OR_RETURN(const IngestResult of_many,
                       SendBatches(servers[1]->address(),
                                   FactsOfKnownCustomers(many, facts, static_cast<uint64_t>(round)),
                                   {.server_pid = servers[1]->pid()}));
      if (round == 0) continue;
      at_few.push_back(of_few.server_micros);
      at_many.push_back(of_many.server_micros);
      ratios.push_back(of_many.server_micros / of_few.server_micros);
      few_rates.push_back(of_few.rate);
      many_rates.push_back(of_many.rate);
    }
    const std::string reference = absl::StrCat(name, ", ", few, " customers: server CPU");
    report.Add(absl::StrCat(name, ", ", few, " customers"), Median(few_rates), "facts/s");
    report.Add(absl::StrCat(name, ", ", many, " customers"), Median(many_rates), "facts/s");
    report.Add(reference, Median(at_few), "us/fact");
    report.Add(absl::StrCat(name, ", ", many, " customers: server CPU"), Median(at_many), "us/fact")
        .Against(reference, Median(ratios))
        .RatioAtMost(1.5);
    for (const auto& server : servers) RETURN_IF_ERROR(server->Stop());
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
