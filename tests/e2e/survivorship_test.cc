// Survivorship rules through the real server: set on one, they decide what every server of the
// store shows, and outlive it.
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/storage_fixture.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using testing::HasSubstr;

class SurvivorshipTest : public OnEveryStorage {
 protected:
  // crm and, earlier, billing state one customer under two names.
  void StateTwoNames(const ServerProcess& server) {
    v1::SourceRecord record;
    record.mutable_source()->set_source_system("crm");
    record.mutable_source()->set_key("C1");
    record.mutable_source()->mutable_event_time()->set_seconds(1'700'000'000);
    record.set_name("Li Lei");
    State(server, record);
    record.mutable_source()->set_source_system("billing");
    record.mutable_source()->set_key("B1");
    record.mutable_source()->mutable_event_time()->set_seconds(1'600'000'000);
    record.set_name("Li");
    *record.add_references() = BySubject("crm", "C1").subject();
    State(server, record);
  }

  v1::SurvivorshipRules Trust(const ServerProcess& server, const std::string& system) {
    v1::UpdateSurvivorshipRulesRequest request;
    request.set_request_id(RequestId());
    request.mutable_survivorship_rules()->add_source_systems(system);
    const auto stub = v1::IdentityService::NewStub(server.Channel());
    return Call(&v1::IdentityService::Stub::UpdateSurvivorshipRules, *stub, request)
        .survivorship_rules();
  }

  v1::CustomerProfile Profile(const ServerProcess& server) {
    v1::GetCustomerViewRequest request;
    *request.mutable_customer() = BySubject("crm", "C1");
    const auto stub = v1::CustomerViewService::NewStub(server.Channel());
    return Call(&v1::CustomerViewService::Stub::GetCustomerView, *stub, request)
        .customer_view()
        .profile();
  }

  Outcome Check() { return RunServer({"check", "--storage", Storage()}, Password()); }
};

// Where something is left of a server that has ended, and where several servers have one store.
using DurableSurvivorshipTest = SurvivorshipTest;
using SharedSurvivorshipTest = SurvivorshipTest;

TEST_P(SurvivorshipTest, CachedViewsFollowTheRulesThatWereSet) {
  const ServerProcess server({"--storage", Storage()}, Password());
  StateTwoNames(server);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Profile(server).name(), "Li Lei");
  EXPECT_EQ(Trust(server, "billing").version(), 1);
  for (int i = 0; i < 2; ++i) {
    const v1::CustomerProfile profile = Profile(server);
    EXPECT_EQ(profile.name(), "Li");
    EXPECT_EQ(profile.survivorship_rules_version(), 1);
    ASSERT_EQ(profile.provenance_size(), 1);
    EXPECT_EQ(profile.provenance(0).rule(), "SOURCE_TRUST");
    EXPECT_EQ(profile.provenance(0).losing_values(0).value(), "Li Lei");
  }
  EXPECT_EQ(Trust(server, "crm").version(), 2);
  EXPECT_EQ(Profile(server).name(), "Li Lei");
}

TEST_P(DurableSurvivorshipTest, TheRulesAreStoredOnceAndTheStoreIsSound) {
  {
    const ServerProcess server({"--storage", Storage()}, Password());
    StateTwoNames(server);
    Trust(server, "crm");
    Trust(server, "billing");
  }
  const Outcome check = Check();
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  EXPECT_THAT(check.out, HasSubstr("customers                   1\n"));
  {
    const ServerProcess server({"--storage", Storage()}, Password());
    EXPECT_EQ(Profile(server).name(), "Li");
  }
  // A backup carries them.
  const std::string file = directory_.path("backup");
  const std::string other = "rocksdb:" + directory_.path("other");
  ASSERT_EQ(RunServer({"backup", "--storage", Storage(), "--file", file}, Password()).exit_code, 0);
  ASSERT_EQ(RunServer({"restore", "--storage", other, "--file", file}, Password()).exit_code, 0);
  const ServerProcess server({"--storage", other});
  EXPECT_EQ(Profile(server).name(), "Li");
  EXPECT_EQ(Profile(server).survivorship_rules_version(), 2);
}

TEST_P(SharedSurvivorshipTest, AnotherServerOfTheStoreFollowsWithinSeconds) {
  const ServerProcess one({"--storage", Storage()}, Password());
  const ServerProcess other({"--storage", Storage()}, Password());
  StateTwoNames(one);
  EXPECT_EQ(Profile(other).name(), "Li Lei");
  Trust(one, "billing");
  const absl::Time set = absl::Now();
  while (Profile(other).name() != "Li") {
    ASSERT_LT(absl::Now() - set, absl::Seconds(10)) << "A second is meant; this machine is slow.";
  }
  RecordProperty("followed_after_ms",
                 static_cast<int>(absl::ToInt64Milliseconds(absl::Now() - set)));
  EXPECT_EQ(Profile(other).survivorship_rules_version(), 1);
}

INSTANTIATE_TEST_SUITE_P(Storages, SurvivorshipTest, StorageNames(), StorageName);
INSTANTIATE_TEST_SUITE_P(Storages, DurableSurvivorshipTest, testing::Values("rocksdb", "mysql"),
                         StorageName);
INSTANTIATE_TEST_SUITE_P(Storages, SharedSurvivorshipTest, testing::Values("mysql"), StorageName);

}  // namespace
}  // namespace yilan::e2e
