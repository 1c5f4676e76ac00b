// The least that a call can cost in this framework: a canned answer, for benchmarks to compare
// with.
//
// Serves /yilan.bench.Floor/Get beside the adapter, not through it, with gRPC's own async API and
// raw bytes: no authentication, no parsing, no metrics. Only there with the hidden flag
// --bench-floor.
#ifndef YILAN_SERVER_BENCH_FLOOR_H_
#define YILAN_SERVER_BENCH_FLOOR_H_

#include <cstddef>
#include <memory>

#include "grpcpp/server_builder.h"
#include "server/call/poller.h"

namespace yilan::server {

class BenchFloor {
 public:
  // Answers with `bytes` bytes.
  explicit BenchFloor(size_t bytes);
  ~BenchFloor();

  // Before the server is built.
  void AddTo(grpc::ServerBuilder& builder);
  // Takes calls on the poller's queue, before its thread runs. The poller ends before this does.
  void Start(Poller& poller);

 private:
  class CannedService;
  class Call;
  const std::unique_ptr<CannedService> service_;
  const grpc::ByteBuffer answer_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_BENCH_FLOOR_H_
