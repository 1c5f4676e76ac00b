// The change feed, trimming, lists and figures of RocksDbStore.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage {

using rocks::Family;
using rocks::LiveDatabase;
using rocks::Snapshot;
using rocks::ToSlice;
using rocks::ToView;

namespace {

// Requests forgotten in one commit.
constexpr size_t kRequestsPerTrim = 4096;

std::vector<std::pair<std::string, double>> Gauges(rocks::Database& database) {
  rocksdb::DB& db = database.db();
  std::vector<std::pair<std::string, double>> gauges;
  gauges.emplace_back("block_cache_bytes", static_cast<double>(database.block_cache().GetUsage()));
  const std::pair<const char*, const std::string&> kProperties[] = {
      {"memtable_bytes", rocksdb::DB::Properties::kCurSizeAllMemTables},
      {"table_reader_bytes", rocksdb::DB::Properties::kEstimateTableReadersMem},
      {"live_file_bytes", rocksdb::DB::Properties::kLiveSstFilesSize},
      {"pending_compaction_bytes", rocksdb::DB::Properties::kEstimatePendingCompactionBytes},
  };
  for (const auto& [name, property] : kProperties) {
    uint64_t value = 0;
    if (db.GetAggregatedIntProperty(property, &value)) {
      gauges.emplace_back(name, static_cast<double>(value));
    }
  }
  uint64_t compactions = 0;
  if (db.GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &compactions)) {
    gauges.emplace_back("running_compactions", static_cast<double>(compactions));
  }
  std::vector<std::string> files;
  uint64_t log_bytes = 0;
  rocksdb::Env* const env = db.GetEnv();
  if (env->GetChildren(db.GetName(), &files).ok()) {
    for (const std::string& file : files) {
      uint64_t bytes = 0;
      if (absl::EndsWith(file, ".log") &&
          env->GetFileSize(absl::StrCat(db.GetName(), "/", file), &bytes).ok()) {
        log_bytes += bytes;
      }
    }
  }
  gauges.emplace_back("wal_bytes", static_cast<double>(log_bytes));
  return gauges;
}

}  // namespace

absl::StatusOr<ChangePage> RocksDbStore::Changes(const CallOptions& call, int partition,
                                                 uint64_t after, size_t max) {
  RETURN_IF_ERROR(CheckPartition(partition));
  ChangePage page;
  RETURN_IF_ERROR(ReadBulk(call, [&](BulkReader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(page, reader.Changes(partition, after, max));
    return absl::OkStatus();
  }));
  return page;
}

absl::Status RocksDbStore::TrimChanges(const CallOptions& call, int partition, uint64_t through) {
  RETURN_IF_ERROR(CheckPartition(partition));
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  FeedBounds bounds = use.commits().counters().feed[static_cast<size_t>(partition)];
  const uint64_t trimmed = std::min(through, bounds.end);
  if (trimmed <= bounds.trimmed) return absl::OkStatus();
  rocks::PendingCommit commit;
  commit.batch.DeleteRange(use.database().handle(Family::kChanges),
                           rows::ChangeRow(partition, bounds.trimmed + 1),
                           rows::ChangeRow(partition, trimmed + 1));
  bounds.trimmed = trimmed;
  commit.moved.push_back(bounds);
  return use.commits().Commit(commit, call.deadline);
}

absl::Status RocksDbStore::TrimRequests(const CallOptions& call, TimeMicros before) {
  // Two at a time could forget what was stored anew after the first forgot it; an import likewise.
  MutexLock lock(trim_requests_mutex_);
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  ASSIGN_OR_RETURN(const rocks::Gate::Pass pass,
                   import_gate_.Enter(rocks::Gate::Mode::kShared, call.deadline));
  rocksdb::ColumnFamilyHandle* const handle = use.database().handle(Family::kRequests);
  const Snapshot snapshot(use.database());
  const std::unique_ptr<rocksdb::Iterator> rows =
      use.database().NewBulkIterator(snapshot.get(), Family::kRequests);
  const std::string limit = rows::RequestTimeBound(before);
  rows->Seek(ToSlice(absl::string_view(&rows::kRequestTimePrefix, 1)));
  bool more = true;
  while (more) {
    RETURN_IF_ERROR(CheckDeadline(call));
    rocks::PendingCommit commit;
    size_t count = 0;
    while ((more = rows->Valid() && ToView(rows->key()) < limit) && count++ < kRequestsPerTrim) {
      ASSIGN_OR_RETURN(const RequestKey key, rows::RequestKeyOfTimeRow(ToView(rows->key())));
      commit.batch.Delete(handle, rows->key());
      commit.batch.Delete(handle, rows::RequestRow(key));
      rows->Next();
    }
    if (!rows->status().ok()) return rocks::ReadError(rows->status(), "reading requests");
    if (count > 0) RETURN_IF_ERROR(use.commits().Commit(commit, call.deadline));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CustomerState>> RocksDbStore::ListCustomers(const CallOptions& call,
                                                                       CustomerId after,
                                                                       size_t max) {
  std::vector<CustomerState> customers;
  RETURN_IF_ERROR(ReadBulk(call, [&](BulkReader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(customers, reader.ListCustomers(after, max));
    return absl::OkStatus();
  }));
  return customers;
}

absl::StatusOr<Statistics> RocksDbStore::GetStatistics(const CallOptions& call) {
  RETURN_IF_ERROR(CheckDeadline(call));
  ASSIGN_OR_RETURN(const LiveDatabase::Use use, live_->Enter(call.deadline));
  const rows::Counters counters = use.commits().counters();
  const rows::Totals& totals = counters.totals;
  Statistics statistics{.customers = static_cast<uint64_t>(totals.customers),
                        .subjects = static_cast<uint64_t>(totals.subjects)};
  for (const auto& [kind, count] : totals.records) {
    if (count != 0) statistics.records.emplace_back(kind, static_cast<uint64_t>(count));
  }
  for (const FeedBounds& bounds : counters.feed) {
    if (bounds.end > 0) statistics.feeds.push_back(bounds);
  }
  statistics.gauges = Gauges(use.database());
  return statistics;
}

}  // namespace yilan::storage
