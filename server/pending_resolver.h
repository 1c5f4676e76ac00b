// PendingResolver: resolves the subjects whose own call could not.
#ifndef YILAN_SERVER_PENDING_RESOLVER_H_
#define YILAN_SERVER_PENDING_RESOLVER_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/platform.h"
#include "server/periodic_thread.h"

namespace yilan::server {

// A write that changes what identity rests on resolves its subject in a second transaction; if the
// server dies in between, or the store does not answer then, the subject waits. Once per interval
// this looks for those that have waited for kPatience, and resolves them. Several servers of one
// store may do so at once: what one of them has resolved no longer waits for the others. `platform`
// and `log` outlive it.
class PendingResolver {
 public:
  // Longer than calls take that are going to resolve their subject themselves.
  static constexpr absl::Duration kPatience = absl::Seconds(5);

  PendingResolver(core::Platform& platform, Log& log, absl::Duration interval);

  // How many it has found so far; for metrics.
  uint64_t found() const { return found_.load(std::memory_order_relaxed); }

 private:
  void ResolveOnce();

  core::Platform& platform_;
  Log& log_;
  bool failing_ = false;  // Of the thread alone.
  std::atomic<uint64_t> found_{0};
  PeriodicThread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_PENDING_RESOLVER_H_
