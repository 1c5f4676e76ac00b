// Counts and durations of calls, under the names that gRPC's own ecosystems use:
//   grpc_server_started_total{grpc_type,grpc_service,grpc_method}
//   grpc_server_handled_total{grpc_type,grpc_service,grpc_method,grpc_code}
//   grpc_server_handling_seconds{grpc_type,grpc_service,grpc_method}   a histogram
//
// Every polling thread counts in cells of its own, which no other thread writes: a call costs a few
// plain additions and no lock. Collecting adds the cells up.
//
//   const size_t method = metrics.AddMethod("unary", "yilan.v1.BillingService", "GetPayment");
//   CallMetrics::Cells* cells = metrics.AddThread();   // Once per thread, after all AddMethod.
//   cells[method].Started();
//   cells[method].Handled(grpc::StatusCode::OK, nanos);
#ifndef YILAN_SERVER_METRICS_CALL_METRICS_H_
#define YILAN_SERVER_METRICS_CALL_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "grpcpp/support/status.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace yilan::server {

// Upper bounds of the buckets of durations, in nanoseconds; the last bucket has none.
inline constexpr std::array<int64_t, 16> kDurationBounds = {
    100'000,       250'000,       500'000,       1'000'000,     2'500'000,   5'000'000,
    10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000, 500'000'000,
    1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

// A histogram of durations that one thread writes and any thread reads.
class DurationCells {
 public:
  void Add(int64_t nanos) {
    size_t bucket = 0;
    while (bucket < kDurationBounds.size() && nanos > kDurationBounds[bucket]) ++bucket;
    Increase(buckets_[bucket], 1);
    Increase(sum_nanos_, static_cast<uint64_t>(nanos));
  }
  // Adds what was counted here to a histogram in seconds, whose buckets are made if it has none.
  void AddTo(prometheus::ClientMetric::Histogram& histogram) const;

 private:
  friend class CallMetrics;
  // One writer: a plain load and store, without the cost of a locked instruction.
  static void Increase(std::atomic<uint64_t>& cell, uint64_t by) {
    cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

  std::array<std::atomic<uint64_t>, kDurationBounds.size() + 1> buckets_{};
  std::atomic<uint64_t> sum_nanos_{0};
};

// Thread-safe; but all methods are added before the first thread.
class CallMetrics final : public prometheus::Collectable {
 public:
  // What one thread counted of one method.
  class alignas(64) Cells {
   public:
    void Started() { DurationCells::Increase(started_, 1); }
    void Handled(grpc::StatusCode code, int64_t nanos) {
      DurationCells::Increase(handled_[static_cast<size_t>(code)], 1);
      durations_.Add(nanos);
    }

   private:
    friend class CallMetrics;
    std::atomic<uint64_t> started_{0};
    std::array<std::atomic<uint64_t>, 17> handled_{};  // By code.
    DurationCells durations_;
  };

  // `type` is "unary" or "bidi_stream". Returns the index of the method's cells.
  size_t AddMethod(std::string type, std::string service, std::string method);
  // Cells for a further thread, one per method; they live as long as this object.
  Cells* AddThread();

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Method {
    std::string type;
    std::string service;
    std::string method;
  };
  mutable Mutex mutex_;
  std::vector<Method> methods_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Cells[]>> threads_ ABSL_GUARDED_BY(mutex_);
};

// The name of a code as grpc_server_handled_total has it: "NotFound".
const char* MetricCodeName(grpc::StatusCode code);

}  // namespace yilan::server

#endif  // YILAN_SERVER_METRICS_CALL_METRICS_H_
