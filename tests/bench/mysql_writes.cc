// The suite `mysql`: single writes against a bare loop that repeats their statements.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "core/platform.h"
#include "tests/bench/bulk_load.h"
#include "tests/bench/mysql_bench.h"
#include "tests/bench/operator_facts.h"
#include "tests/bench/view_load.h"
#include "yilan/v1/billing_service.pb.h"

namespace yilan::bench {
namespace {

constexpr int kWriters = 16;

// A statement with its values.
struct Said {
  std::string sql;
  std::vector<Param> params;
  std::vector<std::string> bytes;  // That `params` point into.
};
using Dialogue = std::vector<Said>;

// Writes down what is said in the transactions that are committed. Thread-safe.
class Recorder final : public storage::mysql::StatementObserver {
 public:
  void OnStatement(uint64_t connection, absl::string_view sql,
                   absl::Span<const Param> params) override {
    if (absl::StartsWith(sql, "SET ")) return;  // A connection that changes its mode.
    Said said{std::string(sql), {params.begin(), params.end()}, {}};
    said.bytes.reserve(params.size());
    for (Param& param : said.params) {
      if (const auto* bytes = std::get_if<absl::string_view>(&param)) {
        param = absl::string_view(said.bytes.emplace_back(*bytes));
      }
    }
    MutexLock lock(mutex_);
    Dialogue& open = open_[connection];
    const bool rolled_back = said.sql == "ROLLBACK";
    const bool committed = said.sql == "COMMIT";
    open.push_back(std::move(said));
    if (committed) committed_.push_back(std::move(open));
    if (committed || rolled_back) open.clear();
  }
  // What was committed since the last call.
  std::vector<Dialogue> Take() {
    MutexLock lock(mutex_);
    return std::exchange(committed_, {});
  }

 private:
  Mutex mutex_;
  std::map<uint64_t, Dialogue> open_ ABSL_GUARDED_BY(mutex_);
  std::vector<Dialogue> committed_ ABSL_GUARDED_BY(mutex_);
};

absl::Status Repeat(BareConnection& connection, const Dialogue& dialogue) {
  for (const Said& said : dialogue) {
    if (said.params.empty()) {
      RETURN_IF_ERROR(connection.Execute(said.sql));
      continue;
    }
    ASSIGN_OR_RETURN(BareStatement* const statement, connection.Prepare(said.sql));
    RETURN_IF_ERROR(statement->Run(said.params).status());
  }
  return absl::OkStatus();
}

}  // namespace

v1::UpsertCustomerBillRequest BillOf(uint64_t customer, uint64_t sequence, IdGenerator& ids) {
  v1::UpsertCustomerBillRequest request;
  request.set_request_id(ids.NextUuid());
  for (uint64_t i = 0;; ++i) {
    v1::Fact fact = FurtherFact(customer, sequence * kFurtherKinds + i);
    if (!fact.has_customer_bill()) continue;
    *request.mutable_customer_bill() = std::move(*fact.mutable_customer_bill());
    return request;
  }
}

absl::Status MeasureMySqlWrites(const SuiteOptions& options, MariaDbServer& server,
                                Report& report) {
  const uint64_t customers = options.small ? 200 : 10000;
  const uint64_t writes = options.small ? 200 : 2000;
  Recorder recorder;
  ASSIGN_OR_RETURN(const MySqlDatabase ours, MakeMySqlDatabase(server, &recorder));
  ASSIGN_OR_RETURN(const MySqlDatabase bare, MakeMySqlDatabase(server));
  ASSIGN_OR_RETURN(const auto bulk, BulkCustomers::Make(options.small ? 20 : 300));
  for (const MySqlDatabase* database : {&ours, &bare}) {
    RETURN_IF_ERROR(bulk->Load(*database->store, 0, customers));
  }
  recorder.Take();
  const SystemClock clock;
  IdGenerator ids(clock);
  core::Platform platform(*ours.store, clock, ids, size_t{1} << 20, core::RunSerially);
  ASSIGN_OR_RETURN(const BareConnections connections, ConnectBare(server, bare, kWriters));
  for (const auto& connection : connections) {
    RETURN_IF_ERROR(connection->Execute("SET autocommit = 0"));
    RETURN_IF_ERROR(connection->Execute("SET tx_isolation = 'READ-COMMITTED'"));
  }

  uint64_t sequence = 0;
  for (const bool hot : {false, true}) {
    std::vector<double> our_rates, bare_rates, ratios, statements;
    ASSIGN_OR_RETURN(
        const storage::LoadedCustomer before,
        ours.store->LoadCustomer({}, BulkCustomerId(0), {},
                                 [](const storage::RecordView&) { return absl::OkStatus(); }));
    uint64_t written = 0;
    for (int round = 0; round < 1 + options.Rounds(7); ++round) {
      std::vector<v1::UpsertCustomerBillRequest> requests;
      for (uint64_t i = 0; i < writes; ++i) {
        const uint64_t customer = hot ? 0 : 1 + (i * 7919) % (customers - 1);
        requests.push_back(BillOf(customer, sequence++, ids));
      }
      ASSIGN_OR_RETURN(const double our_rate,
                       RateOfAll(kWriters, writes, [&](int, uint64_t n) -> absl::Status {
                         v1::UpsertCustomerBillResponse response;
                         return platform.facts.Upsert({.client = "bench"}, requests[n], response);
                       }));
      written += writes;
      const std::vector<Dialogue> said = recorder.Take();
      if (said.size() != writes) {
        return absl::InternalError(
            absl::StrCat(writes, " writes were ", said.size(), " transactions"));
      }
      ASSIGN_OR_RETURN(const double bare_rate,
                       RateOfAll(kWriters, writes, [&](int thread, uint64_t n) -> absl::Status {
                         return Repeat(*connections[static_cast<size_t>(thread)], said[n]);
                       }));
      if (round == 0) continue;
      our_rates.push_back(our_rate);
      bare_rates.push_back(bare_rate);
      ratios.push_back(our_rate / bare_rate);
      statements.push_back(static_cast<double>(said.back().size()));
    }
    const std::string of = hot ? ", one customer" : ", distinct customers";
    report.Add(absl::StrCat("bare loop of the writes, 16 in flight", of), Median(bare_rates),
               "1/s");
    report.Add(absl::StrCat("single writes, 16 in flight", of), Median(our_rates), "1/s")
        .Against(absl::StrCat("bare loop of the writes, 16 in flight", of), Median(ratios))
        .RatioAtLeast(hot ? 0.8 : 0.7);
    report.Add(absl::StrCat("statements of a write", of), Median(statements), "").AtMost(9);
    if (!hot) continue;
    ASSIGN_OR_RETURN(
        const storage::LoadedCustomer after,
        ours.store->LoadCustomer({}, BulkCustomerId(0), {},
                                 [](const storage::RecordView&) { return absl::OkStatus(); }));
    report
        .Add("writes of one customer that were lost",
             static_cast<double>(before.state.revision + written - after.state.revision), "")
        .AtMost(0);
  }
  return absl::OkStatus();
}

}  // namespace yilan::bench
