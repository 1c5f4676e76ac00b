#include "server/pending_resolver.h"

#include "absl/time/clock.h"
#include "core/call.h"

namespace yilan::server {
namespace {

constexpr size_t kAtOnce = 64;
// Of one run: long enough for many, short enough not to keep a server from ending.
constexpr absl::Duration kRunTime = absl::Seconds(5);

}  // namespace

PendingResolver::PendingResolver(core::Platform& platform, Log& log, absl::Duration interval)
    : platform_(platform), log_(log), thread_(interval, [this] { ResolveOnce(); }) {}

void PendingResolver::ResolveOnce() {
  const core::Call call = {.client = core::kOwnActor, .deadline = absl::Now() + kRunTime};
  const TimeMicros before = platform_.clock.Now() - absl::ToInt64Microseconds(kPatience);
  absl::Status status;
  while (status.ok() && absl::Now() < call.deadline) {
    const absl::StatusOr<size_t> found = platform_.resolver.ResolvePending(call, before, kAtOnce);
    status = found.status();
    if (!found.ok() || *found == 0) break;
    found_.fetch_add(*found, std::memory_order_relaxed);
    if (*found < kAtOnce) break;
  }
  if (!status.ok() && !failing_) {
    log_.Warning("subjects wait and cannot be resolved; it is tried again",
                 {{"error", status.message()}});
  }
  if (status.ok() && failing_) log_.Info("subjects that waited can be resolved again");
  failing_ = !status.ok();
}

}  // namespace yilan::server
