// The C++ client against a server that answers as it is told: ids, retries, deadlines, errors.
#include "yilan/client/client.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/status_matchers.h"

namespace yilan::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr auto kView = &v1::CustomerViewService::Stub::GetCustomerView;
constexpr auto kUpsert = &v1::BillingService::Stub::UpsertPayment;

// An error with the details that a Yilan server attaches.
grpc::Status Failure(grpc::StatusCode code, const std::string& reason,
                     absl::Duration retry_after = absl::ZeroDuration()) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message("it failed");
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("yilan");
  (*info.mutable_metadata())["customer_ids"] = "A,B";
  status.add_details()->PackFrom(info);
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("payment.amount");
  violation->set_description("is missing");
  status.add_details()->PackFrom(bad_request);
  if (retry_after > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(retry_after)));
    status.add_details()->PackFrom(retry);
  }
  return grpc::Status(code, "it failed", status.SerializeAsString());
}

// Answers payments and views with a script: one status for each call, OK behind the last.
class ScriptedServer final : public v1::BillingService::Service,
                             public v1::CustomerViewService::Service {
 public:
  explicit ScriptedServer(std::vector<grpc::Status> script = {}) : script_(std::move(script)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(static_cast<v1::BillingService::Service*>(this));
    builder.RegisterService(static_cast<v1::CustomerViewService::Service*>(this));
    server_ = builder.BuildAndStart();
  }
  ~ScriptedServer() override { Stop(); }
  void Stop() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  grpc::Status UpsertPayment(grpc::ServerContext* context, const v1::UpsertPaymentRequest* request,
                             v1::UpsertPaymentResponse* response) override {
    response->mutable_payment()->set_etag("stored");
    return Answer(*context, request->request_id());
  }
  grpc::Status GetCustomerView(grpc::ServerContext* context, const v1::GetCustomerViewRequest*,
                               v1::GetCustomerViewResponse*) override {
    return Answer(*context, "");
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  std::vector<std::string> request_ids() {
    MutexLock lock(mutex_);
    return request_ids_;
  }
  std::string authorization() {
    MutexLock lock(mutex_);
    return authorization_;
  }
  absl::Time deadline() {
    MutexLock lock(mutex_);
    return deadline_;
  }

 private:
  grpc::Status Answer(const grpc::ServerContext& context, const std::string& request_id) {
    MutexLock lock(mutex_);
    request_ids_.push_back(request_id);
    const auto header = context.client_metadata().find("authorization");
    if (header != context.client_metadata().end()) {
      authorization_.assign(header->second.data(), header->second.size());
    }
    deadline_ = absl::FromChrono(context.deadline());
    const size_t call = request_ids_.size() - 1;
    return call < script_.size() ? script_[call] : grpc::Status::OK;
  }

  const std::vector<grpc::Status> script_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  Mutex mutex_;
  std::vector<std::string> request_ids_ ABSL_GUARDED_BY(mutex_);
  std::string authorization_ ABSL_GUARDED_BY(mutex_);
  absl::Time deadline_ ABSL_GUARDED_BY(mutex_);
};

std::unique_ptr<Client> ClientOf(const ScriptedServer& server, ClientOptions options = {}) {
  options.address = server.address();
  auto client = Client::Create(options);
  EXPECT_TRUE(client.ok()) << client.status().ToString();
  return *std::move(client);
}

TEST(Client, ReturnsTheAnswer) {
  ScriptedServer server;
  const auto response = ClientOf(server)->Call<kUpsert>({});
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->payment().etag(), "stored");
}

TEST(Client, MakesARequestIdForEachWrite) {
  ScriptedServer server;
  const auto client = ClientOf(server);
  EXPECT_TRUE(client->Call<kUpsert>({}).ok());
  EXPECT_TRUE(client->Call<kUpsert>({}).ok());
  const auto ids = server.request_ids();
  ASSERT_THAT(ids, SizeIs(2));
  EXPECT_THAT(ids[0], ::testing::MatchesRegex(
                          "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(ids[0], ids[1]);
}

TEST(Client, KeepsTheRequestIdOfTheCaller) {
  ScriptedServer server;
  v1::UpsertPaymentRequest request;
  request.set_request_id("mine");
  EXPECT_TRUE(ClientOf(server)->Call<kUpsert>(request).ok());
  EXPECT_THAT(server.request_ids(), ElementsAre("mine"));
}

TEST(Client, TriesAgainUnderTheSameIdWhenTheServerAsksForIt) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::ABORTED}) {
    ScriptedServer server({Failure(code, "SERVER_BUSY", absl::Milliseconds(1)),
                           Failure(code, "SERVER_BUSY", absl::Milliseconds(1))});
    EXPECT_TRUE(ClientOf(server)->Call<kUpsert>({}).ok());
    const auto ids = server.request_ids();
    ASSERT_THAT(ids, SizeIs(3));
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1u);
  }
}

TEST(Client, WaitsAsLongAsTheServerAsks) {
  ScriptedServer server(
      {Failure(grpc::StatusCode::RESOURCE_EXHAUSTED, "SERVER_BUSY", absl::Milliseconds(100))});
  const absl::Time start = absl::Now();
  EXPECT_TRUE(ClientOf(server)->Call<kView>({}).ok());
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(100));
}

