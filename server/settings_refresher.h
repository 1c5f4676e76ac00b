// SettingsRefresher: makes this server follow settings that another server of the same store has
// changed.
#ifndef YILAN_SERVER_SETTINGS_REFRESHER_H_
#define YILAN_SERVER_SETTINGS_REFRESHER_H_

#include <thread>

#include "absl/time/time.h"
#include "base/log.h"
#include "base/mutex.h"
#include "core/platform.h"

namespace yilan::server {

// Looks once per interval, on a thread of its own, whether the settings in the store are others
// than those that hold here (one read of one row while they are not): a change of another server is
// followed within the interval and the time of that read. While the store does not answer, what
// held holds on; that is logged when it begins and when it ends. `platform` and `log` outlive it.
class SettingsRefresher {
 public:
  SettingsRefresher(core::Platform& platform, Log& log, absl::Duration interval);
  ~SettingsRefresher();  // Waits for a read under way, which takes no longer than an interval.
  SettingsRefresher(const SettingsRefresher&) = delete;
  SettingsRefresher& operator=(const SettingsRefresher&) = delete;

 private:
  void Loop();
  void RefreshOnce();

  core::Platform& platform_;
  Log& log_;
  const absl::Duration interval_;
  bool failing_ = false;  // Of the thread alone.
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_SETTINGS_REFRESHER_H_
