// The figures of a server besides its calls: executor, views, storage, streams, connections,
// process.
#ifndef YILAN_SERVER_METRICS_SERVER_METRICS_H_
#define YILAN_SERVER_METRICS_SERVER_METRICS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace yilan::server {

// Puts families together: a name, a help text, and values with or without labels.
class MetricWriter {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  void Counter(const char* name, const char* help, double value, const Labels& labels = {}) {
    Add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
  }
  void Gauge(const char* name, const char* help, double value, const Labels& labels = {}) {
    Add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
  }
  prometheus::ClientMetric::Histogram& Histogram(const char* name, const char* help,
                                                 const Labels& labels = {}) {
    return Add(name, help, prometheus::MetricType::Histogram, labels).histogram;
  }

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  prometheus::ClientMetric& Add(const std::string& name, const char* help,
                                prometheus::MetricType type, const Labels& labels);

  std::vector<prometheus::MetricFamily> families_;
};

// Asks its sources whenever it is collected. Thread-safe if the sources are.
class ServerMetrics final : public prometheus::Collectable {
 public:
  using Source = std::function<void(MetricWriter&)>;
  explicit ServerMetrics(std::vector<Source> sources) : sources_(std::move(sources)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::vector<Source> sources_;
};

// Memory, CPU time, threads, descriptors and start time of this process, under the names that
// Prometheus' own clients use.
void WriteProcessMetrics(MetricWriter& writer);

}  // namespace yilan::server

#endif  // YILAN_SERVER_METRICS_SERVER_METRICS_H_
