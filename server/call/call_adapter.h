// The one place through which every call comes: from gRPC's completion queues to functions of core.
//
// For every call, in this order: deadline → authenticate → authorize → admit → parse and validate →
// core → map errors → metrics and log. Services say only which function serves which method
// (method.h). gRPC's threads are never blocked: what may block runs on the executor.
//
//   CallAdapter adapter(options, gate, executor, metrics, log, AllServices());
//   adapter.AddTo(builder);
//   std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
//   adapter.Start(*server);
//   …
//   adapter.Drain(absl::Now() + absl::Seconds(20));   // New calls are answered SHUTTING_DOWN.
//   server->Shutdown(std::chrono::system_clock::now());
//   adapter.Stop();
//
// Why async completion queues and raw bytes: docs/architecture.md has the measurements. One queue
// with one thread serves more than several on a small machine.
#ifndef YILAN_SERVER_CALL_CALL_ADAPTER_H_
#define YILAN_SERVER_CALL_CALL_ADAPTER_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "base/log.h"
#include "base/mutex.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/call/bound_service.h"
#include "server/call/gate.h"
#include "server/call/method.h"
#include "server/call/poller.h"
#include "server/call/stream_call.h"
#include "server/call/unary_call.h"
#include "server/executor.h"
#include "server/metrics/call_metrics.h"

namespace yilan::server {

struct AdapterOptions {
  int pollers = 1;                            // Completion queues, each with a thread of its own.
  std::string unnamed_client = kLocalClient;  // As ClientIdentity has it.
  bool certificates = false;                  //
};

// The methods Drain, Stop and figures may be called from any thread, the others from the one that
// builds the server.
class CallAdapter {
 public:
  // What is referred to outlives this.
  CallAdapter(const AdapterOptions& options, Gate& gate, Executor& executor, CallMetrics& metrics,
              Log& log, std::vector<ServiceMethods> services);
  ~CallAdapter();

  // Adds completion queues and services to a server that is being built.
  void AddTo(grpc::ServerBuilder& builder);
  // Begins to take calls, once the server was started.
  void Start(grpc::Server& server);

  // Answers new calls with SHUTTING_DOWN, ends the streams, and waits until all calls are answered.
  // False when some are left at that time.
  bool Drain(absl::Time until);
  // Ends the polling threads. The server was shut down before.
  void Stop();

  struct Figures {
    size_t in_flight = 0;
    size_t streams = 0;
  };
  Figures figures() const;

  // Full names of the services.
  std::vector<std::string> ServiceNames() const;
  // For a method that stands beside the adapter.
  Poller& poller(size_t index) { return *pollers_[index]; }

 private:
  void ArmAll(Poller& poller);
  size_t CallsInFlight() const;

  const AdapterOptions options_;
  Gate& gate_;
  CallMetrics& metrics_;
  const std::vector<ServiceMethods> services_;
  std::vector<std::unique_ptr<BoundService>> bound_;
  grpc::AsyncGenericService unknown_service_;
  size_t unknown_metric_ = 0;
  CallSurroundings surroundings_;
  OpenStreams streams_;
  std::vector<std::unique_ptr<Poller>> pollers_;
  std::vector<std::thread> threads_;

  Mutex mutex_;
  CondVar idle_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_CALL_ADAPTER_H_
