#include "storage/mysql/pool.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "storage/mysql/driver.h"

namespace yilan::storage::mysql {
namespace {

// A copy that another thread may have: the counts of shared ones are kept by a library that
// ThreadSanitizer does not see into.
absl::Status Unshared(const absl::Status& status) {
  absl::Status copy(status.code(), status.message());
  status.ForEachPayload([&copy](absl::string_view url, const absl::Cord& payload) {
    copy.SetPayload(url, absl::Cord(std::string(payload)));
  });
  return copy;
}

// A session that was idle for longer is asked whether it is alive before it is used.
constexpr absl::Duration kTrustedIdle = absl::Seconds(30);
// The server ends idle sessions after 60 s (session.h).
constexpr absl::Duration kLongestIdle = absl::Seconds(50);

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);
constexpr int kFailuresUntilDown = 3;

// Time that nobody sets: when the wall clock jumps back a day, the next attempt is not a day away.
absl::Duration Uptime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

Pool::Pool(MySqlOptions options) : options_(std::move(options)), connector_([this] { Connect(); }) {
  ThreadDriver();
}

Pool::~Pool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    work_.Signal();
  }
  connector_.join();
}

Pool::Figures Pool::figures() const {
  MutexLock lock(mutex_);
  return {.open = open_,
          .idle = idle_.size(),
          .waiting = waiters_.size(),
          .connects = connects_,
          .failures = failures_};
}

absl::StatusOr<Pool::Lease> Pool::Acquire(Session::Mode mode, absl::Time deadline) {
  if (absl::Now() >= deadline) {
    return absl::DeadlineExceededError("the deadline has passed; nothing was written");
  }
  while (true) {
    ASSIGN_OR_RETURN(std::unique_ptr<Session> taken, Take(mode, deadline));
    Lease lease(*this, std::move(taken));
    lease->SetDeadline(deadline);
    const absl::Status status = lease->SetMode(mode);
    if (status.ok()) return lease;
    // It was lost while it was idle. Each time round takes one out, so this ends.
    if (!IsConnectionLost(status)) return status;
  }
}

absl::StatusOr<std::unique_ptr<Session>> Pool::Take(Session::Mode mode, absl::Time deadline) {
  while (true) {
    bool check = false;
    std::unique_ptr<Session> session;
    {
      MutexLock lock(mutex_);
      session = TakeIdle(mode, check);
      if (session == nullptr) return Wait(deadline);
    }
    if (!check) return session;
    session->SetDeadline(deadline);
    if (session->IsAlive()) return session;
    Return(std::move(session));
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(
          "the database did not answer before the deadline; nothing was written");
    }
  }
}

std::unique_ptr<Session> Pool::TakeIdle(Session::Mode mode, bool& check) {
  // Who came first is served first.
  if (idle_.empty() || !waiters_.empty()) return nullptr;
  auto chosen = std::prev(idle_.end());
  for (auto idle = idle_.rbegin(); idle != idle_.rend(); ++idle) {
    if (idle->session->mode() == mode) {
      chosen = std::prev(idle.base());
      break;
    }
  }
  check = Uptime() - chosen->since > kTrustedIdle;
  std::unique_ptr<Session> session = std::move(chosen->session);
  idle_.erase(chosen);
  return session;
}

absl::StatusOr<std::unique_ptr<Session>> Pool::Wait(absl::Time deadline) {
  if (open_ == 0 && failed_in_row_ >= kFailuresUntilDown && Uptime() < next_attempt_) {
    return Unshared(last_error_);
  }
  const absl::Duration end = Uptime() + (deadline - absl::Now());
  Waiter waiter;
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  work_.Signal();
  while (!waiter.served) {
    const absl::Duration left = end - Uptime();
    if (left <= absl::ZeroDuration()) break;
    // An infinite wait is cut in pieces, for the clock that counts it has an end.
    waiter.done.WaitFor(mutex_, std::min(left, absl::Hours(1)));
  }
  if (waiter.served) {  // And taken off the list.
    if (waiter.session != nullptr) return std::move(waiter.session);
    return waiter.error;
  }
  waiters_.erase(place);
  if (open_ < options_.max_connections) {
    return absl::DeadlineExceededError(
        "no connection to the database could be made before the deadline; nothing was written");
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("all ", options_.max_connections,
                   " connections to the database were in use until the deadline; nothing was "
                   "written; try again, or raise max-connections in --storage"));
}

