// Counts and durations of the operations of a store:
//   yilan_store_operations_total{operation,code}
//   yilan_store_operation_seconds{operation}   a histogram
//   yilan_store_write_reruns_total             bodies that ran again after a conflict
//
//   StoreObserver observer;
//   storage::ObservedStore store(storage::NewMemoryStore(), observer);
#ifndef YILAN_SERVER_METRICS_STORE_OBSERVER_H_
#define YILAN_SERVER_METRICS_STORE_OBSERVER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "storage/observed_store.h"

namespace yilan::server {

// Thread-safe. Threads count in several sets of cells, so that they seldom meet in one.
class StoreObserver final : public storage::OperationObserver, public prometheus::Collectable {
 public:
  void Observe(const storage::Observation& observation) override;
  std::vector<prometheus::MetricFamily> Collect() const override;

  // Upper bounds of the buckets, in nanoseconds; the last bucket has none.
  static constexpr std::array<int64_t, 16> kBounds = {
      1'000,       2'500,       5'000,         10'000,        25'000,     50'000,
      100'000,     250'000,     1'000'000,     2'500'000,     10'000'000, 25'000'000,
      100'000'000, 500'000'000, 2'500'000'000, 10'000'000'000};

 private:
  static constexpr size_t kStripes = 8;

  struct OperationCells {
    std::array<std::atomic<uint64_t>, 17> by_code{};
    std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets{};
    std::atomic<uint64_t> nanos{0};
    std::atomic<uint64_t> reruns{0};
  };
  struct alignas(64) Stripe {
    std::array<OperationCells, storage::kOperations> operations;
  };

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_METRICS_STORE_OBSERVER_H_
