// The suites `mysql` and `mysql-cost`: the backend on MariaDB against bare loops of the C API that
// say the same to the same server, and against itself with fewer customers.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "core/platform.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/mysql_bench.h"
#include "tests/bench/suites.h"
#include "tests/bench/view_load.h"
#include "yilan/v1/billing_service.pb.h"

namespace yilan::bench {
namespace {

absl::StatusOr<std::unique_ptr<MariaDbServer>> StartServer(const SuiteOptions& options) {
  return MariaDbServer::Start(
      {.parent_directory = options.directory,
       .extra_flags = {
           options.small ? "--innodb-buffer-pool-size=256M" : "--innodb-buffer-pool-size=10G",
           "--innodb-log-file-size=2G", "--innodb-flush-log-at-trx-commit=1"}});
}

absl::StatusOr<MySqlDatabase> MakeFilled(const SuiteOptions& options, MariaDbServer& server,
                                         uint64_t customers, Report& report) {
  ASSIGN_OR_RETURN(MySqlDatabase database, MakeMySqlDatabase(server));
  ASSIGN_OR_RETURN(const auto bulk, BulkCustomers::Make(options.small ? 20 : 300));
  const absl::Time begin = absl::Now();
  RETURN_IF_ERROR(bulk->Load(*database.store, 0, customers));
  report.Add(absl::StrCat("Import of ", customers, " customers"),
             static_cast<double>(customers * kRecordsPerCustomer) /
                 absl::ToDoubleSeconds(absl::Now() - begin),
             "records/s");
  return database;
}

}  // namespace

absl::Status RunMySql(const SuiteOptions& options, Report& report) {
  const uint64_t customers = options.customers > 0 ? options.customers
                             : options.small       ? 500
                                                   : 200000;
  ASSIGN_OR_RETURN(const auto server, StartServer(options));
  RETURN_IF_ERROR(MeasureMySqlWrites(options, *server, report));
  RETURN_IF_ERROR(MeasureMySqlIngest(options, *server, report));
  ASSIGN_OR_RETURN(const MySqlDatabase database, MakeFilled(options, *server, customers, report));
  RETURN_IF_ERROR(MeasureMySqlLoads(options, *server, database, customers, report));
  return MeasureMySqlViews(options, *server, database, customers, report);
}

absl::Status RunMySqlCost(const SuiteOptions& options, Report& report) {
  const uint64_t many = options.customers > 0 ? options.customers : options.small ? 1000 : 1000000;
  const uint64_t few = std::max<uint64_t>(many / 100, 1);
  // Of the many, so many are used over and over: they fit into the buffer pool, as does all that
  // leads to them.
  const uint64_t used = few;
  ASSIGN_OR_RETURN(const auto server, StartServer(options));
  struct Side {
    uint64_t customers = 0;
    MySqlDatabase database;
    std::unique_ptr<core::Platform> platform;
    std::vector<double> views, writes;
  };
  std::vector<Side> sides(2);
  const SystemClock clock;
  IdGenerator ids(clock);
  sides[0].customers = few;
  sides[1].customers = many;
  for (Side& side : sides) {
    ASSIGN_OR_RETURN(side.database, MakeFilled(options, *server, side.customers, report));
    side.platform = std::make_unique<core::Platform>(*side.database.store, clock, ids, size_t{0},
                                                     core::RunSerially);
  }
  std::vector<double> view_ratios, write_ratios;
  uint64_t sequence = 0;
  const uint64_t views = options.small ? 200 : 5000;
  const uint64_t writes = options.small ? 100 : 2000;
  constexpr int kThreads = 8;
  for (int round = 0; round < 2 + options.Rounds(7); ++round) {
    for (Side& side : sides) {
      const auto customer = [&](uint64_t n) {
        return (n * 2654435761u) % used * (side.customers / used);
      };
      ASSIGN_OR_RETURN(
          const double view_rate,
          RateOfAll(kThreads, round == 0 ? used : views, [&](int, uint64_t n) {
            v1::GetCustomerViewRequest request;
            request.mutable_customer()->set_customer_id(BulkCustomerId(customer(n)).ToString());
            return side.platform->views.Get({}, request).status();
          }));
      std::vector<v1::UpsertCustomerBillRequest> requests;
      for (uint64_t n = 0; n < writes; ++n) {
        requests.push_back(BillOf(customer(n), sequence++, ids));
      }
      ASSIGN_OR_RETURN(const double write_rate, RateOfAll(kThreads, writes, [&](int, uint64_t n) {
                         v1::UpsertCustomerBillResponse response;
                         return side.platform->facts.Upsert({.client = "bench"}, requests[n],
                                                            response);
                       }));
      if (round < 2) continue;
      side.views.push_back(1e6 / view_rate);
      side.writes.push_back(1e6 / write_rate);
    }
    if (round < 2) continue;
    view_ratios.push_back(sides[1].views.back() / sides[0].views.back());
    write_ratios.push_back(sides[1].writes.back() / sides[0].writes.back());
  }
  const auto add = [&](const char* what, std::vector<double> Side::*of,
                       const std::vector<double>& ratios) {
    const std::string reference = absl::StrCat(what, ", ", few, " customers");
    report.Add(reference, Median(sides[0].*of), "us");
    report.Add(absl::StrCat(what, ", ", many, " customers"), Median(sides[1].*of), "us")
        .Against(reference, Median(ratios))
        .RatioAtMost(1.3);
  };
  add("view, nothing cached", &Side::views, view_ratios);
  add("single write", &Side::writes, write_ratios);
  return absl::OkStatus();
}

}  // namespace yilan::bench
