// BackgroundWork: one long piece of work at a time, on a thread of its own, that ends when its
// owner does.
//
//   work_.Start([this] { while (… && work_.Pause(absl::Seconds(1))) …; });
#ifndef YILAN_CORE_OPERATIONS_BACKGROUND_WORK_H_
#define YILAN_CORE_OPERATIONS_BACKGROUND_WORK_H_

#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace yilan::core {

// Thread-safe. What the work uses is declared before it, so that it outlives the thread.
class BackgroundWork {
 public:
  BackgroundWork() = default;
  // Tells the work to stop, and waits for that.
  ~BackgroundWork();
  BackgroundWork(const BackgroundWork&) = delete;
  BackgroundWork& operator=(const BackgroundWork&) = delete;

  // Runs `work` in place of one that ran before, which is told to stop and waited for.
  void Start(std::function<void()> work);

  // For the work itself. Waits; false when it is to stop, which it then does soon.
  bool Pause(absl::Duration duration);
  bool GoesOn() { return Pause(absl::ZeroDuration()); }

 private:
  void StopLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(start_mutex_);

  Mutex start_mutex_;  // Held by who starts a thread; before `mutex_`.
  std::thread thread_ ABSL_GUARDED_BY(start_mutex_);
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_OPERATIONS_BACKGROUND_WORK_H_
