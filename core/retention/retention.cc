#include "core/retention/retention.h"

#include <cstdint>

#include "base/status_macros.h"

namespace yilan::core {
namespace {

// Whether the change at `sequence` was recorded before `cutoff`, or was trimmed already.
absl::StatusOr<bool> IsOld(storage::RecordStore& store, const storage::CallOptions& call,
                           int partition, uint64_t sequence, TimeMicros cutoff) {
  const auto page = store.Changes(call, partition, sequence - 1, 1);
  if (absl::IsOutOfRange(page.status())) return true;
  RETURN_IF_ERROR(page.status());
  return page->changes.empty() || page->changes[0].recorded_time < cutoff;
}

}  // namespace

absl::Status ForgetExpired(storage::RecordStore& store, const storage::CallOptions& call,
                           TimeMicros now, const Retention& retention) {
  RETURN_IF_ERROR(store.TrimRequests(call, now - absl::ToInt64Microseconds(retention.requests)));
  const TimeMicros cutoff = now - absl::ToInt64Microseconds(retention.changes);
  ASSIGN_OR_RETURN(const storage::Statistics statistics, store.GetStatistics(call));
  for (const storage::FeedBounds& feed : statistics.feeds) {
    uint64_t old = feed.trimmed;    // Known to be old.
    uint64_t young = feed.end + 1;  // Known not to be.
    while (young - old > 1) {
      const uint64_t middle = old + (young - old) / 2;
      ASSIGN_OR_RETURN(const bool is_old, IsOld(store, call, feed.partition, middle, cutoff));
      (is_old ? old : young) = middle;
    }
    if (old > feed.trimmed) RETURN_IF_ERROR(store.TrimChanges(call, feed.partition, old));
  }
  return absl::OkStatus();
}

}  // namespace yilan::core
