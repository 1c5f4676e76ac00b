// Sees to it that of many who want the same view at once, one assembles it and the others wait.
//
// What the leader made is handed to those who waited, but it may be older than a write that was
// complete when they asked: they must have the store confirm its revision, as for any cached view.
//
// Thread-safe.
#ifndef YILAN_CORE_VIEWS_VIEW_FLIGHTS_H_
#define YILAN_CORE_VIEWS_VIEW_FLIGHTS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "core/views/view_cache.h"
#include "storage/record.h"

namespace yilan::core {

class ViewFlights {
 private:
  struct Flight {
    bool landed = false;
    SharedView view;
    CondVar changed;
  };
  // Customer, ViewShape::key(), ViewKey::rules.
  using FlightKey = std::tuple<storage::CustomerId, std::string, uint64_t>;
  struct Shard {
    Mutex mutex;  // Guards the flights too.
    absl::flat_hash_map<FlightKey, std::shared_ptr<Flight>> flights ABSL_GUARDED_BY(mutex);
  };

 public:
  // The right and duty to assemble a view. When it goes without Land, those who wait get nothing.
  class Lead {
   public:
    Lead() = default;
    Lead(Lead&& other) noexcept { *this = std::move(other); }
    Lead& operator=(Lead&& other) noexcept {
      std::swap(shard_, other.shard_);
      std::swap(key_, other.key_);
      std::swap(flight_, other.flight_);
      return *this;
    }
    ~Lead() { Land(nullptr); }

    bool leads() const { return flight_ != nullptr; }
    // Hands the view to those who wait, and ends the flight. Does nothing the second time.
    void Land(SharedView view);

   private:
    friend class ViewFlights;
    Shard* shard_ = nullptr;
    FlightKey key_;
    std::shared_ptr<Flight> flight_;
  };

  struct Joined {
    Lead lead;        // Leads if nobody did before.
    SharedView view;  // Else what the leader made, or null if it failed.
  };
  // Begins a flight, or waits for the end of that in the air. Errors: DEADLINE_EXCEEDED.
  absl::StatusOr<Joined> Join(const ViewKey& key, absl::Time deadline);
  // How many calls wait for somebody's view at this moment.
  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  std::atomic<size_t> waiting_{0};
  std::array<Shard, 16> shards_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_VIEW_FLIGHTS_H_
