#include "core/views/view_flights.h"

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace yilan::core {

void ViewFlights::Lead::Land(SharedView view) {
  if (flight_ == nullptr) return;
  {
    MutexLock lock(shard_->mutex);
    flight_->landed = true;
    flight_->view = std::move(view);
    shard_->flights.erase(key_);
  }
  flight_->changed.SignalAll();
  flight_ = nullptr;
}

absl::StatusOr<ViewFlights::Joined> ViewFlights::Join(const ViewKey& key, absl::Time deadline) {
  Joined joined;
  FlightKey flight_key(key.customer, key.shape->key(), key.rules);
  Shard& shard = shards_[(key.customer.low ^ key.customer.high) % shards_.size()];
  MutexLock lock(shard.mutex);
  std::shared_ptr<Flight>& entry = shard.flights[flight_key];
  if (entry == nullptr) {
    entry = std::make_shared<Flight>();
    joined.lead.shard_ = &shard;
    joined.lead.key_ = std::move(flight_key);
    joined.lead.flight_ = entry;
    return joined;
  }
  const std::shared_ptr<Flight> flight = entry;
  waiting_.fetch_add(1, std::memory_order_relaxed);
  bool in_time = true;
  while (!flight->landed && in_time) {
    if (deadline == absl::InfiniteFuture()) {
      flight->changed.Wait(shard.mutex);
      continue;
    }
    const absl::Duration left = deadline - absl::Now();
    in_time = left > absl::ZeroDuration();
    if (in_time) flight->changed.WaitFor(shard.mutex, left);
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  if (!flight->landed) {
    return absl::DeadlineExceededError("the deadline passed while another call read this view");
  }
  joined.view = flight->view;
  return joined;
}

}  // namespace yilan::core
