// Housekeeper: forgets, from time to time, what the store keeps for a time only.
#ifndef YILAN_SERVER_HOUSEKEEPER_H_
#define YILAN_SERVER_HOUSEKEEPER_H_

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/retention/retention.h"
#include "server/periodic_thread.h"
#include "storage/record_store.h"

namespace yilan::server {

// Runs core::ForgetExpired on a thread of its own: first one interval after its start, so that a
// start is not slowed down, then once per interval. `store`, `clock` and `log` outlive it. A run
// that fails is logged and tried again at the next turn.
class Housekeeper {
 public:
  Housekeeper(storage::RecordStore& store, const Clock& clock, Log& log,
              const core::Retention& retention, absl::Duration interval);

 private:
  void RunOnce();

  storage::RecordStore& store_;
  const Clock& clock_;
  Log& log_;
  const core::Retention retention_;
  PeriodicThread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_HOUSEKEEPER_H_
