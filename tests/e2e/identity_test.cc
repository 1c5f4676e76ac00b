// Who is who, through the real server: records of several sources become one customer as they come,
// whichever server takes them and whatever happens to it; stewards and models change that.
#include <csignal>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/storage_fixture.h"
#include "yilan/v1/identity_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using testing::HasSubstr;

class IdentityTest : public OnEveryStorage {
 protected:
  // What a source says of one of many people: name, telephone number and date of birth agree.
  static v1::SourceRecord RecordOf(const std::string& system, int person) {
    v1::SourceRecord record;
    record.mutable_source()->set_source_system(system);
    record.mutable_source()->set_key(absl::StrCat(person));
    record.mutable_source()->mutable_event_time()->set_seconds(1'700'000'000);
    std::string name = "Li ";
    for (int rest = person + 1; rest > 0; rest /= 20) {
      name.push_back(static_cast<char>('a' + rest % 20));
      name += "ang";
    }
    record.set_name(name);
    record.set_birth_date(absl::StrCat(1950 + person % 50, "-0", 1 + person % 9, "-1", person % 9));
    record.add_contact_media()->set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    record.mutable_contact_media(0)->set_value(absl::StrCat(13800100000 + person));
    return record;
  }

  std::string CustomerOf(const ServerProcess& server, const std::string& system, int person) {
    v1::GetCustomerRequest request;
    *request.mutable_customer() = BySubject(system, absl::StrCat(person));
    const auto stub = v1::CustomerService::NewStub(server.Channel());
    grpc::ClientContext context;
    v1::GetCustomerResponse response;
    const grpc::Status status = stub->GetCustomer(&context, request, &response);
    return status.ok() ? response.customer().customer_id() : status.error_message();
  }

  // Writes under a request id of its own; whether it was answered.
  static bool Write(const ServerProcess& server, const v1::SourceRecord& record) {
    v1::UpsertSourceRecordRequest request;
    char id[37];
    std::snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012d",
                  static_cast<unsigned>(record.source().source_system()[0]),
                  std::stoi(record.source().key()));
    request.set_request_id(id);
    *request.mutable_source_record() = record;
    const auto stub = v1::CustomerService::NewStub(server.Channel());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::UpsertSourceRecordResponse response;
    return stub->UpsertSourceRecord(&context, request, &response).ok();
  }

  v1::ModelOperation AwaitOperation(const ServerProcess& server) {
    const auto stub = v1::IdentityService::NewStub(server.Channel());
    while (true) {
      const auto operation =
          Call(&v1::IdentityService::Stub::GetModelOperation, *stub, v1::GetModelOperationRequest())
              .operation();
      if (operation.state() != v1::OPERATION_STATE_RUNNING) return operation;
      std::this_thread::yield();
    }
  }

  void ExpectSound() {
    const Outcome check = RunServer({"check", "--storage", Storage()}, Password());
    EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  }
};
using DurableIdentityTest = IdentityTest;
using SharedIdentityTest = IdentityTest;

