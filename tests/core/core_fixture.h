// A core over an empty memory store, with a clock that stands still and ids that repeat.
#ifndef YILAN_TESTS_CORE_CORE_FIXTURE_H_
#define YILAN_TESTS_CORE_CORE_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/platform.h"
#include "core/validation/field_rules.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "storage/memory/memory_store.h"
#include "storage/record_store.h"
#include "yilan/v1/billing_service.pb.h"
#include "yilan/v1/care_service.pb.h"
#include "yilan/v1/customer_service.pb.h"
#include "yilan/v1/customer_view_service.pb.h"
#include "yilan/v1/ingest_service.pb.h"
#include "yilan/v1/network_service.pb.h"

namespace yilan::core {

// A message from its text format; a mistake in `text` fails the test.
template <typename T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class CoreTest : public testing::Test {
 protected:
  static constexpr TimeMicros kStart = 1767225600000000;  // 2026-01-01T00:00:00Z

  // What the server does before it calls the core: the rules of the fields.
  template <typename Request>
  absl::Status Validate(const Request& request) {
    Violations violations;
    CheckFieldRules(request, "", violations);
    return violations.ToStatus();
  }

  // Calls a method of Facts with the response type of the request.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(absl::Status (Facts::*method)(const core::Call&,
                                                              const google::protobuf::Message&,
                                                              google::protobuf::Message&),
                                const Request& request) {
    Response response;
    absl::Status status = Validate(request);
    if (status.ok()) status = (platform_.facts.*method)(call_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::UpsertSourceRecordResponse> Upsert(const v1::UpsertSourceRecordRequest& r) {
    return Call<v1::UpsertSourceRecordResponse>(&Facts::Upsert, r);
  }
  absl::StatusOr<v1::UpsertCustomerBillResponse> Upsert(const v1::UpsertCustomerBillRequest& r) {
    return Call<v1::UpsertCustomerBillResponse>(&Facts::Upsert, r);
  }
  absl::StatusOr<v1::UpsertTroubleTicketResponse> Upsert(const v1::UpsertTroubleTicketRequest& r) {
    return Call<v1::UpsertTroubleTicketResponse>(&Facts::Upsert, r);
  }
  absl::StatusOr<v1::UpsertBillingAccountResponse> Upsert(
      const v1::UpsertBillingAccountRequest& r) {
    return Call<v1::UpsertBillingAccountResponse>(&Facts::Upsert, r);
  }
  absl::StatusOr<v1::DeleteCustomerBillResponse> Delete(const v1::DeleteCustomerBillRequest& r) {
    return Call<v1::DeleteCustomerBillResponse>(&Facts::Delete, r);
  }
  absl::StatusOr<v1::DeleteSourceRecordResponse> Delete(const v1::DeleteSourceRecordRequest& r) {
    return Call<v1::DeleteSourceRecordResponse>(&Facts::Delete, r);
  }

  // Takes facts, given as text, through the stream's path.
  std::vector<v1::FactResult> Take(const std::vector<std::string>& texts) {
    std::vector<std::string> bytes;
    for (const std::string& text : texts)
      bytes.push_back(Parse<v1::Fact>(text).SerializeAsString());
    const std::vector<absl::string_view> facts(bytes.begin(), bytes.end());
    return platform_.ingest.TakeBatch(call_, facts);
  }

  absl::StatusOr<v1::CustomerView> ViewOf(const std::string& customer) {
    v1::GetCustomerViewRequest request;
    *request.mutable_customer() = Parse<v1::CustomerIdentifier>(customer);
    absl::StatusOr<SharedBytes> bytes = platform_.views.Get(call_, request);
    if (!bytes.ok()) return bytes.status();
    v1::GetCustomerViewResponse response;
    EXPECT_TRUE(response.ParseFromString(**bytes));
    return response.customer_view();
  }

  std::string NewRequestId() { return ids_.NextUuid(); }

  std::unique_ptr<storage::RecordStore> store_ = storage::NewMemoryStore();
  ManualClock clock_{kStart};
  IdGenerator ids_{clock_, 1};
  Platform platform_{*store_, clock_, ids_, size_t{1} << 20, RunSerially};
  core::Call call_{.client = "test"};
};

}  // namespace yilan::core

#endif  // YILAN_TESTS_CORE_CORE_FIXTURE_H_
