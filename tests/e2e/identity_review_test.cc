// What waits for a steward, and the streams over all records, through the real server on every
// storage; two stewards at once, on two servers where a store may have them.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/storage_fixture.h"
#include "tests/error_reason.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using Stub = v1::IdentityService::Stub;

class IdentityReviewTest : public OnEveryStorage {
 protected:
  void StatePerson(const ServerProcess& server, const std::string& key, const std::string& name,
                   const std::string& birth_date, const std::string& phone = "") {
    v1::SourceRecord record;
    record.mutable_source()->set_source_system("crm");
    record.mutable_source()->set_key(key);
    record.mutable_source()->mutable_event_time()->set_seconds(1'700'000'000);
    record.set_party_type(v1::PARTY_TYPE_INDIVIDUAL);
    record.set_name(name);
    record.set_birth_date(birth_date);
    if (!phone.empty()) {
      v1::ContactMedium& medium = *record.add_contact_media();
      medium.set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
      medium.set_value(phone);
    }
    State(server, record);
  }
  // Pairs that may be one person, each with another name.
  void StatePairs(const ServerProcess& server, int pairs) {
    const std::vector<std::string> names = {"王小明", "李红", "欧阳锋", "张三丰", "郗鉴"};
    for (int i = 0; i < pairs; ++i) {
      for (const char* side : {"L", "R"}) {
        StatePerson(server, absl::StrCat(side, i), names[static_cast<size_t>(i)],
                    absl::StrCat("198", i, "-02-11"));
      }
    }
  }
  std::vector<v1::ReviewCandidate> List(Stub& stub, int page_size = 0) {
    std::vector<v1::ReviewCandidate> candidates;
    v1::ListReviewCandidatesRequest request;
    request.set_page_size(page_size);
    do {
      const auto response = Call(&Stub::ListReviewCandidates, stub, request);
      candidates.insert(candidates.end(), response.candidates().begin(),
                        response.candidates().end());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return candidates;
  }
  grpc::Status Claim(Stub& stub, const std::string& candidate, const std::string& steward,
                     const std::string& request_id) {
    v1::ClaimCandidateRequest request;
    request.set_request_id(request_id);
    request.set_candidate_id(candidate);
    request.set_steward(steward);
    grpc::ClientContext context;
    v1::ClaimCandidateResponse response;
    return stub.ClaimCandidate(&context, request, &response);
  }
  grpc::Status Resolve(Stub& stub, const std::string& candidate, v1::ReviewDecision decision,
                       const std::string& request_id) {
    v1::ResolveCandidateRequest request;
    request.set_request_id(request_id);
    request.set_candidate_id(candidate);
    request.set_decision(decision);
    grpc::ClientContext context;
    v1::ResolveCandidateResponse response;
    return stub.ResolveCandidate(&context, request, &response);
  }
  template <typename Part, typename Request>
  std::vector<Part> ReadAll(std::unique_ptr<grpc::ClientReader<Part>> (Stub::*method)(
                                grpc::ClientContext*, const Request&),
                            Stub& stub) {
    grpc::ClientContext context;
    const auto reader = (stub.*method)(&context, Request());
    std::vector<Part> parts;
    for (Part part; reader->Read(&part);) parts.push_back(part);
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return parts;
  }
  void ExpectSound() {
    const Outcome check = RunServer({"check", "--storage", Storage()}, Password());
    EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  }
};
class DurableIdentityReviewTest : public IdentityReviewTest {};
class SharedIdentityReviewTest : public IdentityReviewTest {};

TEST_P(IdentityReviewTest, PairsWaitAreDecidedAndAreGone) {
  const ServerProcess server({"--storage", Storage()}, Password());
  StatePairs(server, 5);
  const auto stub = v1::IdentityService::NewStub(server.Channel());
  auto candidates = List(*stub);
  ASSERT_EQ(candidates.size(), 5u);
  const auto paged = List(*stub, 2);
  for (size_t i = 0; i < candidates.size(); ++i) {
    EXPECT_EQ(paged[i].candidate_id(), candidates[i].candidate_id());
    if (i > 0) {
      EXPECT_GE(candidates[i - 1].probability(), candidates[i].probability());
    }
  }
  // Every pair is told by the stream, every record has a customer.
  std::set<std::string> keys;
  for (const auto& part : ReadAll(&Stub::StreamPairs, *stub)) {
    for (const v1::IdentityPair& pair : part.pairs()) {
      EXPECT_TRUE(keys.insert(pair.first_record().customer_key()).second);
      EXPECT_TRUE(keys.insert(pair.second_record().customer_key()).second);
    }
  }
  EXPECT_EQ(keys.size(), 10u);
  const auto customers = [&] {
    std::set<std::string> ids;
    size_t links = 0;
    for (const auto& part : ReadAll(&Stub::StreamLinks, *stub)) {
      for (const v1::IdentityLink& link : part.links()) {
        ids.insert(link.customer_id());
        ++links;
      }
    }
    EXPECT_EQ(links, 10u);
    return ids.size();
  };
  EXPECT_EQ(customers(), 10u);
  EXPECT_TRUE(
      Resolve(*stub, candidates[0].candidate_id(), v1::REVIEW_DECISION_MERGE, RequestId()).ok());
  EXPECT_TRUE(
      Resolve(*stub, candidates[1].candidate_id(), v1::REVIEW_DECISION_NOT_DUPLICATE, RequestId())
          .ok());
  EXPECT_EQ(customers(), 9u);
  EXPECT_EQ(List(*stub).size(), 3u);
  EXPECT_EQ(ReasonOf(Resolve(*stub, candidates[0].candidate_id(), v1::REVIEW_DECISION_MERGE,
                             RequestId())),
            "CANDIDATE_NOT_FOUND");
}

TEST_P(IdentityReviewTest, OfTwoStewardsAtOnceOneHasIt) {
  const ServerProcess server({"--storage", Storage()}, Password());
  StatePairs(server, 5);
  const auto stub = v1::IdentityService::NewStub(server.Channel());
  for (const v1::ReviewCandidate& candidate : List(*stub)) {
    const std::string one_id = RequestId();
    const std::string other_id = RequestId();
    grpc::Status one;
    std::thread thread([&] { one = Claim(*stub, candidate.candidate_id(), "li", one_id); });
    const grpc::Status other = Claim(*stub, candidate.candidate_id(), "wang", other_id);
    thread.join();
    EXPECT_NE(one.ok(), other.ok()) << one.error_message() << other.error_message();
    EXPECT_EQ(ReasonOf(one.ok() ? other : one), "CANDIDATE_CLAIMED");
  }
}

TEST_P(IdentityReviewTest, WhatTooManyShareIsListed) {
  const ServerProcess server({"--storage", Storage()}, Password());
  for (int i = 0; i < 21; ++i) {
    StatePerson(server, absl::StrCat("P", i),
                absl::StrCat(std::string(1, static_cast<char>('A' + i)), "xn Qo", i),
                absl::StrCat(1950 + i, "-01-0", 1 + i % 9), "+8613800138000");
  }
  const auto stub = v1::IdentityService::NewStub(server.Channel());
  const auto response = Call(&Stub::ListSuspects, *stub, v1::ListSuspectsRequest());
  ASSERT_GE(response.suspects_size(), 1);
  EXPECT_EQ(response.suspects(0).blocking_rule(), v1::BLOCKING_RULE_PHONE);
  EXPECT_EQ(response.suspects(0).source_records(), 21);
  EXPECT_EQ(response.suspects(0).examples_size(), 3);
}

TEST_P(DurableIdentityReviewTest, TheStoreIsSoundAfterwards) {
  {
    const ServerProcess server({"--storage", Storage()}, Password());
    StatePairs(server, 4);
    const auto stub = v1::IdentityService::NewStub(server.Channel());
    const auto candidates = List(*stub);
    ASSERT_EQ(candidates.size(), 4u);
    EXPECT_TRUE(Claim(*stub, candidates[0].candidate_id(), "li", RequestId()).ok());
    EXPECT_TRUE(
        Resolve(*stub, candidates[1].candidate_id(), v1::REVIEW_DECISION_MERGE, RequestId()).ok());
    EXPECT_TRUE(
        Resolve(*stub, candidates[2].candidate_id(), v1::REVIEW_DECISION_NOT_DUPLICATE, RequestId())
            .ok());
  }
  ExpectSound();
}

TEST_P(SharedIdentityReviewTest, AResolveRacedByAnotherServerIsDoneOnce) {
  {
    const ServerProcess one({"--storage", Storage()}, Password());
    const ServerProcess other({"--storage", Storage()}, Password());
    StatePairs(one, 5);
    const auto here = v1::IdentityService::NewStub(one.Channel());
    const auto there = v1::IdentityService::NewStub(other.Channel());
    for (const v1::ReviewCandidate& candidate : List(*here)) {
      const std::string one_id = RequestId();
      const std::string other_id = RequestId();
      grpc::Status first;
      std::thread thread([&] {
        first = Resolve(*here, candidate.candidate_id(), v1::REVIEW_DECISION_MERGE, one_id);
      });
      const grpc::Status second =
          Resolve(*there, candidate.candidate_id(), v1::REVIEW_DECISION_NOT_DUPLICATE, other_id);
      thread.join();
      EXPECT_NE(first.ok(), second.ok()) << first.error_message() << second.error_message();
      EXPECT_EQ(ReasonOf(first.ok() ? second : first), "CANDIDATE_NOT_FOUND");
    }
    EXPECT_TRUE(List(*there).empty());
  }
  ExpectSound();
}

INSTANTIATE_TEST_SUITE_P(Storages, IdentityReviewTest, StorageNames(), StorageName);
INSTANTIATE_TEST_SUITE_P(Storages, DurableIdentityReviewTest, testing::Values("rocksdb", "mysql"),
                         StorageName);
INSTANTIATE_TEST_SUITE_P(Storages, SharedIdentityReviewTest, testing::Values("mysql"), StorageName);

}  // namespace
}  // namespace yilan::e2e
