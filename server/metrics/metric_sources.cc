#include "server/metrics/metric_sources.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/facts/fact_kinds.h"

namespace yilan::server {
namespace {

// A scrape must not wait for a store that does not answer.
constexpr absl::Duration kStatisticsTime = absl::Seconds(2);

std::string KindName(storage::Kind kind) {
  const core::FactKind* known = core::FindFactKind(kind);
  return known != nullptr ? known->name : absl::StrCat("internal_", kind);
}

}  // namespace

ServerMetrics::Source ExecutorMetrics(const Executor& executor) {
  return [&executor](MetricWriter& writer) {
    const Executor::Figures figures = executor.figures();
    const auto tasks = [&writer](const char* outcome, uint64_t count) {
      writer.Counter("yilan_executor_tasks_total",
                     "Calls that were handed to the workers, by what became of them.",
                     static_cast<double>(count), {{"outcome", outcome}});
    };
    tasks("executed", figures.executed);
    tasks("abandoned", figures.dropped);
    tasks("refused", figures.refused);
    writer.Gauge("yilan_executor_workers", "Worker threads.", static_cast<double>(figures.workers));
    writer.Gauge("yilan_executor_busy_workers", "Workers that run something.",
                 static_cast<double>(figures.busy));
    writer.Gauge("yilan_executor_queued_tasks", "Calls that wait for a worker.",
                 static_cast<double>(figures.queued));
  };
}

ServerMetrics::Source AdapterMetrics(const CallAdapter& adapter) {
  return [&adapter](MetricWriter& writer) {
    const CallAdapter::Figures figures = adapter.figures();
    writer.Gauge("yilan_calls_in_flight", "Unary calls being served.",
                 static_cast<double>(figures.in_flight));
    writer.Gauge("yilan_streams_open", "Streams that are open.",
                 static_cast<double>(figures.streams));
  };
}

ServerMetrics::Source ListenerMetrics(const Listener* listener) {
  return [listener](MetricWriter& writer) {
    if (listener == nullptr) return;
    const Listener::Figures figures = listener->figures();
    writer.Counter("yilan_connections_accepted_total", "Connections that were accepted.",
                   static_cast<double>(figures.accepted));
    writer.Counter("yilan_connections_refused_total",
                   "Connections that were closed at once, for there were too many.",
                   static_cast<double>(figures.refused));
  };
}

ServerMetrics::Source StoreMetrics(storage::RecordStore& store, const HealthStates& health) {
  return [&store, &health](MetricWriter& writer) {
    writer.Gauge("yilan_store_ready", "1 while the store can serve reads and durable writes.",
                 health.serving() ? 1 : 0);
    const auto statistics = store.GetStatistics({.deadline = absl::Now() + kStatisticsTime});
    if (!statistics.ok()) return;
    writer.Gauge("yilan_customers", "Customers with at least one subject.",
                 static_cast<double>(statistics->customers));
    writer.Gauge("yilan_subjects", "Subjects: what single source systems take for a customer.",
                 static_cast<double>(statistics->subjects));
    for (const auto& [kind, count] : statistics->records) {
      writer.Gauge("yilan_records", "Current records by kind.", static_cast<double>(count),
                   {{"kind", KindName(kind)}});
    }
    for (const auto& [name, value] : statistics->gauges) {
      writer.Gauge("yilan_store_gauge", "Figures of the storage backend's own.", value,
                   {{"name", name}});
    }
  };
}

ServerMetrics::Source ViewCacheMetrics(const core::Views& views) {
  return [&views](MetricWriter& writer) {
    const core::ViewCacheFigures figures = views.figures();
    const auto served = [&writer](const char* from, uint64_t count) {
      writer.Counter("yilan_views_total", "Views that were served, from the cache or assembled.",
                     static_cast<double>(count), {{"from", from}});
    };
    served("cache", figures.hits);
    served("store", figures.misses);
    writer.Counter("yilan_view_cache_evictions_total", "Views that made room for others.",
                   static_cast<double>(figures.evictions));
    writer.Gauge("yilan_view_cache_entries", "Views in the cache.",
                 static_cast<double>(figures.entries));
    writer.Gauge("yilan_view_cache_bytes", "Memory of the cache, in bytes.",
                 static_cast<double>(figures.bytes));
    writer.Gauge("yilan_view_cache_capacity_bytes", "Greatest memory of the cache, in bytes.",
                 static_cast<double>(figures.capacity_bytes));
  };
}

ServerMetrics::Source TokenMetrics(const TokenPlatforms& tokens) {
  return [&tokens](MetricWriter& writer) {
    writer.Gauge("yilan_token_stores", "Stores of single tokens.",
                 static_cast<double>(tokens.size()));
  };
}

ServerMetrics::Source IdentityMetrics(const PendingResolver* resolver) {
  return [resolver](MetricWriter& writer) {
    if (resolver == nullptr) return;
    writer.Counter("yilan_identity_late_resolutions_total",
                   "Subjects that were resolved later, as their own call could not.",
                   static_cast<double>(resolver->found()));
  };
}

}  // namespace yilan::server
