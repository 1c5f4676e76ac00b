// The parts of a server as sources of metrics. What they are given outlives them.
#ifndef YILAN_SERVER_METRICS_METRIC_SOURCES_H_
#define YILAN_SERVER_METRICS_METRIC_SOURCES_H_

#include "core/views/views.h"
#include "server/call/call_adapter.h"
#include "server/executor.h"
#include "server/health.h"
#include "server/listener.h"
#include "server/metrics/server_metrics.h"
#include "server/pending_resolver.h"
#include "server/token_platforms.h"
#include "storage/record_store.h"

namespace yilan::server {

ServerMetrics::Source ExecutorMetrics(const Executor& executor);
ServerMetrics::Source AdapterMetrics(const CallAdapter& adapter);
// `listener` may be null.
ServerMetrics::Source ListenerMetrics(const Listener* listener);
// Counts of customers, subjects and records, the store's own gauges, and whether it is ready.
ServerMetrics::Source StoreMetrics(storage::RecordStore& store, const HealthStates& health);
ServerMetrics::Source ViewCacheMetrics(const core::Views& views);
ServerMetrics::Source TokenMetrics(const TokenPlatforms& tokens);
// `resolver` may be null.
ServerMetrics::Source IdentityMetrics(const PendingResolver* resolver);

}  // namespace yilan::server

#endif  // YILAN_SERVER_METRICS_METRIC_SOURCES_H_