TEST_P(IdentityTest, RecordsOfTwoSourcesAreOneCustomerUntilAStewardParts) {
  const ServerProcess server({"--storage", Storage()}, Password());
  State(server, RecordOf("crm", 1));
  State(server, RecordOf("billing", 1));
  State(server, RecordOf("billing", 2));
  const std::string customer = CustomerOf(server, "crm", 1);
  EXPECT_EQ(CustomerOf(server, "billing", 1), customer);
  EXPECT_NE(CustomerOf(server, "billing", 2), customer);

  const auto stub = v1::IdentityService::NewStub(server.Channel());
  v1::ListHistoryRequest list;
  list.mutable_customer()->set_customer_id(customer);
  const auto history = Call(&v1::IdentityService::Stub::ListHistory, *stub, list);
  ASSERT_EQ(history.events_size(), 1);
  EXPECT_EQ(history.events(0).type(), v1::IDENTITY_EVENT_TYPE_MERGE);
  EXPECT_GE(history.events(0).probability(), .99);
  v1::UnmergeRequest unmerge;
  unmerge.set_request_id(RequestId());
  unmerge.set_event_id(history.events(0).event_id());
  Call(&v1::IdentityService::Stub::Unmerge, *stub, unmerge);
  EXPECT_NE(CustomerOf(server, "billing", 1), CustomerOf(server, "crm", 1));
  // And it stays so when the record comes again.
  v1::SourceRecord again = RecordOf("billing", 1);
  again.mutable_source()->mutable_event_time()->set_seconds(1'700'000'001);
  State(server, again);
  EXPECT_NE(CustomerOf(server, "billing", 1), CustomerOf(server, "crm", 1));
}

TEST_P(IdentityTest, AModelIsTrainedLookedAtAndMadeToHold) {
  const ServerProcess server({"--storage", Storage()}, Password());
  for (int person = 0; person < 40; ++person) {
    State(server, RecordOf("crm", person));
    State(server, RecordOf("billing", person));
  }
  const auto stub = v1::IdentityService::NewStub(server.Channel());
  v1::TrainModelRequest train;
  train.set_request_id(RequestId());
  train.set_model_version("ours");
  const auto began = Call(&v1::IdentityService::Stub::TrainModel, *stub, train);
  EXPECT_EQ(began.operation().model_version(), "ours");
  v1::ModelOperation operation = AwaitOperation(server);
  ASSERT_EQ(operation.state(), v1::OPERATION_STATE_SUCCEEDED) << operation.error();
  v1::PreviewModelRequest preview;
  preview.set_request_id(RequestId());
  preview.set_model_version("ours");
  Call(&v1::IdentityService::Stub::PreviewModel, *stub, preview);
  operation = AwaitOperation(server);
  ASSERT_EQ(operation.state(), v1::OPERATION_STATE_SUCCEEDED) << operation.error();
  EXPECT_EQ(operation.difference().source_records(), 80);
  v1::ActivateModelRequest activate;
  activate.set_request_id(RequestId());
  activate.set_model_version("ours");
  Call(&v1::IdentityService::Stub::ActivateModel, *stub, activate);
  operation = AwaitOperation(server);
  ASSERT_EQ(operation.state(), v1::OPERATION_STATE_SUCCEEDED) << operation.error();
  const auto models = Call(&v1::IdentityService::Stub::ListModels, *stub, v1::ListModelsRequest());
  ASSERT_EQ(models.models_size(), 2);
  EXPECT_EQ(models.models(0).model_version(), "ours");
  EXPECT_TRUE(models.models(0).active());
}

TEST_P(SharedIdentityTest, RecordsThatComeToTwoServersAtOnceFindEachOther) {
  constexpr int kPeople = 60;
  {
    const ServerProcess first({"--storage", Storage()}, Password());
    const ServerProcess second({"--storage", Storage()}, Password());
    std::thread other([&] {
      for (int i = 0; i < kPeople; ++i) EXPECT_TRUE(Write(second, RecordOf("billing", i))) << i;
    });
    for (int i = 0; i < kPeople; ++i) EXPECT_TRUE(Write(first, RecordOf("crm", i))) << i;
    other.join();
    for (int i = 0; i < kPeople; ++i) {
      EXPECT_EQ(CustomerOf(first, "crm", i), CustomerOf(second, "billing", i)) << i;
    }
  }
  ExpectSound();
}

TEST_P(DurableIdentityTest, WhatAServerThatDiedLeftUndecidedIsDecidedByTheNext) {
  constexpr int kPeople = 40;
  {
    ServerProcess server({"--storage", Storage()}, Password());
    for (int i = 0; i < kPeople; ++i) EXPECT_TRUE(Write(server, RecordOf("crm", i))) << i;
    std::thread writer([&] {
      for (int i = 0; i < kPeople; ++i) {
        if (!Write(server, RecordOf("billing", i))) return;
      }
    });
    // In the middle of it.
    while (CustomerOf(server, "billing", kPeople / 2) != CustomerOf(server, "crm", kPeople / 2)) {
      std::this_thread::yield();
    }
    server.Signal(SIGKILL);
    server.Wait();
    writer.join();
  }
  {
    const ServerProcess server({"--storage", Storage()}, Password());
    // Those that did not come at all come now; one that waits to be decided must not need that.
    for (int i = kPeople / 2; i < kPeople; ++i) {
      if (CustomerOf(server, "billing", i).size() == 26) continue;
      EXPECT_TRUE(Write(server, RecordOf("billing", i))) << i;
    }
    for (int i = 0; i < kPeople; ++i) {
      while (CustomerOf(server, "billing", i) != CustomerOf(server, "crm", i)) {
        std::this_thread::yield();  // The server decides it some seconds later.
      }
    }
  }
  ExpectSound();
}

INSTANTIATE_TEST_SUITE_P(Storages, IdentityTest, StorageNames(), StorageName);
INSTANTIATE_TEST_SUITE_P(Storages, DurableIdentityTest, testing::Values("rocksdb", "mysql"),
                         StorageName);
INSTANTIATE_TEST_SUITE_P(Storages, SharedIdentityTest, testing::Values("mysql"), StorageName);

}  // namespace
}  // namespace yilan::e2e
