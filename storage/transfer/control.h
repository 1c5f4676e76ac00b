// How whoever runs a copy, a backup or a restore watches and stops it.
#ifndef YILAN_STORAGE_TRANSFER_CONTROL_H_
#define YILAN_STORAGE_TRANSFER_CONTROL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace yilan::storage::transfer {

enum class Phase {
  kScan,     // Reading customers, in order.
  kCatchUp,  // Reading again what was written meanwhile.
  kFollow,   // Caught up, and waiting for more.
  kFinish,   // The last of it, on one state of the source.
  kVerify,   // Reading back.
  kRestore,  // From a backup file.
};

struct Progress {
  Phase phase = Phase::kScan;
  uint64_t customers = 0;  // Read so far, also before a resumption …
  uint64_t records = 0;    // … with their records.
  uint64_t behind = 0;     // Changes that were not looked at yet.
  uint64_t blocks = 0;     // Of a backup file.
  uint64_t bytes = 0;      // Of a backup file, and how many there are.
  uint64_t total_bytes = 0;
};

// Called on the thread that copies.
class Control {
 public:
  virtual ~Control() = default;
  // Asked between pages; true ends the work with CANCELLED, but for following, which it completes.
  virtual bool StopRequested() { return false; }
  // Waits until stop is requested, or so long.
  virtual void Wait(absl::Duration) {}
  // After every page.
  virtual void Report(const Progress&) {}
};

inline absl::Status Stopped() {
  return absl::CancelledError("stopped; the same command again goes on from here");
}

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_CONTROL_H_
