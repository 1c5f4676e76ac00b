#include "server/bench_floor.h"

#include <optional>
#include <string>

#include "grpcpp/impl/service_type.h"
#include "grpcpp/support/async_unary_call.h"

namespace yilan::server {
namespace {

constexpr int kWaitingCalls = 64;  // As many as the adapter has of its hottest method.

grpc::ByteBuffer Canned(size_t bytes) {
  const grpc::Slice slice(std::string(bytes, 'x'));
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

class BenchFloor::CannedService final : public grpc::Service {
 public:
  CannedService() {
    AddMethod(new grpc::internal::RpcServiceMethod("/yilan.bench.Floor/Get",
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRaw(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

class BenchFloor::Call final : public Tag {
 public:
  Call(BenchFloor& floor, Poller& poller) : floor_(floor), poller_(poller) { Arm(); }

  void OnEvent(bool ok) override {
    if (active_) {
      active_ = false;
      return Arm();
    }
    if (!ok) {
      delete this;
      return;
    }
    active_ = true;
    writer_->Finish(floor_.answer_, grpc::Status::OK, static_cast<Tag*>(this));
  }

 private:
  void Arm() {
    writer_.reset();
    context_.emplace();
    writer_.emplace(&*context_);
    request_.Clear();
    floor_.service_->RequestAsyncUnary(0, &*context_, &request_, &*writer_, &poller_.queue(),
                                       &poller_.queue(), static_cast<Tag*>(this));
  }

  BenchFloor& floor_;
  Poller& poller_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer_;
  grpc::ByteBuffer request_;
  bool active_ = false;
};

BenchFloor::BenchFloor(size_t bytes)
    : service_(std::make_unique<CannedService>()), answer_(Canned(bytes)) {}

BenchFloor::~BenchFloor() = default;

void BenchFloor::AddTo(grpc::ServerBuilder& builder) { builder.RegisterService(service_.get()); }

void BenchFloor::Start(Poller& poller) {
  for (int i = 0; i < kWaitingCalls; ++i) new Call(*this, poller);
}

}  // namespace yilan::server
