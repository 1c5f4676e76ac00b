// What happens to a call between gRPC and core.
#include <atomic>
#include <future>
#include <string>

#include "absl/time/clock.h"
#include "core/errors.h"
#include "gmock/gmock.h"
#include "prometheus/text_serializer.h"
#include "tests/raw_call.h"
#include "tests/server/adapter_fixture.h"

namespace yilan::server {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPath[] = "/yilan.v1.CustomerService/GetCustomer";

absl::Status Answer(const core::Call&, const v1::GetCustomerRequest& request,
                    v1::GetCustomerResponse& response) {
  response.mutable_customer()->set_customer_id(request.customer().customer_id());
  return absl::OkStatus();
}

TEST_F(AdapterTest, TheHandlerGetsTheRequestAndItsAnswerArrives) {
  Start(Answer);
  grpc::ClientContext context;
  v1::GetCustomerResponse response;
  ASSERT_TRUE(stub_->GetCustomer(&context, Request(), &response).ok());
  EXPECT_EQ(response.customer().customer_id(), Request().customer().customer_id());
}

TEST_F(AdapterTest, AnErrorOfTheHandlerArrivesWithItsReason) {
  Start([](const auto&, const auto&, auto&) {
    return core::ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_CUSTOMER_NOT_FOUND,
                                 "nobody goes by that");
  });
  const grpc::Status status = Get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "nobody goes by that");
  EXPECT_EQ(ReasonOf(status), "CUSTOMER_NOT_FOUND");
}

TEST_F(AdapterTest, AllViolationsOfARequestAreReportedAndTheHandlerIsNotRun) {
  std::atomic<int> runs{0};
  Start([&runs](const auto&, const auto&, auto&) {
    ++runs;
    return absl::OkStatus();
  });
  v1::GetCustomerRequest request;
  request.mutable_customer()->mutable_typed_identifier()->set_value(std::string(300, 'x'));
  const grpc::Status status = Get(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELDS");
  const auto details = DetailsOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(details.size(), 1u);
  EXPECT_EQ(details[0].field_violations_size(), 2) << details[0].DebugString();
  EXPECT_EQ(runs, 0);
}

TEST_F(AdapterTest, BytesThatAreNotTheMessageAreMalformed) {
  Start(Answer);
  const RawAnswer answer = CallRaw(channel_, kPath, "\xff\xff\xff");
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(answer.status), "MALFORMED_MESSAGE");
}

TEST_F(AdapterTest, AStringThatIsNotUtf8IsNamed) {
  Start(Answer);
  v1::GetCustomerRequest request;
  request.mutable_customer()->set_customer_id("a\xff");
  std::string bytes;
  {
    // The client's protobuf would refuse to send this.
    bytes = std::string("\x0a\x04\x0a\x02") + "a\xff";
  }
  const RawAnswer answer = CallRaw(channel_, kPath, bytes);
  EXPECT_EQ(ReasonOf(answer.status), "INVALID_FIELDS");
  const auto details = DetailsOf<google::rpc::BadRequest>(answer.status);
  ASSERT_EQ(details.size(), 1u);
  EXPECT_EQ(details[0].field_violations(0).field(), "customer.customer_id");
}

TEST_F(AdapterTest, ACallWithoutMessageIsMalformed) {
  Start(Answer);
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto call = stub.PrepareCall(&context, kPath, &queue);
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
  };
  call->StartCall(nullptr);
  next();
  call->WritesDone(nullptr);
  next();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "MALFORMED_MESSAGE");
}

TEST_F(AdapterTest, AMessageOfTheGreatestSizeIsTakenAndOneMoreByteIsTooLarge) {
  gate_options_.max_message_bytes = 1000;
  Start(Answer);
  // An unknown field makes the size.
  const std::string request = Request().SerializeAsString();
  const auto padded = [&request](size_t size) {
    const size_t rest = size - request.size() - 4;  // Two bytes each of tag and length.
    return request + "\xfa\x7f" + static_cast<char>(0x80 | (rest & 0x7f)) +
           static_cast<char>(rest >> 7) + std::string(rest, 'x');
  };
  EXPECT_EQ(padded(1000).size(), 1000u);
  EXPECT_TRUE(CallRaw(channel_, kPath, padded(1000)).status.ok());
  const grpc::Status status = CallRaw(channel_, kPath, padded(1001)).status;
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "TOO_LARGE");
}

TEST_F(AdapterTest, AnAnswerOfTheGreatestSizeArrivesAndOneMoreByteIsTooLarge) {
  gate_options_.max_answer_bytes = 1000;
  Start([](const auto&, const auto& request, auto& response) {
    response.mutable_customer()->set_customer_id(
        std::string(std::stoul(request.customer().customer_id()), 'x'));
    return absl::OkStatus();
  });
  // Two tags with a length of two bytes each come on top.
  v1::GetCustomerRequest request;
  request.mutable_customer()->set_customer_id("994");
  EXPECT_TRUE(Get(request).ok());
  request.mutable_customer()->set_customer_id("995");
  const grpc::Status status = Get(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "TOO_LARGE");
}

