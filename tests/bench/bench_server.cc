// bench_server: the server itself over a store that was filled in bulk, for benchmarks.
//
//   bench_server --storage memory: --customers 1000000 --view-cache 7000 --warm
//
// Prints one line when it serves, and one for each line it reads; ends with its input. A line is
// made of `name=value`, separated by blanks (server_process.h reads it).
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "core/views/views.h"
#include "jemalloc/jemalloc.h"
#include "server/config/config.h"
#include "server/metrics/store_observer.h"
#include "server/open_store.h"
#include "server/serve.h"
#include "server/server.h"
#include "storage/observed_store.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/operator_facts.h"
#include "tests/bench/process_figures.h"

namespace yilan::bench {
namespace {

constexpr uint64_t kTemplates = 500;

struct Options {
  std::string storage = "memory:";
  std::string listen = "127.0.0.1:0";
  uint64_t customers = 1000;
  size_t view_cache_mib = 0;
  size_t storage_cache_mib = 0;
  bool warm = false;
};

v1::GetCustomerViewRequest RequestFor(uint64_t number) {
  v1::GetCustomerViewRequest request;
  request.mutable_customer()->set_customer_id(BulkCustomerId(number).ToString());
  return request;
}

// Waits until the store has put in order what the loading left: that is no cost of what comes.
absl::Status Settle(storage::RecordStore& store) {
  for (;;) {
    ASSIGN_OR_RETURN(const storage::Statistics statistics, store.GetStatistics({}));
    double left = 0;
    for (const auto& [name, value] : statistics.gauges) {
      if (name == "pending_compaction_bytes" || name == "running_compactions") left += value;
    }
    if (left == 0) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(100));
  }
}

// Memory in use: the pages with anything in them, and the allocator's own. Without what it keeps
// for later, for what loading took and gave back would count among what the customers take.
// (Handing that back to the system first would tear up the huge pages.)
uint64_t MemoryInUse() {
  uint64_t epoch = 1;
  mallctl("epoch", nullptr, nullptr, &epoch, sizeof(epoch));
  uint64_t sum = 0;
  for (const char* name : {"stats.active", "stats.metadata"}) {
    size_t bytes = 0;
    size_t size = sizeof(bytes);
    mallctl(name, &bytes, &size, nullptr, 0);
    sum += bytes;
  }
  return sum;
}

// Mean size of the answers to GetCustomerView, so that the floor can answer with as much.
absl::StatusOr<size_t> MeanViewBytes(storage::RecordStore& store, const Clock& clock,
                                     uint64_t customers) {
  core::ActiveSurvivorship survivorship(store, clock);
  core::Views views(store, clock, survivorship, 0);
  const uint64_t count = std::min<uint64_t>(customers, 2 * kTemplates);
  size_t bytes = 0;
  for (uint64_t number = 0; number < count; ++number) {
    ASSIGN_OR_RETURN(const core::SharedBytes view, views.Get({}, RequestFor(number)));
    bytes += view->size();
  }
  return count == 0 ? size_t{1000} : bytes / count;
}

std::string Figures(server::Server& server, storage::RecordStore& store) {
  const core::ViewCacheFigures cache = server.platform().views.figures();
  std::string text =
      absl::StrCat("memory=", MemoryInUse(), " resident=", ResidentBytes(getpid()),
                   " view_hits=", cache.hits, " view_misses=", cache.misses,
                   " view_entries=", cache.entries, " view_bytes_held=", cache.bytes);
  const auto statistics = store.GetStatistics({});
  if (!statistics.ok()) return text;
  for (const auto& [name, value] : statistics->gauges) {
    absl::StrAppend(&text, " store_", name, "=", static_cast<int64_t>(value));
  }
  return text;
}

std::string Password() {
  const char* const password = std::getenv("YILAN_MYSQL_PASSWORD");
  return password == nullptr ? "" : password;
}

std::pair<const std::string, server::GivenValue> Flag(const char* name, const std::string& value) {
  return {name, {.value = value, .source = "flag"}};
}

absl::Status Run(const Options& options, Log& log) {
  const SystemClock clock;
  IdGenerator ids(clock);
  const auto observer = std::make_shared<server::StoreObserver>();
  ASSIGN_OR_RETURN(auto opened,
                   server::OpenStore({.storage = options.storage,
                                      .cache_bytes = options.storage_cache_mib > 0
                                                         ? options.storage_cache_mib << 20
                                                         : server::SuitableCacheBytes(),
                                      .mysql_password = Password()},
                                     /*must_exist=*/false));
  const auto store = std::make_unique<storage::ObservedStore>(std::move(opened), *observer);
  ASSIGN_OR_RETURN(const storage::Statistics before, store->GetStatistics({}));
  const uint64_t memory_empty = MemoryInUse();
  absl::Duration load_time;
  double payload_bytes = 0;
  if (before.customers == 0) {
    ASSIGN_OR_RETURN(const auto bulk, BulkCustomers::Make(std::min(options.customers, kTemplates)));
    payload_bytes = options.customers == 0 ? 0 : bulk->mean_payload_bytes();
    const absl::Time begin = absl::Now();
    RETURN_IF_ERROR(bulk->Load(*store, 0, options.customers));
    load_time = absl::Now() - begin;
    RETURN_IF_ERROR(Settle(*store));
  } else if (before.customers < options.customers) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the store has ", before.customers, " customers already, but not ", options.customers));
  }
  const uint64_t memory_loaded = MemoryInUse();
  ASSIGN_OR_RETURN(const size_t view_bytes, MeanViewBytes(*store, clock, options.customers));

