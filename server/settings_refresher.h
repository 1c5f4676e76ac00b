// SettingsRefresher: makes this server follow settings that another server of the same store has
// changed.
#ifndef YILAN_SERVER_SETTINGS_REFRESHER_H_
#define YILAN_SERVER_SETTINGS_REFRESHER_H_

#include "absl/time/time.h"
#include "base/log.h"
#include "core/platform.h"
#include "server/periodic_thread.h"

namespace yilan::server {

// Looks once per interval, on a thread of its own, whether the settings in the store are others
// than those that hold here (two reads of one row while they are not): a change of another server
// is followed within the interval and the time of that read. While the store does not answer, what
// held holds on; that is logged when it begins and when it ends. `platform` and `log` outlive it.
class SettingsRefresher {
 public:
  SettingsRefresher(core::Platform& platform, Log& log, absl::Duration interval);

 private:
  void RefreshOnce();

  core::Platform& platform_;
  Log& log_;
  const absl::Duration interval_;
  bool failing_ = false;  // Of the thread alone.
  PeriodicThread thread_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_SETTINGS_REFRESHER_H_
