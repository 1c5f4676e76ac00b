#include "server/metrics/call_metrics.h"

#include <utility>

namespace yilan::server {
namespace {

constexpr std::array<const char*, 17> kCodeNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

}  // namespace

const char* MetricCodeName(grpc::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return index < kCodeNames.size() ? kCodeNames[index] : "Unknown";
}

void DurationCells::AddTo(prometheus::ClientMetric::Histogram& histogram) const {
  if (histogram.bucket.empty()) {
    for (const int64_t bound : kDurationBounds) {
      histogram.bucket.push_back({0, static_cast<double>(bound) / 1e9});
    }
    histogram.bucket.push_back({0, std::numeric_limits<double>::infinity()});
  }
  uint64_t cumulative = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    cumulative += buckets_[i].load(std::memory_order_relaxed);
    histogram.bucket[i].cumulative_count += cumulative;
  }
  histogram.sample_count += cumulative;
  histogram.sample_sum += static_cast<double>(sum_nanos_.load(std::memory_order_relaxed)) / 1e9;
}

size_t CallMetrics::AddMethod(std::string type, std::string service, std::string method) {
  MutexLock lock(mutex_);
  methods_.push_back({std::move(type), std::move(service), std::move(method)});
  return methods_.size() - 1;
}

CallMetrics::Cells* CallMetrics::AddThread() {
  MutexLock lock(mutex_);
  threads_.push_back(std::make_unique<Cells[]>(methods_.size()));
  return threads_.back().get();
}

std::vector<prometheus::MetricFamily> CallMetrics::Collect() const {
  using prometheus::ClientMetric;
  using prometheus::MetricFamily;
  using prometheus::MetricType;
  MetricFamily started{"grpc_server_started_total", "Calls that arrived.", MetricType::Counter, {}};
  MetricFamily handled{
      "grpc_server_handled_total", "Calls that ended, by code.", MetricType::Counter, {}};
  MetricFamily seconds{"grpc_server_handling_seconds",
                       "Seconds from the arrival of a call to the sending of its answer.",
                       MetricType::Histogram,
                       {}};
  MutexLock lock(mutex_);
  for (size_t m = 0; m < methods_.size(); ++m) {
    const Method& method = methods_[m];
    ClientMetric metric;
    metric.label = {{"grpc_type", method.type},
                    {"grpc_service", method.service},
                    {"grpc_method", method.method}};
    ClientMetric started_metric = metric;
    ClientMetric seconds_metric = metric;
    std::array<uint64_t, 17> by_code{};
    for (const auto& cells : threads_) {
      const Cells& cell = cells[m];
      started_metric.counter.value +=
          static_cast<double>(cell.started_.load(std::memory_order_relaxed));
      cell.durations_.AddTo(seconds_metric.histogram);
      for (size_t code = 0; code < by_code.size(); ++code) {
        by_code[code] += cell.handled_[code].load(std::memory_order_relaxed);
      }
    }
    for (size_t code = 0; code < by_code.size(); ++code) {
      // OK is there from the start, so that rates do not begin with a gap; the others when they
      // have happened.
      if (by_code[code] == 0 && code != 0) continue;
      ClientMetric handled_metric = metric;
      handled_metric.label.push_back({"grpc_code", kCodeNames[code]});
      handled_metric.counter.value = static_cast<double>(by_code[code]);
      handled.metric.push_back(std::move(handled_metric));
    }
    started.metric.push_back(std::move(started_metric));
    seconds.metric.push_back(std::move(seconds_metric));
  }
  return {std::move(started), std::move(handled), std::move(seconds)};
}

}  // namespace yilan::server
