// Forgets what is kept for a time only: the answers to requests, and the change feed.
#ifndef YILAN_CORE_RETENTION_RETENTION_H_
#define YILAN_CORE_RETENTION_RETENTION_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "storage/record_store.h"

namespace yilan::core {

struct Retention {
  absl::Duration requests = absl::Hours(24 * 7);  // A request repeated later is a new one.
  absl::Duration changes = absl::Hours(
      24 * 30);  // A reader of the feed that is further behind must start from a snapshot.
};

// Forgets what is older at `now`. May be run at any time, by several servers; what is cut off
// half-way goes on at the next run.
absl::Status ForgetExpired(storage::RecordStore& store, const storage::CallOptions& call,
                           TimeMicros now, const Retention& retention);

}  // namespace yilan::core

#endif  // YILAN_CORE_RETENTION_RETENTION_H_
