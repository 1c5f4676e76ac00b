// The server as its callers and its operator meet it.
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/raw_http2.h"
#include "tests/e2e/server_process.h"
#include "tests/error_reason.h"
#include "tests/raw_call.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/ingest_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;
using testing::Not;

constexpr char kStatistics[] = "/yilan.v1.CustomerService/GetStatistics";

grpc::Status CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service,
                         HealthCheckResponse& response) {
  HealthCheckRequest request;
  request.set_service(service);
  grpc::ClientContext context;
  return Health::NewStub(channel)->Check(&context, request, &response);
}

HealthCheckResponse::ServingStatus HealthOf(const std::shared_ptr<grpc::Channel>& channel,
                                            const std::string& service = "") {
  HealthCheckResponse response;
  const grpc::Status status = CheckHealth(channel, service, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.status();
}

TEST(HealthTest, EveryServiceServes) {
  const ServerProcess server({"--storage", "memory:"});
  for (const char* service :
       {"", "yilan.v1.BillingService", "yilan.v1.CareService", "yilan.v1.CustomerService",
        "yilan.v1.CustomerViewService", "yilan.v1.IngestService", "yilan.v1.NetworkService"}) {
    EXPECT_EQ(HealthOf(server.Channel(), service), HealthCheckResponse::SERVING) << service;
  }
}

TEST(HealthTest, AServiceThatIsNotThereIsNotFound) {
  const ServerProcess server({"--storage", "memory:"});
  HealthCheckResponse response;
  EXPECT_EQ(CheckHealth(server.Channel(), "yilan.v1.NoService", response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST(HealthTest, AWatchTellsTheStateAndWhenItChanges) {
  ServerProcess server({"--storage", "memory:"});
  const auto channel = server.Channel();
  const auto health = Health::NewStub(channel);
  grpc::ClientContext context;
  const auto watch = health->Watch(&context, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  server.Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(server.Wait(), 0);
}

TEST(HealthTest, AWatchOfAnUnknownServiceSaysSo) {
  const ServerProcess server({"--storage", "memory:"});
  HealthCheckRequest request;
  request.set_service("yilan.v1.NoService");
  grpc::ClientContext context;
  const auto health = Health::NewStub(server.Channel());
  const auto watch = health->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
}

// ServerReflectionRequest{list_services: "*"}
RawAnswer ListServices(const ServerProcess& server) {
  return CallRaw(server.Channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                 "\x3a\x01*");
}

TEST(ReflectionTest, ListsAllServicesOnLoopback) {
  const ServerProcess server({"--storage", "memory:"});
  const RawAnswer answer = ListServices(server);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  for (const char* service :
       {"yilan.v1.BillingService", "yilan.v1.CareService", "yilan.v1.CustomerService",
        "yilan.v1.CustomerViewService", "yilan.v1.IngestService", "yilan.v1.NetworkService",
        "grpc.health.v1.Health", "grpc.channelz.v1.Channelz"}) {
    EXPECT_THAT(answer.bytes, HasSubstr(service));
  }
  EXPECT_THAT(answer.bytes, Not(HasSubstr("yilan.bench")));
}

TEST(ReflectionTest, FindsTheFileOfEveryServiceThatItLists) {
  const ServerProcess server({"--storage", "memory:"});
  for (const std::string service :
       {"yilan.v1.BillingService", "yilan.v1.IngestService", "grpc.health.v1.Health"}) {
    // ServerReflectionRequest{file_containing_symbol: service}
    const RawAnswer answer =
        CallRaw(server.Channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                std::string("\x22") + static_cast<char>(service.size()) + service);
    ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
    EXPECT_THAT(answer.bytes, HasSubstr(".proto")) << service;
  }
}

TEST(ReflectionTest, IsNotThereWhenSwitchedOff) {
  const ServerProcess server({"--storage", "memory:", "--reflection", "off"});
  EXPECT_EQ(ListServices(server).status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(
      CallRaw(server.Channel(), "/grpc.channelz.v1.Channelz/GetServers", "").status.error_code(),
      grpc::StatusCode::UNIMPLEMENTED);
}

TEST(ReflectionTest, IsOffWhereOthersCanConnectUnlessSaidOtherwise) {
  const ServerProcess quiet({"--storage", "memory:", "--insecure", "--listen", "0.0.0.0:0"});
  EXPECT_EQ(ListServices(quiet).status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  const ServerProcess open(
      {"--storage", "memory:", "--insecure", "--listen", "0.0.0.0:0", "--reflection", "on"});
  EXPECT_TRUE(ListServices(open).status.ok());
}

TEST(ErrorTest, AMessageOfFiveMebibytesIsTooLarge) {
  const ServerProcess server({"--storage", "memory:"});
  for (const size_t mebibytes : {5, 20}) {
    v1::UpsertSourceRecordRequest request;
    request.mutable_source_record()->set_name(std::string(mebibytes << 20, 'x'));
    grpc::ClientContext context;
    v1::UpsertSourceRecordResponse response;
    const grpc::Status status = v1::CustomerService::NewStub(server.Channel())
                                    ->UpsertSourceRecord(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOf(status), "TOO_LARGE");
  }
  EXPECT_EQ(HealthOf(server.Channel()), HealthCheckResponse::SERVING);
}

TEST(ErrorTest, AMessageOnAStreamCanBeTooLargeToo) {
  const ServerProcess server({"--storage", "memory:"});
  const auto ingest = v1::IngestService::NewStub(server.Channel());
  grpc::ClientContext context;
  const auto stream = ingest->Ingest(&context);
  v1::IngestRequest request;
  request.add_facts()->mutable_source_record()->set_name(std::string(5 << 20, 'x'));
  stream->Write(request);
  v1::IngestResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "TOO_LARGE");
}

TEST(ErrorTest, ViolationsInGreatNumberStillArrive) {
  const ServerProcess server({"--storage", "memory:"});
  v1::UpsertSourceRecordRequest request;
  for (int i = 0; i < 50; ++i) {
    request.mutable_source_record()->add_contact_media()->set_city(std::string(200, 'x'));
  }
  grpc::ClientContext context;
  v1::UpsertSourceRecordResponse response;
  const grpc::Status status = v1::CustomerService::NewStub(server.Channel())
                                  ->UpsertSourceRecord(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELDS");
}

TEST(ErrorTest, MessagesThatAreNotAsciiStillArriveWhole) {
  // The longest error that there is: every byte of it is escaped in HTTP/2's headers.
  const ServerProcess server({"--storage", "memory:"});
  v1::UpsertSourceRecordRequest request;
  std::string name;
  while (name.size() < 2000) name += "览";
  request.set_request_id(name);
  request.mutable_source_record()->set_birth_date(name);
  grpc::ClientContext context;
  v1::UpsertSourceRecordResponse response;
  const grpc::Status status = v1::CustomerService::NewStub(server.Channel())
                                  ->UpsertSourceRecord(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELDS");
}

TEST(ErrorTest, AnUnknownMethodHasAReason) {
  const ServerProcess server({"--storage", "memory:"});
  const grpc::Status status =
      CallRaw(server.Channel(), "/yilan.v1.CustomerService/GetEverything", "").status;
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_METHOD");
}

TEST(ErrorTest, CompressedMessagesAreRefusedAndHarmless) {
  const ServerProcess server({"--storage", "memory:"});
  v1::UpsertSourceRecordRequest request;
  request.mutable_source_record()->set_name(std::string(100'000, 'x'));
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::UpsertSourceRecordResponse response;
  const grpc::Status status = v1::CustomerService::NewStub(server.Channel())
                                  ->UpsertSourceRecord(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(ReasonOf(status), "MALFORMED_MESSAGE");
  EXPECT_EQ(HealthOf(server.Channel()), HealthCheckResponse::SERVING);
}

TEST(ErrorTest, MessagesTogetherTakeNoMoreMemoryThanTheyMay) {
  const ServerProcess server({"--storage", "memory:", "--max-buffer-bytes", "32MiB"});
  const std::string huge(200 << 20, 'x');
  EXPECT_EQ(CallRaw(server.Channel(), kStatistics, huge).status.error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  const std::string metrics = HttpGet(server.metrics_port(), "/metrics");
  const std::string name = "\nprocess_resident_memory_bytes ";
  const size_t at = metrics.find(name);
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(std::strtod(metrics.c_str() + at + name.size(), nullptr), 150 << 20);
  EXPECT_EQ(HealthOf(server.Channel()), HealthCheckResponse::SERVING);
}

// A server that is asked to end while a call is in flight: the caller has not let it send the
// answer.
class DrainTest : public testing::Test {
 protected:
  void Start(const std::string& drain_timeout) {
    server_ = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--storage", "memory:", "--drain-timeout", drain_timeout});
    other_ = server_->Channel();
    health_ = Health::NewStub(other_);
    watch_ = health_->Watch(&watch_context_, HealthCheckRequest());
    HealthCheckResponse response;
    ASSERT_TRUE(watch_->Read(&response));
    client_ = std::make_unique<RawHttp2>(server_->port(), /*window=*/0);
    stream_ = client_->Call(kStatistics, "");
    ASSERT_TRUE(client_->AwaitHeaders(stream_));
    server_->Signal(SIGTERM);
    // The server drains when it says so.
    ASSERT_TRUE(watch_->Read(&response));
    ASSERT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  }

  std::unique_ptr<ServerProcess> server_;
  std::shared_ptr<grpc::Channel> other_;
  std::unique_ptr<Health::Stub> health_;
  grpc::ClientContext watch_context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> watch_;
  std::unique_ptr<RawHttp2> client_;
  uint32_t stream_ = 0;
};

TEST_F(DrainTest, ACallInFlightCompletes) {
  Start("1m");
  client_->OpenWindow(stream_, 1 << 20);
  EXPECT_TRUE(client_->AwaitEnd(stream_));
  EXPECT_EQ(server_->Wait(), 0);
  EXPECT_THAT(server_->Log(), HasSubstr("\"message\":\"ended\""));
}

TEST_F(DrainTest, NewConnectionsAreRefusedMeanwhile) {
  Start("1m");
  // Closing the socket is the first thing after the health state; it may take a moment to be seen.
  while (RawHttp2(server_->port(), 0).connected()) std::this_thread::yield();
  client_->OpenWindow(stream_, 1 << 20);
  EXPECT_EQ(server_->Wait(), 0);
}

TEST_F(DrainTest, ACallThatTakesTooLongIsCutOff) {
  Start("100ms");
  EXPECT_EQ(server_->Wait(), 3);
  EXPECT_THAT(server_->Log(), HasSubstr("calls were cut off"));
}

TEST_F(DrainTest, ASecondSignalEndsAtOnce) {
  Start("10m");
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(), 3);
}

TEST(SignalTest, AnIdleServerEndsAtOnce) {
  for (const int signal : {SIGTERM, SIGINT}) {
    ServerProcess server({"--storage", "memory:"});
    const auto channel = server.Channel();
    EXPECT_EQ(HealthOf(channel), HealthCheckResponse::SERVING);
    server.Signal(signal);
    EXPECT_EQ(server.Wait(), 0);
  }
}

TEST(SignalTest, AnIdleStreamIsToldThatTheServerEnds) {
  ServerProcess server({"--storage", "memory:"});
  const auto ingest = v1::IngestService::NewStub(server.Channel());
  grpc::ClientContext context;
  const auto stream = ingest->Ingest(&context);
  v1::IngestRequest request;
  ASSERT_TRUE(stream->Write(request));
  v1::IngestResponse response;
  ASSERT_TRUE(stream->Read(&response));
  server.Signal(SIGTERM);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(ReasonOf(stream->Finish()), "SHUTTING_DOWN");
  EXPECT_EQ(server.Wait(), 0);
}

TEST(MetricsTest, CallsViewsStorageAndProcessAreThere) {
  const ServerProcess server({"--storage", "memory:"});
  ASSERT_TRUE(CallRaw(server.Channel(), kStatistics, "").status.ok());
  const std::string labels =
      R"({grpc_type="unary",grpc_service="yilan.v1.CustomerService",grpc_method="GetStatistics")";
  const std::string handled = "grpc_server_handled_total" + labels + ",grpc_code=\"OK\"} 1";
  std::string text;
  // A call is counted once its answer is out, so the client may be quicker.
  for (const absl::Time end = absl::Now() + absl::Seconds(30);
       absl::Now() < end && !absl::StrContains(text, handled);) {
    text = HttpGet(server.metrics_port(), "/metrics");
  }
  ASSERT_TRUE(absl::StrContains(text, handled));
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total" + labels + "} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count" + labels + "} 1"));
  for (const char* name :
       {"yilan_view_cache_capacity_bytes 2", "yilan_store_ready 1", "yilan_customers 0",
        "yilan_executor_workers ",
        "yilan_store_operations_total{operation=\"get_statistics\",code=\"OK\"} ",
        "yilan_store_write_reruns_total 0", "yilan_connections_accepted_total 1",
        "yilan_streams_open 0", "process_resident_memory_bytes ", "process_open_fds "}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + name));
  }
}

TEST(MetricsTest, NothingElseIsServedThere) {
  const ServerProcess server({"--storage", "memory:"});
  EXPECT_EQ(HttpGet(server.metrics_port(), "/"), "look at /metrics\n");
  EXPECT_EQ(HttpGet(server.metrics_port(), "/metrics/../etc"), "look at /metrics\n");
}

TEST(MetricsTest, CanBeOff) {
  const ServerProcess server({"--storage", "memory:", "--metrics-listen", "off"});
  EXPECT_EQ(server.metrics_port(), 0);
}

TEST(LogTest, EveryLineIsJsonAndNoneHasPersonalData) {
  ServerProcess server({"--storage", "memory:", "--log-level", "debug"});
  v1::UpsertSourceRecordRequest request;
  request.set_request_id("00000000-0000-4000-8000-000000000001");
  request.mutable_source_record()->set_name("Zhang San");
  request.mutable_source_record()->mutable_source()->set_source_system("crm");
  request.mutable_source_record()->mutable_source()->set_key("13800138000");
  grpc::ClientContext context;
  v1::UpsertSourceRecordResponse response;
  ASSERT_TRUE(v1::CustomerService::NewStub(server.Channel())
                  ->UpsertSourceRecord(&context, request, &response)
                  .ok());
  request.mutable_source_record()->set_birth_date("Zhang's day");
  grpc::ClientContext bad_context;
  EXPECT_FALSE(v1::CustomerService::NewStub(server.Channel())
                   ->UpsertSourceRecord(&bad_context, request, &response)
                   .ok());
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
  const std::string log = server.Log();
  std::istringstream lines(log);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto event = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(event.is_object()) << line;
    EXPECT_TRUE(event.contains("time") && event.contains("severity") && event.contains("message"))
        << line;
  }
  EXPECT_GE(count, 5);
  EXPECT_THAT(log, HasSubstr("UpsertSourceRecord"));
  EXPECT_THAT(log, HasSubstr("00000000-0000-4000-8000-000000000001"));
  EXPECT_THAT(log, Not(HasSubstr("Zhang")));
  EXPECT_THAT(log, Not(HasSubstr("13800138000")));
}

TEST(ListenTest, AUnixSocketWorksAndASecondServerCannotTakeIt) {
  const TempDir directory;
  const std::string address = "unix:" + directory.path("socket");
  ServerProcess server({"--storage", "memory:", "--listen", address});
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  EXPECT_EQ(HealthOf(channel), HealthCheckResponse::SERVING);
  const Outcome second =
      RunServer({"serve", "--storage", "memory:", "--metrics-listen", "off", "--listen", address});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("another program has it"));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
  struct stat status {};
  EXPECT_NE(stat(directory.path("socket").c_str(), &status), 0) << "the socket is left behind";
}

TEST(ListenTest, TheSocketOfAKilledServerIsTakenOver) {
  const TempDir directory;
  const std::string address = "unix:" + directory.path("socket");
  ServerProcess killed({"--storage", "memory:", "--listen", address});
  killed.Signal(SIGKILL);
  EXPECT_EQ(killed.Wait(), -SIGKILL);
  const ServerProcess server({"--storage", "memory:", "--listen", address});
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  EXPECT_EQ(HealthOf(channel), HealthCheckResponse::SERVING);
}

TEST(ListenTest, APortThatIsTakenIsAClearError) {
  const ServerProcess server({"--storage", "memory:"});
  for (const char* flag : {"--listen", "--metrics-listen"}) {
    std::vector<std::string> flags = {"serve", "--storage", "memory:"};
    for (const char* setting : {"--listen", "--metrics-listen"}) {
      flags.insert(flags.end(),
                   {setting, setting == std::string(flag) ? server.address() : "127.0.0.1:0"});
    }
    const Outcome outcome = RunServer(flags);
    EXPECT_EQ(outcome.exit_code, 1) << flag;
    EXPECT_THAT(outcome.err, HasSubstr(server.address())) << flag;
  }
}

TEST(ListenTest, ConnectionsBeyondTheLimitAreClosedUntilOthersEnd) {
  const ServerProcess server({"--storage", "memory:", "--max-connections", "2"});
  auto first = std::make_unique<RawHttp2>(server.port(), 1 << 20);
  RawHttp2 second(server.port(), 1 << 20);
  EXPECT_TRUE(first->AwaitEnd(first->Call(kStatistics, "")));
  EXPECT_TRUE(second.AwaitEnd(second.Call(kStatistics, "")));
  RawHttp2 third(server.port(), 1 << 20);
  EXPECT_TRUE(third.AwaitClosed());
  first.reset();
  // Once the server has seen the end of the first, there is room.
  bool answered = false;
  for (int i = 0; i < 1000 && !answered; ++i) {
    RawHttp2 another(server.port(), 1 << 20);
    answered = another.AwaitEnd(another.Call(kStatistics, ""));
  }
  EXPECT_TRUE(answered);
}

// CVE-2023-4785: gRPC 1.51's own listener never accepts again after this.
TEST(ListenTest, AcceptsAgainAfterItRanOutOfDescriptors) {
  const ServerProcess server({"--storage", "memory:"}, {}, /*descriptor_limit=*/64);
  {
    std::vector<std::unique_ptr<RawHttp2>> flood;
    for (int i = 0; i < 100; ++i) flood.push_back(std::make_unique<RawHttp2>(server.port(), 0));
    // The first one was accepted before descriptors ran out.
    EXPECT_TRUE(flood[0]->AwaitHeaders(flood[0]->Call(kStatistics, "")));
    while (server.Log().find("cannot accept connections") == std::string::npos) {
      std::this_thread::yield();
    }
  }
  RawHttp2 client(server.port(), 1 << 20);
  EXPECT_TRUE(client.AwaitEnd(client.Call(kStatistics, "")));
}

// CVE-2023-44487: a caller that resets every stream it begins.
TEST(ListenTest, AnswersOthersDuringAndAfterARapidReset) {
  const ServerProcess server({"--storage", "memory:"});
  const auto channel = server.Channel();
  RawHttp2 attacker(server.port(), 1 << 20);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 500; ++i) attacker.Reset(attacker.Call(kStatistics, ""));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    EXPECT_TRUE(CallRaw(channel, kStatistics, "", context).status.ok());
  }
  EXPECT_EQ(HealthOf(channel), HealthCheckResponse::SERVING);
}

TEST(ListenTest, BytesThatAreNotHttp2EndTheConnectionOnly) {
  const ServerProcess server({"--storage", "memory:"});
  for (const char* bytes :
       {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02", "\xff\xff\xff"}) {
    RawHttp2 client(server.port(), 1 << 20);
    client.SendRaw(std::string(bytes) + std::string(200, '\xff'));
    EXPECT_TRUE(client.AwaitClosed());
  }
  EXPECT_EQ(HealthOf(server.Channel()), HealthCheckResponse::SERVING);
}

}  // namespace
}  // namespace yilan::e2e
