#include "storage/mysql/revision_reads.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace yilan::storage::mysql {

absl::StatusOr<std::optional<Revision>> RevisionReads::Get(CustomerId customer,
                                                           absl::Time deadline) {
  for (;;) {
    const auto own = std::make_shared<Waiter>(customer);
    Waiters together;
    {
      MutexLock lock(mutex_);
      if (under_way_ < kAtOnce) {
        ++under_way_;
        together.push_back(own);
      } else {
        waiting_.push_back(own);
        while (!own->done && !own->leads) {
          const absl::Duration left = deadline - absl::Now();
          if (left <= absl::ZeroDuration()) {
            // Whoever asks for it already keeps it alive, and nobody looks at the answer.
            const auto at = std::find(waiting_.begin(), waiting_.end(), own);
            if (at != waiting_.end()) waiting_.erase(at);
            return absl::DeadlineExceededError("the deadline has passed; nothing was written");
          }
          own->changed.WaitFor(mutex_, left);
        }
        if (own->leads) {
          together.push_back(own);
          while (!waiting_.empty() && together.size() < kMostCustomers) {
            together.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
          }
        }
      }
    }
    if (!together.empty()) {
      Ask(together, deadline);
      MutexLock lock(mutex_);
      for (const auto& waiter : together) {
        waiter->done = true;
        if (waiter != own) waiter->changed.Signal();
      }
      PassOn();
    }
    if (own->status.ok()) return own->revision;
    // The deadline of somebody else has passed.
    if (absl::IsDeadlineExceeded(own->status) && together.empty()) continue;
    return own->status;
  }
}

void RevisionReads::Ask(const Waiters& waiters, absl::Time deadline) {
  std::vector<CustomerId> customers;
  customers.reserve(waiters.size());
  for (const auto& waiter : waiters) customers.push_back(waiter->customer);
  std::vector<std::optional<Revision>> revisions;
  const absl::Status status = read_(customers, deadline, revisions);
  for (size_t i = 0; i < waiters.size(); ++i) {
    waiters[i]->status = status;
    if (status.ok()) waiters[i]->revision = revisions[i];
  }
}

void RevisionReads::PassOn() {
  if (waiting_.empty()) {
    --under_way_;
    return;
  }
  const std::shared_ptr<Waiter> next = std::move(waiting_.front());
  waiting_.pop_front();
  next->leads = true;
  next->changed.Signal();
}

}  // namespace yilan::storage::mysql
