// A number that was given to somebody else leads, on every storage, to who held it at the moment
// that a lookup asks for.
#include <string>

#include "gtest/gtest.h"
#include "tests/e2e/storage_fixture.h"

namespace yilan::e2e {
namespace {

constexpr int64_t kHandOver = 1'700'000'000;

class AsOfTest : public OnEveryStorage {
 protected:
  // A customer of crm by this name, who has the number for a period; 0 is no limit.
  void StateHolder(const ServerProcess& server, const std::string& name, int64_t from, int64_t to) {
    v1::SourceRecord record;
    record.mutable_source()->set_source_system("crm");
    record.mutable_source()->set_key(name);
    record.mutable_source()->mutable_event_time()->set_seconds(1'600'000'000);
    record.set_name(name);
    v1::ContactMedium& phone = *record.add_contact_media();
    phone.set_type(v1::CONTACT_MEDIUM_TYPE_PHONE);
    phone.set_value("138 0013 8000");
    if (from != 0) phone.mutable_valid_period()->mutable_start_time()->set_seconds(from);
    if (to != 0) phone.mutable_valid_period()->mutable_end_time()->set_seconds(to);
    State(server, record);
  }

  // The name of the holder at a moment, or the code of the error.
  static std::string HolderAt(const ServerProcess& server, int64_t seconds, int32_t nanos = 0) {
    v1::GetCustomerViewRequest request;
    v1::TypedIdentifier& number = *request.mutable_customer()->mutable_typed_identifier();
    number.set_type(v1::IDENTIFIER_TYPE_MSISDN);
    number.set_value("+8613800138000");
    request.mutable_as_of_time()->set_seconds(seconds);
    request.mutable_as_of_time()->set_nanos(nanos);
    grpc::ClientContext context;
    v1::GetCustomerViewResponse response;
    const grpc::Status status = v1::CustomerViewService::NewStub(server.Channel())
                                    ->GetCustomerView(&context, request, &response);
    if (!status.ok()) return std::to_string(status.error_code());
    return response.customer_view().profile().name();
  }
};

TEST_P(AsOfTest, ANumberLeadsToWhoHeldItThen) {
  const ServerProcess server({"--storage", Storage()}, Password());
  StateHolder(server, "Old", 0, kHandOver);
  StateHolder(server, "New", kHandOver, 0);
  for (int round = 0; round < 2; ++round) {  // Assembled, and then from the cache.
    EXPECT_EQ(HolderAt(server, kHandOver - 1'000'000), "Old");
    EXPECT_EQ(HolderAt(server, kHandOver - 1, 999'999'000), "Old");
    EXPECT_EQ(HolderAt(server, kHandOver), "New");
    EXPECT_EQ(HolderAt(server, kHandOver + 1'000'000), "New");
  }
}

TEST_P(AsOfTest, ItMayHaveHadNoHolderOrSeveral) {
  const ServerProcess server({"--storage", Storage()}, Password());
  StateHolder(server, "Father", kHandOver - 100, 0);
  StateHolder(server, "Daughter", kHandOver, kHandOver + 100);
  const auto code = [](grpc::StatusCode status) { return std::to_string(status); };
  EXPECT_EQ(HolderAt(server, kHandOver - 101), code(grpc::StatusCode::NOT_FOUND));
  EXPECT_EQ(HolderAt(server, kHandOver - 100), "Father");
  EXPECT_EQ(HolderAt(server, kHandOver), code(grpc::StatusCode::FAILED_PRECONDITION));
  EXPECT_EQ(HolderAt(server, kHandOver + 100), "Father");
}

INSTANTIATE_TEST_SUITE_P(Storages, AsOfTest, StorageNames(), StorageName);

}  // namespace
}  // namespace yilan::e2e
