#include "server/metrics/store_observer.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/time/time.h"
#include "server/metrics/call_metrics.h"
#include "server/metrics/server_metrics.h"

namespace yilan::server {
namespace {

// A number of the calling thread's own.
size_t ThreadNumber() {
  static std::atomic<size_t> threads{0};
  thread_local const size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

void Increase(std::atomic<uint64_t>& cell, uint64_t by) {
  cell.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace

void StoreObserver::Observe(const storage::Observation& observation) {
  OperationCells& cells =
      stripes_[ThreadNumber() % kStripes].operations[static_cast<size_t>(observation.operation)];
  const int64_t nanos = absl::ToInt64Nanoseconds(observation.latency);
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), nanos) - kBounds.begin();
  Increase(cells.by_code[static_cast<size_t>(observation.code)], 1);
  Increase(cells.buckets[static_cast<size_t>(bucket)], 1);
  Increase(cells.nanos, static_cast<uint64_t>(nanos));
  if (observation.runs > 1) Increase(cells.reruns, static_cast<uint64_t>(observation.runs - 1));
}

std::vector<prometheus::MetricFamily> StoreObserver::Collect() const {
  MetricWriter writer;
  uint64_t reruns = 0;
  for (size_t o = 0; o < storage::kOperations; ++o) {
    const std::string name(storage::OperationName(static_cast<storage::Operation>(o)));
    std::array<uint64_t, 17> by_code{};
    auto& histogram =
        writer.Histogram("yilan_store_operation_seconds",
                         "Seconds that operations of the store took.", {{"operation", name}});
    for (const int64_t bound : kBounds) {
      histogram.bucket.push_back({0, static_cast<double>(bound) / 1e9});
    }
    histogram.bucket.push_back({0, std::numeric_limits<double>::infinity()});
    for (const Stripe& stripe : stripes_) {
      const OperationCells& cells = stripe.operations[o];
      uint64_t cumulative = 0;
      for (size_t b = 0; b < cells.buckets.size(); ++b) {
        cumulative += cells.buckets[b].load(std::memory_order_relaxed);
        histogram.bucket[b].cumulative_count += cumulative;
      }
      histogram.sample_count += cumulative;
      histogram.sample_sum +=
          static_cast<double>(cells.nanos.load(std::memory_order_relaxed)) / 1e9;
      for (size_t code = 0; code < by_code.size(); ++code) {
        by_code[code] += cells.by_code[code].load(std::memory_order_relaxed);
      }
      reruns += cells.reruns.load(std::memory_order_relaxed);
    }
    for (size_t code = 0; code < by_code.size(); ++code) {
      if (by_code[code] == 0 && code != 0) continue;
      writer.Counter(
          "yilan_store_operations_total", "Operations of the store, by how they ended.",
          static_cast<double>(by_code[code]),
          {{"operation", name}, {"code", MetricCodeName(static_cast<grpc::StatusCode>(code))}});
    }
  }
  writer.Counter("yilan_store_write_reruns_total", "Writes that ran again after a conflict.",
                 static_cast<double>(reruns));
  return writer.Take();
}

}  // namespace yilan::server
