#include "server/call/error_status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "tests/error_reason.h"

namespace yilan::server {
namespace {

TEST(ErrorStatusTest, OkStaysOk) { EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok()); }

TEST(ErrorStatusTest, CodeMessageAndReasonArrive) {
  const grpc::Status status = ToGrpcStatus(core::ErrorWithReason(absl::StatusCode::kNotFound,
                                                                 v1::ERROR_REASON_FACT_NOT_FOUND,
                                                                 "no such bill", {{"key", "b"}}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such bill");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 5);
  EXPECT_EQ(details.message(), "no such bill");
  const auto infos = DetailsOf<google::rpc::ErrorInfo>(status);
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].reason(), "FACT_NOT_FOUND");
  EXPECT_EQ(infos[0].domain(), "yilan");
  EXPECT_EQ(infos[0].metadata().at("key"), "b");
}

TEST(ErrorStatusTest, AnErrorWithoutReasonGetsOne) {
  const grpc::Status status = ToGrpcStatus(absl::UnavailableError("disk gone"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto infos = DetailsOf<google::rpc::ErrorInfo>(status);
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].reason(), "STORE_UNAVAILABLE");
}

TEST(ErrorStatusTest, RetryInfoArrives) {
  const grpc::Status status = ToGrpcStatus(
      core::ErrorWithReason(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_SERVER_BUSY,
                            "busy", {}, absl::Milliseconds(1500)));
  const auto infos = DetailsOf<google::rpc::RetryInfo>(status);
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].retry_delay().seconds(), 1);
  EXPECT_EQ(infos[0].retry_delay().nanos(), 500'000'000);
}

TEST(ErrorStatusTest, ViolationsArrive) {
  core::Violations violations;
  violations.Add("customer_bill.amount", "is missing");
  violations.Add("request_id", "is not a UUID");
  const grpc::Status status = ToGrpcStatus(violations.ToStatus());
  const auto requests = DetailsOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(requests.size(), 1u);
  ASSERT_EQ(requests[0].field_violations_size(), 2);
  EXPECT_EQ(requests[0].field_violations(1).field(), "request_id");
}

TEST(ErrorStatusTest, TooManyViolationsAreCutAndCounted) {
  core::Violations violations;
  for (int i = 0; i < 100; ++i) {
    violations.Add(absl::StrCat("customer_bill.lines[", i, "].amount.currency_code"),
                   "is longer than the 3 bytes of an ISO 4217 code; write as CNY");
  }
  const grpc::Status status = ToGrpcStatus(violations.ToStatus());
  EXPECT_LE(status.error_details().size(), kMaxDetailBytes);
  const auto requests = DetailsOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(requests.size(), 1u);
  const int listed = requests[0].field_violations_size() - 1;
  EXPECT_GT(listed, 10);
  EXPECT_EQ(requests[0].field_violations(listed).description(),
            absl::StrCat(100 - listed, " more violations are not listed; correct these first"));
  EXPECT_EQ(DetailsOf<google::rpc::ErrorInfo>(status).size(), 1u);
}

TEST(ErrorStatusTest, ALongMessageIsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 3000) text += "览";
  const grpc::Status status = ToGrpcStatus(
      core::ErrorWithReason(absl::StatusCode::kInternal, v1::ERROR_REASON_INTERNAL, text));
  EXPECT_LE(status.error_message().size(), kMaxMessageBytes);
  EXPECT_EQ((status.error_message().size() - 3) % 3, 0u);
  EXPECT_EQ(status.error_message().substr(status.error_message().size() - 3), "...");
}

}  // namespace
}  // namespace yilan::server