TEST_F(AdapterTest, AnUnknownMethodHasAReason) {
  Start(Answer);
  for (const char* path :
       {"/yilan.v1.CustomerService/GetPerson", "/other.Service/Get", "/nonsense"}) {
    const grpc::Status status = CallRaw(channel_, path, "").status;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << path;
    EXPECT_EQ(ReasonOf(status), "UNKNOWN_METHOD") << path;
  }
}

TEST_F(AdapterTest, ACallWithoutDeadlineGetsTheDefault) {
  gate_options_.default_deadline = absl::Seconds(7);
  absl::Time deadline;
  Start([&](const core::Call& call, const auto&, auto&) {
    deadline = call.deadline;
    return absl::OkStatus();
  });
  const absl::Time before = absl::Now();
  ASSERT_TRUE(Get().ok());
  EXPECT_GE(deadline, before + absl::Seconds(7));
  EXPECT_LE(deadline, absl::Now() + absl::Seconds(7));
}

TEST_F(AdapterTest, TheCallersDeadlineIsKeptAndCapped) {
  gate_options_.max_deadline = absl::Minutes(1);
  absl::Time deadline;
  Start([&](const core::Call& call, const auto&, auto&) {
    deadline = call.deadline;
    return absl::OkStatus();
  });
  const auto get_within = [&](absl::Duration time) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + time));
    EXPECT_TRUE(Get(context).ok());
  };
  absl::Time before = absl::Now();
  get_within(absl::Seconds(30));
  EXPECT_GE(deadline, before + absl::Seconds(29));
  EXPECT_LE(deadline, absl::Now() + absl::Seconds(31));
  before = absl::Now();
  get_within(absl::Hours(3));
  EXPECT_LE(deadline, absl::Now() + absl::Minutes(1));
}

TEST_F(AdapterTest, CallersWithinTheMachineAreLocal) {
  std::string client;
  Start([&](const core::Call& call, const auto&, auto&) {
    client = call.client;
    return absl::OkStatus();
  });
  ASSERT_TRUE(Get().ok());
  EXPECT_EQ(client, "local");
}

TEST_F(AdapterTest, WhoIsNotAuthorizedIsRefusedBeforeAnyWork) {
  authorizer_ = [](const core::Call& call, const Method& method) {
    EXPECT_EQ(call.client, "local");
    EXPECT_EQ(method.path, kPath);
    return core::ErrorWithReason(absl::StatusCode::kPermissionDenied,
                                 v1::ERROR_REASON_UNAUTHENTICATED, "billing may not do that");
  };
  std::atomic<int> runs{0};
  Start([&runs](const auto&, const auto&, auto&) {
    ++runs;
    return absl::OkStatus();
  });
  EXPECT_EQ(Get(v1::GetCustomerRequest()).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(runs, 0);
}

TEST_F(AdapterTest, MoreCallsThanTheServerTakesAreBusyAtOnce) {
  gate_options_.max_in_flight = 1;
  Door begun, door;
  Start([&](const auto&, const auto&, auto&) {
    begun.Open();
    door.Wait();
    return absl::OkStatus();
  });
  auto first = GetAsync();
  begun.Wait();
  const grpc::Status second = Get();
  EXPECT_EQ(second.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(second), "SERVER_BUSY");
  EXPECT_EQ(DetailsOf<google::rpc::RetryInfo>(second).size(), 1u);
  door.Open();
  EXPECT_TRUE(first.get().ok());
}

// Waits until `count` tasks are in the queue of the executor.
void AwaitQueued(const Executor& executor, uint64_t count) {
  while (executor.figures().queued < count) std::this_thread::yield();
}

TEST_F(AdapterTest, AFullQueueIsBusyAtOnce) {
  executor_options_ = {.workers = 1, .max_queued = 1};
  Door begun, door;
  std::atomic<int> runs{0};
  Start([&](const auto&, const auto&, auto&) {
    if (++runs == 1) begun.Open();
    door.Wait();
    return absl::OkStatus();
  });
  auto running = GetAsync();
  begun.Wait();
  auto waiting = GetAsync();
  AwaitQueued(*executor_, 1);
  const grpc::Status refused = Get();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "SERVER_BUSY");
  EXPECT_EQ(DetailsOf<google::rpc::RetryInfo>(refused).size(), 1u);
  door.Open();
  EXPECT_TRUE(running.get().ok());
  EXPECT_TRUE(waiting.get().ok());
}

