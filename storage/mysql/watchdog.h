// Ends waits for a server at their deadline, by shutting their sockets down.
//
//   Watchdog watchdog;
//   Watchdog::Guard guard(watchdog, fd);
//   guard.Arm(deadline);
//   … a call that waits for the server …
//   if (guard.Disarm()) … the call was cut short and the connection is of no further use
//
// It holds when the server is stopped or the network drops everything. Where nothing is cut it
// costs two atomic operations for each call, and its thread wakes about once per deadline's length.
#ifndef YILAN_STORAGE_MYSQL_WATCHDOG_H_
#define YILAN_STORAGE_MYSQL_WATCHDOG_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <thread>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace yilan::storage::mysql {

// Thread-safe. Outlives its guards.
class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Watches one socket, which stays open for as long as the guard exists. Used by one thread at a
  // time.
  class Guard {
   public:
    Guard(Watchdog& watchdog, int fd);
    // The same of a socket that is not known yet: `find` is called, by another thread, once the
    // deadline has passed, again and again while it returns -1.
    Guard(Watchdog& watchdog, std::function<int()> find);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    // From now until Disarm() the socket is shut down once `deadline` has passed.
    void Arm(absl::Time deadline);
    // Whether the socket was shut down.
    bool Disarm();

   private:
    friend class Watchdog;
    static constexpr int64_t kDisarmed = std::numeric_limits<int64_t>::max();
    static constexpr int64_t kCut = std::numeric_limits<int64_t>::min();

    // False when there is no socket yet.
    bool Cut() const;

    Watchdog& watchdog_;
    const std::function<int()> find_;
    const int fd_;
    std::atomic<int64_t> deadline_ = kDisarmed;  // Nanoseconds of CLOCK_MONOTONIC.
  };

 private:
  void Run();

  Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<Guard*> guards_ ABSL_GUARDED_BY(mutex_);
  // When the thread looks again at the latest, nanoseconds. A guard with a deadline before that
  // wakes it.
  std::atomic<int64_t> next_look_ = Guard::kDisarmed;
  std::thread thread_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_WATCHDOG_H_
