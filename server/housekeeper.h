// Housekeeper: forgets, from time to time, what the store keeps for a time only.
#ifndef YILAN_SERVER_HOUSEKEEPER_H_
#define YILAN_SERVER_HOUSEKEEPER_H_

#include <thread>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "core/retention/retention.h"
#include "storage/record_store.h"

namespace yilan::server {

// Runs core::ForgetExpired on a thread of its own: first one interval after its start, so that a
// start is not slowed down, then once per interval. `store`, `clock` and `log` outlive it. A run
// that fails is logged and tried again at the next turn.
class Housekeeper {
 public:
  Housekeeper(storage::RecordStore& store, const Clock& clock, Log& log,
              const core::Retention& retention, absl::Duration interval);
  ~Housekeeper();  // Waits for a run under way.
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

 private:
  void Loop();

  storage::RecordStore& store_;
  const Clock& clock_;
  Log& log_;
  const core::Retention retention_;
  const absl::Duration interval_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_HOUSEKEEPER_H_
