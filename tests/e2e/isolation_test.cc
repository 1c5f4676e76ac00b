// --isolate-by-token: one server, a store for every token.
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/e2e/server_process.h"
#include "tests/error_reason.h"
#include "tests/raw_call.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/ingest_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

class IsolationTest : public testing::Test {
 protected:
  void Start(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--storage", "memory:", "--isolate-by-token"});
    server_ = std::make_unique<ServerProcess>(flags);
    channel_ = server_->Channel();
    stub_ = v1::CustomerService::NewStub(channel_);
  }

  static void Authorize(grpc::ClientContext& context, const std::string& token) {
    context.AddMetadata("authorization", "Bearer " + token);
  }

  grpc::Status Write(const std::string& token) {
    v1::UpsertSourceRecordRequest request;
    request.set_request_id("00000000-0000-4000-8000-000000000001");
    request.mutable_source_record()->mutable_source()->set_source_system("crm");
    request.mutable_source_record()->mutable_source()->set_key("c1");
    grpc::ClientContext context;
    Authorize(context, token);
    v1::UpsertSourceRecordResponse response;
    return stub_->UpsertSourceRecord(&context, request, &response);
  }

  // How many customers the token's store has; −1 for an error.
  int64_t Customers(const std::string& token) {
    grpc::ClientContext context;
    Authorize(context, token);
    v1::GetStatisticsResponse response;
    return stub_->GetStatistics(&context, {}, &response).ok() ? response.customers() : -1;
  }

  std::unique_ptr<ServerProcess> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CustomerService::Stub> stub_;
};

TEST_F(IsolationTest, WhatOneTokenWritesAnotherDoesNotSee) {
  Start();
  ASSERT_TRUE(Write("one").ok());
  EXPECT_EQ(Customers("one"), 1);
  EXPECT_EQ(Customers("two"), 0);
  ASSERT_TRUE(Write("two").ok());  // The same request id, and no replay.
  EXPECT_EQ(Customers("two"), 1);
}

TEST_F(IsolationTest, WithoutTokenThereIsNoStore) {
  Start();
  grpc::ClientContext context;
  v1::GetStatisticsResponse response;
  const grpc::Status status = stub_->GetStatistics(&context, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "UNAUTHENTICATED");
}

TEST_F(IsolationTest, WhatIsNoBearerTokenIsRefused) {
  Start();
  for (const std::string& value :
       {std::string("Basic abc"), std::string("Bearer "), "Bearer " + std::string(257, 'x')}) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", value);
    v1::GetStatisticsResponse response;
    EXPECT_EQ(stub_->GetStatistics(&context, {}, &response).error_code(),
              grpc::StatusCode::UNAUTHENTICATED)
        << value;
  }
}

TEST_F(IsolationTest, HealthNeedsNoToken) {
  Start();
  EXPECT_TRUE(CallRaw(channel_, "/grpc.health.v1.Health/Check", "").status.ok());
}

TEST_F(IsolationTest, StreamsAreIsolatedToo) {
  Start();
  const auto ingest = v1::IngestService::NewStub(channel_);
  grpc::ClientContext context;
  Authorize(context, "one");
  const auto stream = ingest->Ingest(&context);
  v1::IngestRequest request;
  auto& source = *request.add_facts()->mutable_source_record()->mutable_source();
  source.set_source_system("crm");
  source.set_key("c1");
  ASSERT_TRUE(stream->Write(request));
  stream->WritesDone();
  v1::IngestResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(Customers("one"), 1);
  EXPECT_EQ(Customers("two"), 0);
}

TEST_F(IsolationTest, TheStoreUnusedForLongestMakesRoom) {
  Start({"--max-tokens", "2"});
  ASSERT_TRUE(Write("one").ok());
  ASSERT_TRUE(Write("two").ok());
  EXPECT_EQ(Customers("one"), 1);  // Now "two" is the one unused for longest.
  EXPECT_EQ(Customers("three"), 0);
  EXPECT_EQ(Customers("one"), 1);
  EXPECT_EQ(Customers("two"), 0);
}

}  // namespace
}  // namespace yilan::e2e
