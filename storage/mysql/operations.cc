// MySqlStore: the feed, listings, statistics, export and import.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/mysql/entry_source.h"
#include "storage/mysql/entry_writer.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/plan_locks.h"
#include "storage/mysql/statements.h"
#include "storage/mysql/verify_entries.h"
#include "storage/rows/bulk_reader.h"
#include "storage/rows/counters.h"
#include "storage/rows/export.h"
#include "storage/rows/importer.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"
#include "storage/rows/verify.h"

namespace yilan::storage {
namespace {

using mysql::EntrySource;
using mysql::EntryWriter;
using mysql::Session;
using rows::Family;

// Requests forgotten in one transaction.
constexpr size_t kRequestsPerTrim = 1024;

}  // namespace

absl::StatusOr<ChangePage> MySqlStore::Changes(const CallOptions& call, int partition,
                                               uint64_t after, size_t max) {
  RETURN_IF_ERROR(CheckPartition(partition));
  ChangePage page;
  RETURN_IF_ERROR(ReadBulk(call, [&](BulkReader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(page, reader.Changes(partition, after, max));
    return absl::OkStatus();
  }));
  return page;
}

absl::Status MySqlStore::TrimChanges(const CallOptions& call, int partition, uint64_t through) {
  RETURN_IF_ERROR(CheckPartition(partition));
  return InTransaction(call, [&](Session& session) -> absl::Status {
    FeedBounds bounds{.partition = partition};
    RETURN_IF_ERROR(
        session.Query(mysql::LockNames(1),
                      {static_cast<uint64_t>(mysql::Space::kMeta), rows::BoundsRow(partition)},
                      [&](const mysql::RowView& row) -> absl::Status {
                        ASSIGN_OR_RETURN(bounds, rows::ParseBounds(partition, row.bytes(1)));
                        return absl::OkStatus();
                      }));
    const uint64_t trimmed = std::min(through, bounds.end);
    if (trimmed <= bounds.trimmed) return session.Rollback();
    RETURN_IF_ERROR(
        session
            .Update(mysql::DeleteRange(), {static_cast<uint64_t>(mysql::Space::kChanges),
                                           rows::ChangeRow(partition, bounds.trimmed + 1),
                                           rows::ChangeRow(partition, trimmed + 1)})
            .status());
    bounds.trimmed = trimmed;
    RETURN_IF_ERROR(session
                        .Update(mysql::Upsert(1), {static_cast<uint64_t>(mysql::Space::kMeta),
                                                   absl::string_view(), rows::BoundsRow(partition),
                                                   uint64_t{0}, rows::BoundsValue(bounds)})
                        .status());
    return session.Commit();
  });
}

absl::Status MySqlStore::TrimRequests(const CallOptions& call, TimeMicros before) {
  const std::string limit = rows::RequestTimeBound(before);
  bool more = true;
  while (more) {
    RETURN_IF_ERROR(InTransaction(call, [&](Session& session) -> absl::Status {
      // By age and locked, so that two who trim do not forget what was stored anew in between.
      std::vector<std::string> old;
      RETURN_IF_ERROR(session.Query(
          mysql::LockRange(),
          {static_cast<uint64_t>(mysql::Space::kRequests),
           absl::string_view(&rows::kRequestTimePrefix, 1), limit, uint64_t{kRequestsPerTrim}},
          [&](const mysql::RowView& row) {
            old.emplace_back(row.bytes(0));
            return absl::OkStatus();
          }));
      more = old.size() == kRequestsPerTrim;
      if (old.empty()) return session.Rollback();
      rows::RowCommit commit;
      for (std::string& row : old) {
        ASSIGN_OR_RETURN(const RequestKey key, rows::RequestKeyOfTimeRow(row));
        commit.overlay.Delete(Family::kRequests, rows::RequestRow(key));
        commit.overlay.Delete(Family::kRequests, std::move(row));
      }
      EntryWriter writer(session);
      RETURN_IF_ERROR(writer.WriteRows(commit, {.members = {}, .keys = {}}));
      return session.Commit();
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CustomerState>> MySqlStore::ListCustomers(const CallOptions& call,
                                                                     CustomerId after, size_t max) {
  std::vector<CustomerState> customers;
  RETURN_IF_ERROR(ReadBulk(call, [&](BulkReader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(customers, reader.ListCustomers(after, max));
    return absl::OkStatus();
  }));
  return customers;
}

absl::StatusOr<Statistics> MySqlStore::GetStatistics(const CallOptions& call) {
  Statistics statistics;
  RETURN_IF_ERROR(OnSnapshot(call, [&](Session& session) -> absl::Status {
    EntrySource source(session);
    ASSIGN_OR_RETURN(const rows::Counters counters, rows::ReadCounters(source));
    statistics.customers = static_cast<uint64_t>(counters.totals.customers);
    statistics.subjects = static_cast<uint64_t>(counters.totals.subjects);
    for (const auto& [kind, count] : counters.totals.records) {
      if (count != 0) statistics.records.emplace_back(kind, static_cast<uint64_t>(count));
    }
    statistics.feeds = counters.Feeds();
    return absl::OkStatus();
  }));
  const mysql::Pool::Figures figures = pool_.figures();
  statistics.gauges = {{"connections_open", static_cast<double>(figures.open)},
                       {"connections_idle", static_cast<double>(figures.idle)},
                       {"connection_waiters", static_cast<double>(figures.waiting)},
                       {"connects", static_cast<double>(figures.connects)},
                       {"connect_failures", static_cast<double>(figures.failures)}};
  return statistics;
}

absl::Status MySqlStore::ReadBulk(const CallOptions& call,
                                  absl::FunctionRef<absl::Status(BulkReader&)> body) {
  return OnSnapshot(call, [&](Session& session) {
    EntrySource source(session);
    rows::RowBulkReader reader(source, call);
    return body(reader);
  });
}

absl::Status MySqlStore::Export(const CallOptions& call, ExportVisitor visit) {
  return OnSnapshot(call, [&](Session& session) {
    EntrySource source(session);
    return rows::ExportRows(source, call, visit);
  });
}

std::vector<std::string> MySqlStore::Advice(const CallOptions& call) {
  uint64_t flush = 1;
  uint64_t binary_log = 1;
  uint64_t sync = 1;
  bool galera = false;
  const auto ask = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const mysql::Pool::Lease session,
                     Acquire(Session::Mode::kRead, call.deadline));
    galera = session->galera();
    return session->Query("SELECT @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog", {},
                          [&](const mysql::RowView& row) {
                            flush = row.number(0);
                            binary_log = row.number(1);
                            sync = row.number(2);
                            return absl::OkStatus();
                          });
  };
  std::vector<std::string> advice;
  if (!ask().ok()) return advice;
  if (flush != 1) {
    advice.push_back(absl::StrCat(
        "innodb_flush_log_at_trx_commit of the database is ", flush,
        ": a write that was acknowledged is lost when its machine fails; set it to 1"));
  }
  // A Galera node that crashed takes what it lacks from the others.
  if (!galera && (binary_log == 0 || sync != 1)) {
    advice.push_back(absl::StrCat(binary_log == 0
                                      ? "the database has no binary log"
                                      : absl::StrCat("sync_binlog of the database is ", sync),
                                  ": it shows commits before they are on disk, so that what was "
                                  "read may be gone after it has "
                                  "crashed; set log_bin, and sync_binlog = 1"));
  }
  return advice;
}

absl::Status MySqlStore::Verify(const CallOptions& call) {
  return OnSnapshot(call, [&](Session& session) -> absl::Status {
    RETURN_IF_ERROR(mysql::VerifyEntries(session, call));
    EntrySource source(session);
    return rows::VerifyRows(source, call);
  });
}

absl::Status MySqlStore::Import(const CallOptions& call, absl::Span<const ExportEntry> entries) {
  std::vector<ExportEntry> normal(entries.begin(), entries.end());
  WritePlan plan;
  for (ExportEntry& entry : normal) {
    RETURN_IF_ERROR(NormalizeEntry(entry));
    if (const auto* state = std::get_if<CustomerState>(&entry)) {
      plan.customers.push_back(state->customer);
    }
  }
  std::sort(plan.customers.begin(), plan.customers.end());
  plan.customers.erase(std::unique(plan.customers.begin(), plan.customers.end()),
                       plan.customers.end());
  return InTransaction(call, [&](Session& session) -> absl::Status {
    EntrySource source(session);
    // Who imports is alone with the counters, as who commits: imports run one after the other.
    std::vector<std::string> heads;
    heads.reserve(kFeedPartitions);
    for (int i = 0; i < kFeedPartitions; ++i) heads.push_back(rows::BoundsRow(i));
    std::vector<mysql::Param> params = {static_cast<uint64_t>(mysql::Space::kMeta)};
    for (const std::string& head : heads) params.emplace_back(absl::string_view(head));
    mysql::PlanLocks locks(session, plan);
    RETURN_IF_ERROR(locks.Acquire(source));
    RETURN_IF_ERROR(session.Query(mysql::LockNames(heads.size()), params,
                                  [](const mysql::RowView&) { return absl::OkStatus(); }));
    ASSIGN_OR_RETURN(const rows::Counters counters, rows::ReadCounters(source));
    rows::Importer importer(source, call, counters);
    RETURN_IF_ERROR(importer.ReadAhead(normal));
    for (const ExportEntry& entry : normal) RETURN_IF_ERROR(importer.Add(entry));
    ASSIGN_OR_RETURN(const rows::RowCommit commit, importer.Prepare());
    // As committed, of whoever gains or loses members.
    mysql::MembersByCustomer before;
    for (const CustomerState& state : commit.customers) {
      std::string value;
      ASSIGN_OR_RETURN(const bool found,
                       source.Get(Family::kDirectory, rows::CustomerRow(state.customer), value));
      if (!found) continue;
      ASSIGN_OR_RETURN(CustomerState old, rows::ParseCustomer(state.customer, value));
      before[state.customer] = std::move(old.members);
    }
    EntryWriter writer(session);
    RETURN_IF_ERROR(writer.WriteImportedRows(commit, before));
    RETURN_IF_ERROR(writer.WriteFeed(commit));
    return session.Commit();
  });
}

}  // namespace yilan::storage