void Pool::Give(std::unique_ptr<Session> session) {
  if (waiters_.empty()) {
    idle_.push_back({.session = std::move(session), .since = Uptime()});
    return;
  }
  Waiter& waiter = *waiters_.front();
  waiters_.pop_front();
  waiter.session = std::move(session);
  waiter.served = true;
  waiter.done.Signal();
}

void Pool::Lease::Return() {
  if (pool_ == nullptr || session_ == nullptr) return;
  std::exchange(pool_, nullptr)->Return(std::move(session_));
}

void Pool::Return(std::unique_ptr<Session> session) {
  // Ends as broken if it fails.
  if (session->in_transaction() && !session->broken()) session->Rollback().IgnoreError();
  if (!session->broken()) {
    session->SetDeadline(absl::InfiniteFuture());
    MutexLock lock(mutex_);
    Give(std::move(session));
    return;
  }
  std::vector<Idle> closing;
  if (session->server_gone()) {
    MutexLock lock(mutex_);
    closing = std::exchange(idle_, {});
  }
  closing.push_back({.session = std::move(session), .since = Uptime()});
  Close(std::move(closing));
}

void Pool::Close(std::vector<Idle> sessions) {
  const size_t closed = sessions.size();
  sessions.clear();
  MutexLock lock(mutex_);
  open_ -= closed;
  work_.Signal();
}

bool Pool::MayConnect() const {
  return !waiters_.empty() && open_ < options_.max_connections && Uptime() >= next_attempt_;
}

void Pool::ConnectFailed(const absl::Status& error) {
  ++failures_;
  ++failed_in_row_;
  last_error_ = Unmarked(error);
  const int doublings = std::min(failed_in_row_ - 1, 10);
  const absl::Duration pause = std::min(kFirstPause * (1 << doublings), kLongestPause);
  next_attempt_ = Uptime() + pause * absl::Uniform(random_, 0.5, 1.5);
  // Those who wait may still get a session that somebody has.
  if (open_ > 0) return;
  for (Waiter* waiter : waiters_) {
    waiter->error = Unshared(last_error_);
    waiter->served = true;
    waiter->done.Signal();
  }
  waiters_.clear();
}

std::vector<Pool::Idle> Pool::TakeExpired() {
  std::vector<Idle> expired;
  const absl::Duration now = Uptime();
  const auto kept = std::stable_partition(idle_.begin(), idle_.end(), [&](const Idle& idle) {
    return now - idle.since > kLongestIdle;
  });
  std::move(idle_.begin(), kept, std::back_inserter(expired));
  idle_.erase(idle_.begin(), kept);
  return expired;
}

void Pool::Connect() {
  mutex_.Lock();
  while (!stopping_) {
    if (std::vector<Idle> expired = TakeExpired(); !expired.empty()) {
      mutex_.Unlock();
      Close(std::move(expired));
      mutex_.Lock();
      continue;
    }
    if (!MayConnect()) {
      const bool paused = !waiters_.empty() && open_ < options_.max_connections;
      const absl::Duration pause = paused ? next_attempt_ - Uptime() : kLongestIdle / 10;
      work_.WaitFor(mutex_, std::max(pause, absl::ZeroDuration()));
      continue;
    }
    ++open_;
    mutex_.Unlock();
    absl::StatusOr<std::unique_ptr<Session>> session = Session::Connect(options_, watchdog_);
    mutex_.Lock();
    if (session.ok()) {
      ++connects_;
      failed_in_row_ = 0;
      next_attempt_ = absl::ZeroDuration();
      Give(std::move(*session));
    } else {
      --open_;
      ConnectFailed(session.status());
    }
  }
  // The sessions go in this thread's absence of a lock, with the members.
  mutex_.Unlock();
}

}  // namespace yilan::storage::mysql
