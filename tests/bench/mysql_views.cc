// The suite `mysql`: views over gRPC, and what a million customers cost.
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/mysql/load_customer.h"
#include "storage/mysql/statements.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/h2_load.h"
#include "tests/bench/key_sequence.h"
#include "tests/bench/mysql_bench.h"
#include "tests/bench/server_process.h"
#include "tests/bench/view_load.h"

namespace yilan::bench {
namespace {

constexpr int kConnections = 8;
constexpr uint64_t kCachedViewBytes = 6500;

}  // namespace

absl::Status MeasureMySqlViews(const SuiteOptions& options, const MariaDbServer& server,
                               const MySqlDatabase& database, uint64_t customers, Report& report) {
  setenv("YILAN_MYSQL_PASSWORD", std::string(MariaDbServer::password()).c_str(), 1);
  const absl::Duration slice = options.small ? absl::Milliseconds(200) : absl::Seconds(1);
  ASSIGN_OR_RETURN(const BareConnections bare, ConnectBare(server, database, kConnections));
  for (const bool cached : {true, false}) {
    std::vector<std::string> arguments = {"--storage", server.Url(database.name), "--customers",
                                          absl::StrCat(customers)};
    if (cached) {
      const uint64_t cache_mib = (customers * kCachedViewBytes >> 20) + 16;
      arguments.insert(arguments.end(), {"--view-cache", absl::StrCat(cache_mib), "--warm"});
    }
    ASSIGN_OR_RETURN(const auto process, ServerProcess::Start(std::move(arguments)));
    ASSIGN_OR_RETURN(const auto client, LoadClient::Connect(process->address(), kViewMethod));
    KeySequence keys(customers, Skew::kUniform);
    const std::string sql =
        cached ? storage::mysql::RevisionOfCustomer() : storage::mysql::LoadByCustomer();
    const Operation loop = [&](int thread, uint64_t n) -> absl::Status {
      ASSIGN_OR_RETURN(BareStatement* const statement,
                       bare[static_cast<size_t>(thread)]->Prepare(sql));
      std::string id;
      BulkCustomerId((n * 2654435761u) % customers).AppendTo(id);
      std::vector<Param> params = {absl::string_view(id)};
      if (!cached) params.emplace_back(uint64_t{storage::mysql::kMostRecordsAtOnce + 1});
      ASSIGN_OR_RETURN(const uint64_t rows, statement->Run(params));
      return rows > 0 ? absl::OkStatus() : absl::InternalError("rows are missing");
    };
    std::vector<double> loops, views, ratios;
    for (int round = 0; round < 1 + options.Rounds(7); ++round) {
      ASSIGN_OR_RETURN(const double of_loop, RateFor(kConnections, slice, loop));
      ASSIGN_OR_RETURN(const LoadResult result,
                       client->Run({.in_flight = 64, .duration = slice},
                                   [&keys] { return keys.NextViewRequest(); }));
      if (result.errors > 0) return absl::InternalError("calls failed");
      if (round == 0) continue;
      loops.push_back(of_loop);
      views.push_back(result.rate);
      ratios.push_back(result.rate / of_loop);
    }
    const std::string reference = cached ? "bare read of one row, beside the server"
                                         : "bare loop of the load, beside the server";
    report.Add(reference, Median(loops), "1/s");
    report
        .Add(cached ? "view over gRPC, cached" : "view over gRPC, nothing cached", Median(views),
             "1/s")
        .Against(reference, Median(ratios))
        .RatioAtLeast(cached ? 0.4 : 0.55);
    RETURN_IF_ERROR(process->Stop());
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
