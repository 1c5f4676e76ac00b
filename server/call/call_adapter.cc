#include "server/call/call_adapter.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "server/call/unknown_call.h"

namespace yilan::server {
namespace {

// So many calls of a method can arrive while the polling thread is busy before gRPC must queue them
// on its slower path.
constexpr int kWaitingHot = 64;  // For methods that are answered at once, of which there are many.
constexpr int kWaiting = 2;

}  // namespace

CallAdapter::CallAdapter(const AdapterOptions& options, Gate& gate, Executor& executor,
                         CallMetrics& metrics, Log& log, std::vector<ServiceMethods> services)
    : options_(options),
      gate_(gate),
      metrics_(metrics),
      services_(std::move(services)),
      surroundings_{.gate = gate,
                    .executor = executor,
                    .log = log,
                    .on_idle =
                        [this] {
                          MutexLock lock(mutex_);
                          idle_.SignalAll();
                        },
                    .pollers = static_cast<size_t>(std::max(1, options.pollers))},
      streams_(gate.options().max_streams) {
  for (const ServiceMethods& service : services_) {
    bound_.push_back(std::make_unique<BoundService>(service));
    for (BoundMethod& bound : bound_.back()->methods()) {
      const Method& method = *bound.method;
      bound.waiting_calls = method.try_at_once ? kWaitingHot : kWaiting;
      bound.metric =
          metrics_.AddMethod(method.open_stream ? "bidi_stream"
                             : method.streams() ? "server_stream"
                                                : "unary",
                             service.descriptor().full_name(), method.descriptor->name());
    }
  }
  unknown_metric_ = metrics_.AddMethod("unknown", "unknown", "unknown");
}

CallAdapter::~CallAdapter() { Stop(); }

void CallAdapter::AddTo(grpc::ServerBuilder& builder) {
  for (size_t i = 0; i < surroundings_.pollers; ++i) {
    pollers_.push_back(std::make_unique<Poller>(builder.AddCompletionQueue(),
                                                options_.unnamed_client, options_.certificates));
    pollers_.back()->CountIn(metrics_.AddThread());
  }
  for (const auto& service : bound_) builder.RegisterService(service.get());
  builder.RegisterAsyncGenericService(&unknown_service_);
}

void CallAdapter::Start(grpc::Server& server) {
  surroundings_.server = server.c_server();
  for (const auto& poller : pollers_) {
    ArmAll(*poller);
    threads_.emplace_back([&poller = *poller] { poller.Loop(); });
  }
}

void CallAdapter::ArmAll(Poller& poller) {
  for (const auto& service : bound_) {
    for (const BoundMethod& method : service->methods()) {
      for (int i = 0; i < method.waiting_calls; ++i) {
        if (method.method->streams()) {
          StreamCall::ArmOne(surroundings_, streams_, poller, method);
        } else {
          UnaryCall::ArmOne(surroundings_, poller, method);
        }
      }
    }
  }
  UnknownCall::ArmOne(surroundings_, unknown_service_, poller, unknown_metric_);
}

bool CallAdapter::Drain(absl::Time until) {
  gate_.Close();
  streams_.Close();
  {
    MutexLock lock(mutex_);
    while (CallsInFlight() > 0) {
      const absl::Duration left = until - absl::Now();
      if (left <= absl::ZeroDuration()) return false;
      // A call that ended between Close and here said nothing; hence not longer than this.
      idle_.WaitFor(mutex_, std::min(left, absl::Milliseconds(100)));
    }
  }
  return streams_.WaitUntilEmpty(until);
}

void CallAdapter::Stop() {
  for (const auto& poller : pollers_) poller->queue().Shutdown();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  pollers_.clear();
}

size_t CallAdapter::CallsInFlight() const {
  size_t calls = 0;
  for (const auto& poller : pollers_) calls += poller->in_flight();
  return calls;
}

CallAdapter::Figures CallAdapter::figures() const {
  return {.in_flight = CallsInFlight(), .streams = streams_.size()};
}

std::vector<std::string> CallAdapter::ServiceNames() const {
  std::vector<std::string> names;
  for (const ServiceMethods& service : services_) names.push_back(service.descriptor().full_name());
  return names;
}

}  // namespace yilan::server