TEST_F(AdapterTest, ACallThatIsCancelledWhileItWaitsIsNotRun) {
  executor_options_ = {.workers = 1, .max_queued = 10};
  Door begun, door;
  std::atomic<int> runs{0};
  Start([&](const auto&, const auto&, auto&) {
    if (++runs == 1) begun.Open();
    door.Wait();
    return absl::OkStatus();
  });
  auto running = GetAsync();
  begun.Wait();
  grpc::ClientContext context;
  auto waiting = std::async(std::launch::async, [&] { return Get(context); });
  AwaitQueued(*executor_, 1);
  context.TryCancel();
  EXPECT_EQ(waiting.get().error_code(), grpc::StatusCode::CANCELLED);
  // The server has the cancellation when it has answered a later call on the same connection.
  (void)CallRaw(channel_, "/unknown/Method", "");
  door.Open();
  EXPECT_TRUE(running.get().ok());
  EXPECT_TRUE(Get().ok());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(executor_->figures().dropped, 1u);
}

TEST_F(AdapterTest, ACallWhoseDeadlinePassesWhileItWaitsIsNotRun) {
  executor_options_ = {.workers = 1, .max_queued = 10};
  gate_options_.default_deadline = absl::Milliseconds(1);
  Door begun, door;
  std::atomic<int> runs{0};
  absl::Time first_deadline;
  Start([&](const core::Call& call, const auto&, auto&) {
    ++runs;
    first_deadline = call.deadline;
    begun.Open();
    door.Wait();
    return absl::OkStatus();
  });
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(1)));
  auto running = std::async(std::launch::async, [&] { return Get(context); });
  begun.Wait();
  auto waiting = GetAsync();
  AwaitQueued(*executor_, 1);
  const absl::Time submitted = absl::Now();
  while (absl::Now() < submitted + absl::Milliseconds(1)) std::this_thread::yield();
  door.Open();
  EXPECT_TRUE(running.get().ok());
  const grpc::Status status = waiting.get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(status), "DEADLINE_PASSED");
  EXPECT_EQ(runs, 1);
}

TEST_F(AdapterTest, DrainingLetsACallFinishAndRefusesNewOnes) {
  Door begun, door;
  Start([&](const auto&, const auto&, auto&) {
    begun.Open();
    door.Wait();
    return absl::OkStatus();
  });
  auto in_flight = GetAsync();
  begun.Wait();
  auto drained =
      std::async(std::launch::async, [this] { return adapter_->Drain(absl::InfiniteFuture()); });
  while (!gate_->closed()) std::this_thread::yield();
  const grpc::Status refused = Get();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(refused), "SHUTTING_DOWN");
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  door.Open();
  EXPECT_TRUE(in_flight.get().ok());
  EXPECT_TRUE(drained.get());
}

TEST_F(AdapterTest, DrainingGivesUpAtItsTime) {
  Door begun, door;
  Start([&](const auto&, const auto&, auto&) {
    begun.Open();
    door.Wait();
    return absl::OkStatus();
  });
  auto in_flight = GetAsync();
  begun.Wait();
  EXPECT_FALSE(adapter_->Drain(absl::Now() + absl::Milliseconds(10)));
  door.Open();
  EXPECT_TRUE(in_flight.get().ok());
}

TEST_F(AdapterTest, AnAnswerAtOnceTakesNoWorker) {
  executor_options_ = {.workers = 1, .max_queued = 1};
  ServiceMethods methods(v1::GetCustomerRequest::descriptor()->file(), "CustomerService");
  const auto bytes = std::make_shared<const std::string>([] {
    v1::GetCustomerResponse response;
    response.mutable_customer()->set_name("at once");
    return response.SerializeAsString();
  }());
  std::atomic<bool> at_once{true};
  Method& method =
      methods.ServeBytes("GetCustomer", [](core::Platform&, const core::Call&, const Message&) {
        v1::GetCustomerResponse response;
        response.mutable_customer()->set_name("by a worker");
        return std::make_shared<const std::string>(response.SerializeAsString());
      });
  method.try_at_once = [&](core::Platform&, const core::Call&,
                           const Message&) -> std::optional<absl::StatusOr<core::SharedBytes>> {
    if (!at_once) return std::nullopt;
    return bytes;
  };
  Start(std::move(methods));
  const auto name = [this] {
    grpc::ClientContext context;
    v1::GetCustomerResponse response;
    EXPECT_TRUE(stub_->GetCustomer(&context, Request(), &response).ok());
    return response.customer().name();
  };
  EXPECT_EQ(name(), "at once");
  EXPECT_EQ(executor_->figures().executed, 0u);
  at_once = false;
  EXPECT_EQ(name(), "by a worker");
}

