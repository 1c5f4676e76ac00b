// The connections of one store.
//
//   Pool pool(options);
//   ASSIGN_OR_RETURN(Pool::Lease session, pool.Acquire(Session::Mode::kRead, call.deadline));
//   RETURN_IF_ERROR(session->Query(…));  // the session has the deadline of Acquire()
//
// Connections are made by one thread, one at a time, and only while somebody waits for one: a
// database that comes back meets at most one attempt at a time, and in the end no more connections
// than options.max_connections. After a failure it pauses before the next attempt, 50 ms and then
// twice as long each time up to 1 s, ± 50 %; whoever comes meanwhile fails at once once three
// attempts have failed.
#ifndef YILAN_STORAGE_MYSQL_POOL_H_
#define YILAN_STORAGE_MYSQL_POOL_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "storage/mysql/mysql_options.h"
#include "storage/mysql/session.h"
#include "storage/mysql/watchdog.h"

namespace yilan::storage::mysql {

// Thread-safe. Outlives its leases, and nobody waits in Acquire() when it is destroyed.
class Pool {
 public:
  struct Figures {
    size_t open = 0;     // Connections: idle, leased, and the one being made.
    size_t idle = 0;     // Of those, the ones in the pool.
    size_t waiting = 0;  // Callers of Acquire() that have none yet.
    uint64_t connects = 0;
    uint64_t failures = 0;  // Attempts to connect that failed.
  };

  // A session, for its holder alone, until the lease is destroyed or moved from. An open
  // transaction is rolled back then; a broken session is closed, and if its server is gone, the
  // idle ones with it.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), session_(std::move(other.session_)) {}
    Lease& operator=(Lease&& other) noexcept {
      if (this == &other) return *this;
      Return();
      pool_ = std::exchange(other.pool_, nullptr);
      session_ = std::move(other.session_);
      return *this;
    }
    ~Lease() { Return(); }

    Session* operator->() const { return session_.get(); }
    Session& operator*() const { return *session_; }

   private:
    friend class Pool;
    Lease(Pool& pool, std::unique_ptr<Session> session)
        : pool_(&pool), session_(std::move(session)) {}
    void Return();

    Pool* pool_;
    std::unique_ptr<Session> session_;
  };

  explicit Pool(MySqlOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A session in `mode` and with `deadline`: an idle one of that mode, else an idle one that is
  // turned (a round trip), else the next that is returned or made; callers are served in their
  // order.
  //   UNAVAILABLE, FAILED_PRECONDITION   none is open and the database cannot be reached
  //   RESOURCE_EXHAUSTED                 all were in use until the deadline
  //   DEADLINE_EXCEEDED                  it has passed, or passed while one was being made
  absl::StatusOr<Lease> Acquire(Session::Mode mode, absl::Time deadline);

  const MySqlOptions& options() const { return options_; }
  Figures figures() const;

 private:
  // On the stack of a caller that waits.
  struct Waiter {
    CondVar done;
    std::unique_ptr<Session> session;  // Or …
    absl::Status error;
    bool served = false;
  };
  struct Idle {
    std::unique_ptr<Session> session;
    absl::Duration since;  // Of the clock that nobody sets, like next_attempt_.
  };

  absl::StatusOr<std::unique_ptr<Session>> Take(Session::Mode mode, absl::Time deadline);
  std::unique_ptr<Session> TakeIdle(Session::Mode mode, bool& check)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::unique_ptr<Session>> Wait(absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Give(std::unique_ptr<Session> session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Return(std::unique_ptr<Session> session);
  // Closes sessions that count as open. Closing may take a system call: not under the lock.
  void Close(std::vector<Idle> sessions);

  void Connect();
  bool MayConnect() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ConnectFailed(const absl::Status& error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Idle> TakeExpired() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const MySqlOptions options_;
  Watchdog watchdog_;
  mutable Mutex mutex_;
  CondVar work_;  // For the thread that connects.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
  std::vector<Idle> idle_ ABSL_GUARDED_BY(mutex_);  // The one returned last is last.
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t connects_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  // Attempts that failed since the last that did not, the error of the last, and when the next may
  // be made.
  int failed_in_row_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  absl::Duration next_attempt_ ABSL_GUARDED_BY(mutex_);
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  std::thread connector_;
};

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_POOL_H_
