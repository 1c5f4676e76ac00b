// The suite `heavy`: one customer with 10,000 facts among those with 40.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/ingest_load.h"
#include "tests/bench/operator_facts.h"
#include "tests/bench/server_process.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"
#include "yilan/v1/customer_view_service.grpc.pb.h"

namespace yilan::bench {
namespace {

constexpr uint64_t kHeavy = 1;  // The number of the heavy customer.
constexpr uint64_t kOrdinary = 2;

std::string ViewRequest(uint64_t number) {
  v1::GetCustomerViewRequest request;
  request.mutable_customer()->set_customer_id(BulkCustomerId(number).ToString());
  return request.SerializeAsString();
}

v1::ListTimelineRequest TimelineRequest(const std::string& page_token) {
  v1::ListTimelineRequest request;
  request.mutable_customer()->set_customer_id(BulkCustomerId(kHeavy).ToString());
  request.set_page_token(page_token);
  return request;
}

// The tokens of all pages, and how many entries there are on them.
absl::StatusOr<std::pair<std::vector<std::string>, uint64_t>> PageTokens(
    const std::string& address) {
  const auto stub = v1::CustomerViewService::NewStub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  std::vector<std::string> tokens = {""};
  uint64_t entries = 0;
  while (true) {
    grpc::ClientContext context;
    v1::ListTimelineResponse response;
    const grpc::Status status =
        stub->ListTimeline(&context, TimelineRequest(tokens.back()), &response);
    if (!status.ok()) return absl::InternalError(status.error_message());
    entries += static_cast<uint64_t>(response.entries_size());
    if (response.next_page_token().empty()) return std::pair(std::move(tokens), entries);
    tokens.push_back(response.next_page_token());
  }
}

absl::Status CompareViews(const SuiteOptions& options, const std::string& name,
                          const ServerProcess& server, Report& report) {
  ASSIGN_OR_RETURN(const auto client, LoadClient::Connect(server.address(), kViewMethod));
  const LoadOptions load = {
      .in_flight = 1,
      .warm_up = absl::Milliseconds(50),
      .duration = options.small ? absl::Milliseconds(100) : absl::Milliseconds(500),
      .server_pid = server.pid()};
  const std::string ordinary_request = ViewRequest(kOrdinary);
  const std::string heavy_request = ViewRequest(kHeavy);
  std::vector<double> ordinary_micros, heavy_micros, ratios, ordinary_times, heavy_times,
      time_ratios;
  for (int round = 0; round < options.Rounds(9); ++round) {
    ASSIGN_OR_RETURN(const LoadResult ordinary,
                     client->Run(load, [&] { return absl::string_view(ordinary_request); }));
    ASSIGN_OR_RETURN(const LoadResult heavy,
                     client->Run(load, [&] { return absl::string_view(heavy_request); }));
    if (ordinary.errors + heavy.errors > 0) return absl::InternalError("a view failed");
    ordinary_micros.push_back(ordinary.server_micros);
    heavy_micros.push_back(heavy.server_micros);
    ratios.push_back(heavy.server_micros / ordinary.server_micros);
    ordinary_times.push_back(ordinary.p50_millis);
    heavy_times.push_back(heavy.p50_millis);
    time_ratios.push_back(heavy.p50_millis / ordinary.p50_millis);
  }
  report.Add(name + ", view, 40 facts: server CPU", Median(ordinary_micros), "us/call");
  report.Add(name + ", view, 10,000 facts: server CPU", Median(heavy_micros), "us/call")
      .Against(name + ", view, 40 facts: server CPU", Median(ratios))
      .RatioAtMost(3);
  report.Add(name + ", view, 40 facts: p50", Median(ordinary_times), "ms");
  report.Add(name + ", view, 10,000 facts: p50", Median(heavy_times), "ms")
      .Against(name + ", view, 40 facts: p50", Median(time_ratios))
      .RatioAtMost(3);
  return absl::OkStatus();
}

absl::Status TurnPages(const SuiteOptions& options, const std::string& name,
                       const ServerProcess& server, uint64_t facts, Report& report) {
  ASSIGN_OR_RETURN(const auto pages, PageTokens(server.address()));
  const auto& [tokens, entries] = pages;
  if (entries != facts) {
    return absl::InternalError(
        absl::StrCat("the timeline has ", entries, " entries instead of ", facts));
  }
  ASSIGN_OR_RETURN(const auto client, LoadClient::Connect(server.address(), kTimelineMethod));
  double worst_p50 = 0;
  double worst_p99 = 0;
  constexpr size_t kDepths = 5;
  for (size_t depth = 0; depth < kDepths; ++depth) {
    // The last page may be a short one.
    const size_t page = (tokens.size() - 2) * depth / (kDepths - 1);
    const std::string request = TimelineRequest(tokens[page]).SerializeAsString();
    ASSIGN_OR_RETURN(
        const LoadResult result,
        client->Run({.in_flight = 1,
                     .warm_up = absl::Milliseconds(50),
                     .duration = options.small ? absl::Milliseconds(100) : absl::Seconds(1)},
                    [&] { return absl::string_view(request); }));
    if (result.errors > 0) return absl::InternalError("a page failed");
    report.Add(absl::StrCat(name, ", timeline, page ", page + 1, " of ", tokens.size(), ": p50"),
               result.p50_millis, "ms");
    worst_p50 = std::max(worst_p50, result.p50_millis);
    worst_p99 = std::max(worst_p99, result.p99_millis);
  }
  report.Add(name + ", timeline, slowest depth: p50", worst_p50, "ms").AtMost(2);
  report.Add(name + ", timeline, slowest depth: p99", worst_p99, "ms");
  return absl::OkStatus();
}

}  // namespace

absl::Status RunHeavy(const SuiteOptions& options, Report& report) {
  constexpr uint64_t kFacts = 10000;
  for (const bool memory : {true, false}) {
    const std::string name = memory ? "memory" : "RocksDB";
    ASSIGN_OR_RETURN(
        const auto server,
        ServerProcess::Start(
            {"--storage",
             memory ? "memory:" : absl::StrCat("rocksdb:", options.directory, "/heavy"),
             "--customers", "100"}));
    const std::vector<std::string> batches = EncodeBatches(
        kFacts - kFactsPerCustomer, 1000, [](uint64_t i) { return FurtherFact(kHeavy, i); });
    RETURN_IF_ERROR(SendBatches(server->address(), batches, {}).status());
    RETURN_IF_ERROR(CompareViews(options, name, *server, report));
    RETURN_IF_ERROR(TurnPages(options, name, *server, kFacts, report));
    RETURN_IF_ERROR(server->Stop());
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