TEST(Client, DoesNotTryAgainWhenTheServerDoesNotAskForIt) {
  ScriptedServer server({Failure(grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_LARGE")});
  const auto response = ClientOf(server)->Call<kUpsert>({});
  EXPECT_EQ(response.status().reason, "TOO_LARGE");
  EXPECT_THAT(server.request_ids(), SizeIs(1));
}

TEST(Client, GivesUpAfterAsManyRetriesAsItMayMake) {
  ScriptedServer server(std::vector<grpc::Status>(
      20, Failure(grpc::StatusCode::RESOURCE_EXHAUSTED, "SERVER_BUSY", absl::Milliseconds(1))));
  const auto response = ClientOf(server, {.max_retries = 2})->Call<kUpsert>({});
  EXPECT_EQ(response.status().reason, "SERVER_BUSY");
  EXPECT_THAT(server.request_ids(), SizeIs(3));
}

TEST(Client, ReturnsTheReasonRatherThanWaitBeyondTheDeadline) {
  ScriptedServer server(
      {Failure(grpc::StatusCode::RESOURCE_EXHAUSTED, "SERVER_BUSY", absl::Milliseconds(900))});
  const auto response = ClientOf(server)->Call<kUpsert>({}, {.deadline = absl::Milliseconds(500)});
  EXPECT_EQ(response.status().reason, "SERVER_BUSY");
}

TEST(Client, TriesAgainByItselfWhenTheConnectionFails) {
  // What gRPC reports for a lost connection: UNAVAILABLE without details.
  ScriptedServer server({grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost")});
  EXPECT_TRUE(ClientOf(server)->Call<kUpsert>({}).ok());
  const auto ids = server.request_ids();
  ASSERT_THAT(ids, SizeIs(2));
  EXPECT_EQ(ids[0], ids[1]);
}

TEST(Client, DecodesTheDetailsOfAnError) {
  ScriptedServer server({Failure(grpc::StatusCode::FAILED_PRECONDITION, "AMBIGUOUS_IDENTIFIER",
                                 absl::Milliseconds(250))});
  const Status status = ClientOf(server)->Call<kView>({}).status();
  EXPECT_EQ(status.code, absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message, "it failed");
  EXPECT_EQ(status.reason, "AMBIGUOUS_IDENTIFIER");
  EXPECT_THAT(status.metadata, ElementsAre(Pair("customer_ids", "A,B")));
  ASSERT_THAT(status.violations, SizeIs(1));
  EXPECT_EQ(status.violations[0].field, "payment.amount");
  EXPECT_EQ(status.violations[0].description, "is missing");
  EXPECT_EQ(status.retry_delay, absl::Milliseconds(250));
  EXPECT_EQ(status.ToString(), "FAILED_PRECONDITION (AMBIGUOUS_IDENTIFIER): it failed");
}

TEST(Client, AnErrorWithoutDetailsHasACodeAndAMessage) {
  ScriptedServer server(
      {grpc::Status(grpc::StatusCode::INTERNAL, "broken", "no google.rpc.Status")});
  const Status status = ClientOf(server)->Call<kView>({}).status();
  EXPECT_EQ(status.code, absl::StatusCode::kInternal);
  EXPECT_EQ(status.message, "broken");
  EXPECT_EQ(status.reason, "");
  EXPECT_THAT(status.violations, IsEmpty());
}

TEST(Client, CallsHaveADeadlineByDefaultAndTakeAnother) {
  ScriptedServer server;
  const auto client = ClientOf(server, {.deadline = absl::Seconds(20)});
  EXPECT_TRUE(client->Call<kView>({}).ok());
  EXPECT_GT(server.deadline(), absl::Now() + absl::Seconds(10));
  EXPECT_LT(server.deadline(), absl::Now() + absl::Seconds(21));
  EXPECT_TRUE(client->Call<kView>({}, {.deadline = absl::Seconds(300)}).ok());
  EXPECT_GT(server.deadline(), absl::Now() + absl::Seconds(200));
}

TEST(Client, SendsTheBearerToken) {
  ScriptedServer server;
  EXPECT_TRUE(ClientOf(server, {.bearer_token = "secret"})->Call<kView>({}).ok());
  EXPECT_EQ(server.authorization(), "Bearer secret");
}

TEST(Client, AServerThatIsNotThereIsUnavailable) {
  ScriptedServer server;
  const auto client = ClientOf(server);
  server.Stop();
  const Status status = client->Call<kView>({}).status();
  EXPECT_EQ(status.code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.reason, "");
}

TEST(Client, RefusesPlaintextToOtherMachines) {
  for (const std::string address :
       {"yilan.example:50051", "10.0.0.1:50051", "dns:///yilan.example:443", "localhost.example:1",
        "[2001:db8::1]:50051"}) {
    const auto client = Client::Create({.address = address});
    EXPECT_EQ(client.status().code, absl::StatusCode::kFailedPrecondition) << address;
    EXPECT_THAT(client.status().message, HasSubstr("plaintext"));
    EXPECT_TRUE(Client::Create({.address = address, .allow_plaintext = true}).ok()) << address;
    EXPECT_TRUE(Client::Create({.address = address, .tls = TlsOptions{}}).ok()) << address;
  }
}

TEST(Client, TakesPlaintextWithinTheMachine) {
  for (const std::string address : {"localhost:50051", "127.0.0.1:50051", "[::1]:50051",
                                    "unix:/run/yilan", "dns:///localhost:50051"}) {
    EXPECT_TRUE(Client::Create({.address = address}).ok()) << address;
  }
}

TEST(Client, RefusesOptionsThatMakeNoSense) {
  EXPECT_EQ(Client::Create({}).status().code, absl::StatusCode::kInvalidArgument);
  const auto half =
      Client::Create({.address = "localhost:1", .tls = TlsOptions{.certificate = "PEM"}});
  EXPECT_THAT(half.status().message, HasSubstr("go together"));
}

}  // namespace
}  // namespace yilan::client