  ASSIGN_OR_RETURN(
      const server::LoadedConfig config,
      server::MergeConfig(
          {Flag("listen", options.listen), Flag("storage", options.storage),
           Flag("view-cache-bytes", absl::StrCat(options.view_cache_mib, "MiB")),
           Flag("metrics-listen", "127.0.0.1:0"), Flag("bench-floor", absl::StrCat(view_bytes))},
          {}, {}));
  ASSIGN_OR_RETURN(server::ServerOptions server_options, server::OptionsOf(config.config));
  server_options.more_metrics.push_back(observer);
  ASSIGN_OR_RETURN(const auto server,
                   server::Server::Start(server_options, *store, clock, ids, log));
  const absl::Time warm_begin = absl::Now();
  if (options.warm) {
    for (uint64_t number = 0; number < options.customers; ++number) {
      RETURN_IF_ERROR(server->platform().views.Get({}, RequestFor(number)).status());
    }
  }
  std::cout << "address=" << server->address()->ToString() << " customers=" << options.customers
            << " view_bytes=" << view_bytes << " payload_bytes=" << payload_bytes
            << " memory_empty=" << memory_empty << " memory_loaded=" << memory_loaded
            << " load_seconds=" << absl::ToDoubleSeconds(load_time)
            << " warm_seconds=" << absl::ToDoubleSeconds(absl::Now() - warm_begin) << " "
            << Figures(*server, *store) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << Figures(*server, *store) << std::endl;
  }
  return server->Drain() ? absl::OkStatus() : absl::InternalError("calls had to be cut off");
}

}  // namespace
}  // namespace yilan::bench

int main(int argc, char** argv) {
  yilan::bench::Options options;
  CLI::App app("The server over a store that was filled in bulk, for benchmarks");
  app.add_option("--storage", options.storage, "As --storage of yilan-server");
  app.add_option("--listen", options.listen, "HOST:PORT or unix:PATH");
  app.add_option("--customers", options.customers, "Customers to load, unless the store has them");
  app.add_option("--view-cache", options.view_cache_mib, "MiB for views; 0 for no cache");
  app.add_option("--storage-cache", options.storage_cache_mib,
                 "MiB for what was read of rocksdb:; 0 for what suits the machine");
  app.add_flag("--warm", options.warm, "Read every view once before serving");
  CLI11_PARSE(app, argc, argv);
  yilan::Log log(STDERR_FILENO, yilan::Severity::kError);
  yilan::server::PrepareProcess(log);
  if (const absl::Status status = yilan::bench::Run(options, log); !status.ok()) {
    std::fprintf(stderr, "bench_server: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}
