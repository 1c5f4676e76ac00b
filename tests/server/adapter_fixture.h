// A call adapter with handlers of the test's own, behind a real gRPC server and channel.
#ifndef YILAN_TESTS_SERVER_ADAPTER_FIXTURE_H_
#define YILAN_TESTS_SERVER_ADAPTER_FIXTURE_H_

#include <fcntl.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "core/platform.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "server/call/call_adapter.h"
#include "server/executor.h"
#include "server/metrics/call_metrics.h"
#include "storage/memory/memory_store.h"
#include "tests/error_reason.h"
#include "yilan/v1/customer_service.grpc.pb.h"

namespace yilan::server {

// Holds whoever waits until it is opened.
class Door {
 public:
  void Open() { opened_.set_value(); }
  void Wait() const { future_.wait(); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> future_ = opened_.get_future().share();
};

class AdapterTest : public ::testing::Test {
 protected:
  using Handler = std::function<absl::Status(const core::Call&, const v1::GetCustomerRequest&,
                                             v1::GetCustomerResponse&)>;

  AdapterTest() {
    EXPECT_EQ(pipe2(log_ends_, O_CLOEXEC), 0);
    log_ = std::make_unique<Log>(log_ends_[1], Severity::kInfo);
  }
  ~AdapterTest() override {
    Stop();
    log_.reset();
    close(log_ends_[0]);
    if (log_ends_[1] >= 0) close(log_ends_[1]);
  }

  // Serves GetCustomer with the handler, and nothing else.
  void Start(Handler handler) {
    ServiceMethods methods(v1::GetCustomerRequest::descriptor()->file(), "CustomerService");
    methods.Serve<v1::GetCustomerRequest, v1::GetCustomerResponse>(
        "GetCustomer", [handler](core::Platform&, const core::Call& call, const auto& request,
                                 auto& response) { return handler(call, request, response); });
    Start(std::move(methods));
  }

  void Start(ServiceMethods methods) {
    store_ = storage::NewMemoryStore();
    executor_ = std::make_unique<Executor>(executor_options_);
    platform_ = std::make_unique<core::Platform>(*store_, clock_, ids_, 0, core::RunSerially);
    platforms_ = std::make_unique<OnePlatform>(*platform_);
    gate_ = std::make_unique<Gate>(gate_options_, *platforms_, authorizer_);
    std::vector<ServiceMethods> services;
    services.push_back(std::move(methods));
    adapter_ = std::make_unique<CallAdapter>(AdapterOptions{}, *gate_, *executor_, metrics_, *log_,
                                             std::move(services));
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(-1);
    adapter_->AddTo(builder);
    server_ = builder.BuildAndStart();
    adapter_->Start(*server_);
    channel_ = server_->InProcessChannel({});
    stub_ = v1::CustomerService::NewStub(channel_);
  }

  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    adapter_->Stop();
    server_.reset();
    executor_.reset();
  }

  static v1::GetCustomerRequest Request() {
    v1::GetCustomerRequest request;
    request.mutable_customer()->set_customer_id("01HF7YAT00TSV4RRFFQ69G5FAV");
    return request;
  }

  grpc::Status Get(const v1::GetCustomerRequest& request = Request()) {
    grpc::ClientContext context;
    return Get(context, request);
  }
  grpc::Status Get(grpc::ClientContext& context,
                   const v1::GetCustomerRequest& request = Request()) {
    v1::GetCustomerResponse response;
    return stub_->GetCustomer(&context, request, &response);
  }
  // The same on a thread of its own.
  std::future<grpc::Status> GetAsync() {
    return std::async(std::launch::async, [this] { return Get(); });
  }

  // Ends the log and returns what was written.
  std::string LogText() {
    log_->Flush();
    log_.reset();
    close(std::exchange(log_ends_[1], -1));
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(log_ends_[0], buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }

  GateOptions gate_options_;
  Executor::Options executor_options_{.workers = 2, .max_queued = 100};
  Authorizer authorizer_;

  ManualClock clock_{0};
  IdGenerator ids_{clock_, 1};
  int log_ends_[2] = {-1, -1};
  std::unique_ptr<Log> log_;
  std::unique_ptr<storage::RecordStore> store_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<core::Platform> platform_;
  std::unique_ptr<OnePlatform> platforms_;
  std::unique_ptr<Gate> gate_;
  CallMetrics metrics_;
  std::unique_ptr<CallAdapter> adapter_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CustomerService::Stub> stub_;
};

}  // namespace yilan::server

#endif  // YILAN_TESTS_SERVER_ADAPTER_FIXTURE_H_
