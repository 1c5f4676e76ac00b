// The quality scorecard through the real server, on every storage.
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/storage_fixture.h"
#include "yilan/v1/quality_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using testing::HasSubstr;

class QualityTest : public OnEveryStorage {
 protected:
  void StatePhone(const ServerProcess& server, const std::string& key, const std::string& phone) {
    v1::SourceRecord record;
    record.mutable_source()->set_source_system("crm");
    record.mutable_source()->set_key(key);
    record.mutable_source()->mutable_event_time()->set_seconds(1'700'000'000);
    // Of one name and number they would be one customer.
    if (key != "C1") record.set_name(key == "C2" ? "Li Lei" : "Han Meimei");
    record.add_contact_media()->set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    record.mutable_contact_media(0)->set_value(phone);
    State(server, record);
  }
  v1::QualityComputation Compute(const ServerProcess& server, const std::string& request_id) {
    v1::ComputeQualityScorecardRequest request;
    request.set_request_id(request_id);
    const auto stub = v1::QualityService::NewStub(server.Channel());
    return Call(&v1::QualityService::Stub::ComputeQualityScorecard, *stub, request)
        .quality_computation();
  }
  v1::GetQualityScorecardResponse Get(const ServerProcess& server) {
    const auto stub = v1::QualityService::NewStub(server.Channel());
    return Call(&v1::QualityService::Stub::GetQualityScorecard, *stub,
                v1::GetQualityScorecardRequest());
  }
  v1::GetQualityScorecardResponse AwaitEnd(const ServerProcess& server) {
    while (true) {
      v1::GetQualityScorecardResponse response = Get(server);
      if (response.quality_computation().state() != v1::QUALITY_COMPUTATION_STATE_RUNNING) {
        return response;
      }
      std::this_thread::yield();
    }
  }
};
using DurableQualityTest = QualityTest;

TEST_P(QualityTest, AScorecardIsComputedOnDemand) {
  const ServerProcess server({"--storage", Storage()}, Password());
  StatePhone(server, "C1", "13800138000");
  StatePhone(server, "C2", "+86 138 0013 8000");
  StatePhone(server, "C3", "13800138003");
  StatePhone(server, "C4", "10086");
  EXPECT_FALSE(Get(server).has_quality_scorecard());
  const std::string request_id = RequestId();
  const v1::QualityComputation began = Compute(server, request_id);
  const v1::GetQualityScorecardResponse response = AwaitEnd(server);
  EXPECT_EQ(response.quality_computation().state(), v1::QUALITY_COMPUTATION_STATE_DONE)
      << response.DebugString();
  EXPECT_EQ(response.quality_computation().computation_id(), began.computation_id());
  const v1::QualityScorecard& scorecard = response.quality_scorecard();
  EXPECT_EQ(scorecard.customers(), 4);
  ASSERT_EQ(scorecard.sources_size(), 1);
  EXPECT_EQ(scorecard.sources(0).source_system(), "crm");
  ASSERT_EQ(scorecard.sources(0).facts_size(), 1);
  int seen = 0;
  for (const v1::FieldQuality& field : scorecard.sources(0).facts(0).fields()) {
    if (field.field() == "name") {
      ++seen;
      EXPECT_DOUBLE_EQ(field.completeness(), 0.75);
    }
    if (field.field() == "contact_media[phone]") {
      ++seen;
      EXPECT_DOUBLE_EQ(field.validity(), 0.75);
      EXPECT_EQ(field.distinct(), 3);
      EXPECT_EQ(field.unique(), 2);
    }
  }
  EXPECT_EQ(seen, 2);
  // The same request begins nothing.
  EXPECT_EQ(Compute(server, request_id).SerializeAsString(), began.SerializeAsString());
  EXPECT_EQ(Get(server).SerializeAsString(), response.SerializeAsString());
}

TEST_P(DurableQualityTest, TheScorecardOutlivesItsServerAndTheStoreIsSound) {
  v1::GetQualityScorecardResponse response;
  {
    const ServerProcess server({"--storage", Storage()}, Password());
    StatePhone(server, "C1", "13800138000");
    Compute(server, RequestId());
    response = AwaitEnd(server);
  }
  const Outcome check = RunServer({"check", "--storage", Storage()}, Password());
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  EXPECT_THAT(check.out, HasSubstr("customers                   1\n"));
  const ServerProcess server({"--storage", Storage()}, Password());
  EXPECT_EQ(Get(server).SerializeAsString(), response.SerializeAsString());
}

TEST_P(QualityTest, AServerThatEndsDoesNotWaitForIt) {
  ServerProcess server({"--storage", Storage()}, Password());
  for (int i = 0; i < 300; ++i) StatePhone(server, "C" + std::to_string(i), "13800138000");
  Compute(server, RequestId());
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
}

INSTANTIATE_TEST_SUITE_P(Storages, QualityTest, StorageNames(), StorageName);
INSTANTIATE_TEST_SUITE_P(Storages, DurableQualityTest, testing::Values("rocksdb", "mysql"),
                         StorageName);

}  // namespace
}  // namespace yilan::e2e