TEST_F(AdapterTest, SharedBytesAreHeldUntilTheyAreSent) {
  ServiceMethods methods(v1::GetCustomerRequest::descriptor()->file(), "CustomerService");
  std::weak_ptr<const std::string> held;
  methods.ServeBytes("GetCustomer", [&held](core::Platform&, const core::Call&, const Message&) {
    v1::GetCustomerResponse response;
    response.mutable_customer()->set_name(std::string(100'000, 'n'));
    auto bytes = std::make_shared<const std::string>(response.SerializeAsString());
    held = bytes;
    return bytes;
  });
  Start(std::move(methods));
  grpc::ClientContext context;
  v1::GetCustomerResponse response;
  ASSERT_TRUE(stub_->GetCustomer(&context, Request(), &response).ok());
  EXPECT_EQ(response.customer().name().size(), 100'000u);
  Stop();
  EXPECT_TRUE(held.expired());
}

TEST_F(AdapterTest, CallsAreCountedByTheirCode) {
  Start(Answer);
  ASSERT_TRUE(Get().ok());
  EXPECT_FALSE(Get(v1::GetCustomerRequest()).ok());
  (void)CallRaw(channel_, "/unknown/Method", "");
  Stop();
  const std::string text = prometheus::TextSerializer().Serialize(metrics_.Collect());
  const std::string labels =
      R"(grpc_type="unary",grpc_service="yilan.v1.CustomerService",grpc_method="GetCustomer")";
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total{" + labels + "} 2\n"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{" + labels + ",grpc_code=\"OK\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(",grpc_code=\"InvalidArgument\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("grpc_service=\"unknown\",grpc_method=\"unknown\",grpc_code="
                              "\"Unimplemented\"} 1\n"));
}

TEST_F(AdapterTest, TheLogOfACallHasNoContentOfIt) {
  Start([](const auto&, const auto&, auto&) {
    return core::ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_CUSTOMER_NOT_FOUND,
                                 "nobody goes by that");
  });
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  v1::GetCustomerRequest request;
  request.mutable_customer()->mutable_typed_identifier()->set_type(v1::IDENTIFIER_TYPE_EMAIL);
  request.mutable_customer()->mutable_typed_identifier()->set_value("zhang.san@example.com");
  EXPECT_FALSE(Get(context, request).ok());
  Stop();
  const std::string log = LogText();
  EXPECT_THAT(log, HasSubstr("\"method\":\"/yilan.v1.CustomerService/GetCustomer\""));
  EXPECT_THAT(log, HasSubstr("\"code\":\"NOT_FOUND\""));
  EXPECT_THAT(log, HasSubstr("\"reason\":\"CUSTOMER_NOT_FOUND\""));
  EXPECT_THAT(log, HasSubstr("\"client\":\"local\""));
  EXPECT_THAT(log, HasSubstr("\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""));
  EXPECT_THAT(log, HasSubstr("\"duration_us\":"));
  EXPECT_THAT(log, Not(HasSubstr("zhang")));
}

TEST_F(AdapterTest, TheLogOfAWriteHasItsRequestId) {
  ServiceMethods methods(v1::GetCustomerRequest::descriptor()->file(), "CustomerService");
  methods.Serve<v1::DeleteSourceRecordRequest, v1::DeleteSourceRecordResponse>(
      "DeleteSourceRecord", [](core::Platform&, const core::Call&, const auto&, auto&) {
        return absl::InternalError("a defect");
      });
  Start(std::move(methods));
  v1::DeleteSourceRecordRequest request;
  request.set_request_id("2f1b8c1e-6a52-4d8e-9d1c-0b5d0c1a7e11");
  request.set_source_system("crm");
  request.set_key("7");
  grpc::ClientContext context;
  v1::DeleteSourceRecordResponse response;
  const grpc::Status status = stub_->DeleteSourceRecord(&context, request, &response);
  EXPECT_EQ(ReasonOf(status), "INTERNAL");
  Stop();
  const std::string log = LogText();
  EXPECT_THAT(log, HasSubstr("\"severity\":\"ERROR\""));
  EXPECT_THAT(log, HasSubstr("\"request_id\":\"2f1b8c1e-6a52-4d8e-9d1c-0b5d0c1a7e11\""));
}

TEST_F(AdapterTest, ManyCallsAtATimeAllGetTheirOwnAnswer) {
  executor_options_ = {.workers = 4, .max_queued = 1000};
  Start(Answer);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        v1::GetCustomerRequest request;
        request.mutable_customer()->set_customer_id(std::to_string(t * 1000 + i));
        grpc::ClientContext context;
        v1::GetCustomerResponse response;
        const grpc::Status status = stub_->GetCustomer(&context, request, &response);
        if (!status.ok() || response.customer().customer_id() != request.customer().customer_id()) {
          ++wrong;
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace yilan::server
