// The main job through the real server: facts in, one view out, on every storage.
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/server_process.h"
#include "tests/e2e/storage_fixture.h"
#include "yilan/v1/billing_service.grpc.pb.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/customer_view_service.grpc.pb.h"
#include "yilan/v1/ingest_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

class SmokeTest : public OnEveryStorage {
 protected:
  static std::string RequestId(int number) {
    char id[37];
    std::snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", number);
    return id;
  }

  static void SetSource(v1::FactSource& source, const std::string& system, const std::string& key,
                        int64_t seconds) {
    source.set_source_system(system);
    source.set_key(key);
    source.mutable_subject()->set_source_system("crm");
    source.mutable_subject()->set_customer_key("c1");
    source.mutable_event_time()->set_seconds(seconds);
    source.set_version(1);
  }

  static v1::UpsertCustomerBillRequest BillRequest() {
    v1::UpsertCustomerBillRequest request;
    request.set_request_id(RequestId(2));
    auto& bill = *request.mutable_customer_bill();
    SetSource(*bill.mutable_source(), "billing", "b1", 1'700'000'100);
    bill.set_state(v1::CUSTOMER_BILL_STATE_SENT);
    bill.mutable_amount()->set_currency_code("CNY");
    bill.mutable_amount()->set_minor_units(9900);
    return request;
  }

  static v1::GetCustomerViewResponse View(const std::shared_ptr<grpc::Channel>& channel) {
    v1::GetCustomerViewRequest request;
    request.mutable_customer()->mutable_subject()->set_source_system("crm");
    request.mutable_customer()->mutable_subject()->set_customer_key("c1");
    grpc::ClientContext context;
    v1::GetCustomerViewResponse response;
    const grpc::Status status =
        v1::CustomerViewService::NewStub(channel)->GetCustomerView(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // States the customer c1 of CRM, and a bill of it.
  static void WriteCustomer(const std::shared_ptr<grpc::Channel>& channel) {
    {
      v1::UpsertSourceRecordRequest request;
      request.set_request_id(RequestId(1));
      SetSource(*request.mutable_source_record()->mutable_source(), "crm", "c1", 1'700'000'000);
      request.mutable_source_record()->set_name("Zhang San");
      grpc::ClientContext context;
      v1::UpsertSourceRecordResponse response;
      const grpc::Status status =
          v1::CustomerService::NewStub(channel)->UpsertSourceRecord(&context, request, &response);
      ASSERT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(response.result().outcome(), v1::WRITE_OUTCOME_CREATED);
    }
    grpc::ClientContext context;
    v1::UpsertCustomerBillResponse response;
    const grpc::Status status = v1::BillingService::NewStub(channel)->UpsertCustomerBill(
        &context, BillRequest(), &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.result().outcome(), v1::WRITE_OUTCOME_CREATED);
  }
};

TEST_P(SmokeTest, WhatIsWrittenIsInTheView) {
  const ServerProcess server({"--storage", Storage()}, Password());
  const auto channel = server.Channel();
  WriteCustomer(channel);
  for (int i = 0; i < 2; ++i) {  // Assembled, and then from the cache.
    const v1::CustomerView view = View(channel).customer_view();
    EXPECT_EQ(view.profile().name(), "Zhang San") << view.DebugString();
    ASSERT_EQ(view.customer_bills_size(), 1);
    EXPECT_EQ(view.customer_bills(0).source().key(), "b1");
    EXPECT_EQ(view.customer_bills(0).amount().minor_units(), 9900);
  }
}

TEST_P(SmokeTest, ARepeatedRequestGetsTheFirstAnswer) {
  const ServerProcess server({"--storage", Storage()}, Password());
  const auto channel = server.Channel();
  WriteCustomer(channel);
  const std::string etag = View(channel).customer_view().etag();
  WriteCustomer(channel);  // Expects CREATED, as the first time.
  EXPECT_EQ(View(channel).customer_view().etag(), etag);
}

TEST_P(SmokeTest, TheTimelineIsNewestFirst) {
  const ServerProcess server({"--storage", Storage()}, Password());
  const auto channel = server.Channel();
  WriteCustomer(channel);
  v1::ListTimelineRequest request;
  request.mutable_customer()->mutable_subject()->set_source_system("crm");
  request.mutable_customer()->mutable_subject()->set_customer_key("c1");
  grpc::ClientContext context;
  v1::ListTimelineResponse response;
  const grpc::Status status =
      v1::CustomerViewService::NewStub(channel)->ListTimeline(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_GE(response.entries_size(), 1);
  for (int i = 1; i < response.entries_size(); ++i) {
    EXPECT_GE(response.entries(i - 1).occurrence_time().seconds(),
              response.entries(i).occurrence_time().seconds());
  }
}

TEST_P(SmokeTest, AStreamTakesFactsAndKeepsTheBadOnesForRepair) {
  const ServerProcess server({"--storage", Storage()}, Password());
  const auto channel = server.Channel();
  const auto ingest = v1::IngestService::NewStub(channel);
  {
    grpc::ClientContext context;
    const auto stream = ingest->Ingest(&context);
    for (int batch = 0; batch < 3; ++batch) {
      v1::IngestRequest request;
      for (int i = 0; i < 10; ++i) {
        auto& payment = *request.add_facts()->mutable_payment();
        SetSource(*payment.mutable_source(), "billing", "p" + std::to_string(batch * 10 + i),
                  1'700'000'000 + i);
        payment.mutable_amount()->set_currency_code(i == 7 ? "" : "CNY");
        payment.mutable_amount()->set_minor_units(1);
      }
      ASSERT_TRUE(stream->Write(request));
    }
    stream->WritesDone();
    v1::IngestResponse response;
    for (int batch = 0; batch < 3; ++batch) {
      ASSERT_TRUE(stream->Read(&response));
      EXPECT_EQ(response.first_position(), static_cast<uint64_t>(batch * 10));
      ASSERT_EQ(response.results_size(), 10);
      EXPECT_EQ(response.results(0).outcome(), v1::FACT_OUTCOME_OK);
      EXPECT_EQ(response.results(7).outcome(), v1::FACT_OUTCOME_REJECTED);
    }
    EXPECT_FALSE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  v1::ListQuarantinedFactsResponse listed;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(ingest->ListQuarantinedFacts(&context, {}, &listed).ok());
  }
  ASSERT_EQ(listed.quarantined_facts_size(), 3);
  EXPECT_EQ(listed.quarantined_facts(0).client(), "local");
  v1::FixQuarantinedFactRequest fix;
  fix.set_request_id(RequestId(3));
  fix.set_quarantined_fact_id(listed.quarantined_facts(0).quarantined_fact_id());
  *fix.mutable_fact() = listed.quarantined_facts(0).fact();
  fix.mutable_fact()->mutable_payment()->mutable_amount()->set_currency_code("CNY");
  grpc::ClientContext context;
  v1::FixQuarantinedFactResponse fixed;
  const grpc::Status status = ingest->FixQuarantinedFact(&context, fix, &fixed);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(fixed.result().outcome(), v1::WRITE_OUTCOME_CREATED);
  grpc::ClientContext list_context;
  ASSERT_TRUE(ingest->ListQuarantinedFacts(&list_context, {}, &listed).ok());
  EXPECT_EQ(listed.quarantined_facts_size(), 2);
}

TEST_P(SmokeTest, WhatWasAnsweredSurvivesARestart) {
  if (GetParam() == "memory") {
    // What memory promises instead: nothing is left.
    { WriteCustomer(ServerProcess({"--storage", Storage()}, Password()).Channel()); }
    const ServerProcess server({"--storage", Storage()}, Password());
    grpc::ClientContext context;
    v1::GetStatisticsResponse response;
    ASSERT_TRUE(v1::CustomerService::NewStub(server.Channel())
                    ->GetStatistics(&context, {}, &response)
                    .ok());
    EXPECT_EQ(response.customers(), 0);
    return;
  }
  std::string etag;
  {
    ServerProcess server({"--storage", Storage()}, Password());
    WriteCustomer(server.Channel());
    etag = View(server.Channel()).customer_view().etag();
    server.Signal(SIGKILL);
    EXPECT_EQ(server.Wait(), -SIGKILL);
  }
  const ServerProcess server({"--storage", Storage()}, Password());
  EXPECT_EQ(View(server.Channel()).customer_view().etag(), etag);
}

TEST_P(SmokeTest, TakesCallsWithinTwoSeconds) {
  const ServerProcess server({"--storage", Storage()}, Password());
  EXPECT_LT(server.start_seconds(), 2);
}

INSTANTIATE_TEST_SUITE_P(Storages, SmokeTest, StorageNames(), StorageName);

}  // namespace
}  // namespace yilan::e2e
