#include "server/housekeeper.h"

#include <utility>

#include "absl/time/clock.h"

namespace yilan::server {
namespace {

// Long enough to trim a large feed, short enough not to keep a server from ending.
constexpr absl::Duration kRunTime = absl::Seconds(10);

}  // namespace

Housekeeper::Housekeeper(storage::RecordStore& store, const Clock& clock, Log& log,
                         const core::Retention& retention, absl::Duration interval)
    : store_(store), clock_(clock), log_(log), retention_(retention), thread_(interval, [this] {
        RunOnce();
      }) {}

void Housekeeper::RunOnce() {
  const absl::Status status =
      core::ForgetExpired(store_, {.deadline = absl::Now() + kRunTime}, clock_.Now(), retention_);
  if (!status.ok()) log_.Warning("forgetting what expired failed", {{"error", status.message()}});
}

}  // namespace yilan::server
