// Gate: many at a time, or one alone.
//
// Who waits to be alone lets nobody in any more, so a stream of others cannot keep it waiting for
// ever. Thread-safe.
//
//   ASSIGN_OR_RETURN(const Gate::Pass pass, gate.Enter(Gate::Mode::kShared, deadline));
#ifndef YILAN_STORAGE_ROCKSDB_GATE_H_
#define YILAN_STORAGE_ROCKSDB_GATE_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace yilan::storage::rocks {

class Gate {
 public:
  enum class Mode { kShared, kAlone };

  // Holds the gate until it goes.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), mode_(other.mode_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave(mode_);
    }

   private:
    friend class Gate;
    Pass(Gate* gate, Mode mode) : gate_(gate), mode_(mode) {}

    Gate* gate_;
    Mode mode_;
  };

  // DEADLINE_EXCEEDED when `deadline` comes first.
  absl::StatusOr<Pass> Enter(Mode mode, absl::Time deadline) {
    MutexLock lock(mutex_);
    if (mode == Mode::kAlone) ++alone_;
    const auto free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      if (mode == Mode::kShared) return alone_ == 0;
      return inside_ == 0;
    };
    while (!free()) {
      if (deadline == absl::InfiniteFuture()) {
        changed_.Wait(mutex_);
        continue;
      }
      const absl::Duration left = deadline - absl::Now();
      if (left > absl::ZeroDuration()) {
        changed_.WaitFor(mutex_, left);
        continue;
      }
      if (mode == Mode::kAlone) --alone_;
      changed_.SignalAll();
      return absl::DeadlineExceededError(
          "the deadline passed while waiting for an import, or for the store to be opened anew");
    }
    ++inside_;
    return Pass(this, mode);
  }

 private:
  void Leave(Mode mode) {
    MutexLock lock(mutex_);
    --inside_;
    if (mode == Mode::kAlone) --alone_;
    if (inside_ == 0) changed_.SignalAll();
  }

  Mutex mutex_;
  CondVar changed_;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  int alone_ ABSL_GUARDED_BY(mutex_) = 0;  // That are alone, or wait to be.
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_GATE_H_
