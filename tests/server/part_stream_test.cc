// Streams that tell one caller all there is, part by part, as fast as they are read.
#include <atomic>
#include <memory>
#include <string>

#include "core/errors.h"
#include "tests/raw_call.h"
#include "tests/server/adapter_fixture.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::server {
namespace {

// Makes `parts` parts of one link each, its key the number of the part from 0.
struct Source {
  int parts = 0;
  std::atomic<int>* made = nullptr;
  std::string filling;
  int next = 0;

  absl::StatusOr<bool> Next(const core::Call&, v1::StreamLinksResponse& part) {
    ++*made;
    v1::IdentityLink& link = *part.add_links();
    link.mutable_record()->set_customer_key(std::to_string(next));
    link.set_customer_id(filling);
    return ++next < parts;
  }
};

class PartStreamTest : public AdapterTest {
 protected:
  void StartService(ServiceMethods methods) {
    // A unary call that goes through the same workers, in turn with the parts.
    methods.Serve<v1::GetSurvivorshipRulesRequest, v1::GetSurvivorshipRulesResponse>(
        "GetSurvivorshipRules", [](auto&, auto&, auto&, auto&) { return absl::OkStatus(); });
    Start(std::move(methods));
    identity_ = v1::IdentityService::NewStub(channel_);
  }
  static ServiceMethods Methods() {
    return ServiceMethods(v1::GetSurvivorshipRulesRequest::descriptor()->file(), "IdentityService");
  }
  template <typename Open>
  void StartLinks(Open open) {
    ServiceMethods methods = Methods();
    methods.ServeParts<v1::StreamLinksRequest, v1::StreamLinksResponse>("StreamLinks", open);
    StartService(std::move(methods));
  }
  void StartSource(int parts, const std::string& filling = "") {
    StartLinks([this, parts, filling](auto&, auto&) {
      return absl::StatusOr<Source>(Source{.parts = parts, .made = &made_, .filling = filling});
    });
  }
  void CallOnce() {
    grpc::ClientContext context;
    v1::GetSurvivorshipRulesResponse response;
    EXPECT_TRUE(identity_->GetSurvivorshipRules(&context, {}, &response).ok());
  }
  auto Open(grpc::ClientContext& context) { return identity_->StreamLinks(&context, {}); }

  std::atomic<int> made_{0};
  std::unique_ptr<v1::IdentityService::Stub> identity_;
};

TEST_F(PartStreamTest, AllPartsArriveInOrder) {
  StartSource(1000);
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  int next = 0;
  while (reader->Read(&part)) {
    ASSERT_EQ(part.links(0).record().customer_key(), std::to_string(next));
    ++next;
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(next, 1000);
}

TEST_F(PartStreamTest, WhatIsNotReadIsNotMade) {
  constexpr int kParts = 20000;
  StartSource(kParts, std::string(100'000, 'x'));
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  ASSERT_TRUE(reader->Read(&part));
  // While anything can be made, at least one part is made in turn with some calls.
  constexpr int kRounds = 100;
  int unchanged = 0;
  for (int before = -1; unchanged < kRounds && made_ < kParts;) {
    CallOnce();
    unchanged = made_ == before ? unchanged + 1 : 0;
    before = made_;
  }
  EXPECT_LT(made_, kParts / 10);
  // And goes on when it is read.
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(reader->Read(&part));
  EXPECT_GE(made_, 500);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(PartStreamTest, ACallerWhoGoesEndsTheMaking) {
  StartSource(1 << 30);
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  ASSERT_TRUE(reader->Read(&part));
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  while (adapter_->figures().streams > 0) CallOnce();
  const int made = made_;
  for (int i = 0; i < 20; ++i) CallOnce();
  EXPECT_EQ(made_, made);
}

TEST_F(PartStreamTest, TheCallersDeadlineEndsIt) {
  StartSource(1 << 30);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  while (reader->Read(&part)) continue;
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(PartStreamTest, PartsThatSayNothingAreNotSent) {
  struct Quiet {
    int left = 5;
    absl::StatusOr<bool> Next(const core::Call&, v1::StreamLinksResponse& part) {
      if (left == 3) part.add_links()->set_customer_id("C");
      return --left > 0;
    }
  };
  StartLinks([](auto&, auto&) { return absl::StatusOr<Quiet>(Quiet()); });
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  ASSERT_TRUE(reader->Read(&part));
  EXPECT_EQ(part.links_size(), 1);
  EXPECT_FALSE(reader->Read(&part));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(PartStreamTest, AnErrorComesBehindWhatWasTold) {
  struct Failing {
    int told = 0;
    absl::StatusOr<bool> Next(const core::Call&, v1::StreamLinksResponse& part) {
      if (told == 7) {
        return core::ErrorWithReason(absl::StatusCode::kUnavailable,
                                     v1::ERROR_REASON_STORE_UNAVAILABLE, "the store is away");
      }
      part.add_links()->set_customer_id(std::to_string(++told));
      return true;
    }
  };
  StartLinks([](auto&, auto&) { return absl::StatusOr<Failing>(Failing()); });
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  int told = 0;
  while (reader->Read(&part)) ++told;
  EXPECT_EQ(told, 7);
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "STORE_UNAVAILABLE");
}

TEST_F(PartStreamTest, AStreamThatCannotBeOpenedHasItsReason) {
  StartLinks([](auto&, auto&) -> absl::StatusOr<Source> {
    core::Violations violations;
    violations.Add("min_probability", "is no probability");
    return violations.ToStatus();
  });
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  EXPECT_FALSE(reader->Read(&part));
  EXPECT_EQ(ReasonOf(reader->Finish()), "INVALID_FIELDS");
}

TEST_F(PartStreamTest, DrainingEndsItWithAReason) {
  StartSource(1 << 30);
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  ASSERT_TRUE(reader->Read(&part));
  auto drained =
      std::async(std::launch::async, [this] { return adapter_->Drain(absl::InfiniteFuture()); });
  while (reader->Read(&part)) continue;
  EXPECT_EQ(ReasonOf(reader->Finish()), "SHUTTING_DOWN");
  EXPECT_TRUE(drained.get());
}

TEST_F(PartStreamTest, WhoIsNotAuthorizedIsRefusedBeforeAnyPart) {
  authorizer_ = [](const core::Call&, const Method&) {
    return core::ErrorWithReason(absl::StatusCode::kPermissionDenied,
                                 v1::ERROR_REASON_UNAUTHENTICATED, "no");
  };
  StartSource(10);
  grpc::ClientContext context;
  const auto reader = Open(context);
  v1::StreamLinksResponse part;
  EXPECT_FALSE(reader->Read(&part));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(made_, 0);
}

}  // namespace
}  // namespace yilan::server
