#include "server/settings_refresher.h"

#include "absl/time/clock.h"

namespace yilan::server {

SettingsRefresher::SettingsRefresher(core::Platform& platform, Log& log, absl::Duration interval)
    : platform_(platform),
      log_(log),
      interval_(interval),
      thread_(interval, [this] { RefreshOnce(); }) {}

void SettingsRefresher::RefreshOnce() {
  const storage::CallOptions call = {.deadline = absl::Now() + interval_};
  absl::Status status = platform_.survivorship.Refresh(call);
  if (status.ok()) status = platform_.match_models.Refresh(call);
  if (!status.ok() && !failing_) {
    log_.Warning("the settings cannot be read; those read last hold on",
                 {{"error", status.message()}});
  }
  if (status.ok() && failing_) log_.Info("the settings can be read again");
  failing_ = !status.ok();
}

}  // namespace yilan::server
