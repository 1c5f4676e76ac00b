// Tests of the real server that hold on every storage: parameterised with its name.
//
//   using IdentityTest = OnEveryStorage;
//   TEST_P(IdentityTest, …) { const ServerProcess server({"--storage", Storage()}, Password()); … }
//   INSTANTIATE_TEST_SUITE_P(Storages, IdentityTest, StorageNames(), StorageName);
#ifndef YILAN_TESTS_E2E_STORAGE_FIXTURE_H_
#define YILAN_TESTS_E2E_STORAGE_FIXTURE_H_

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "tests/e2e/server_process.h"
#include "tests/mysql/test_databases.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/customer_view_service.grpc.pb.h"

namespace yilan::e2e {

class OnEveryStorage : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() != "mysql") return;
    auto created = TestDatabases::Get().Create();
    ASSERT_TRUE(created.ok()) << created.status();
    database_ = *std::move(created);
    ASSERT_EQ(RunServer({"migrate", "--storage", database_.url}, Password()).exit_code, 0);
  }
  std::string Storage() const {
    if (GetParam() == "mysql") return database_.url;
    return GetParam() == "memory" ? "memory:" : "rocksdb:" + directory_.path("new/store");
  }
  Environment Password() const { return {{"YILAN_MYSQL_PASSWORD", database_.password}}; }

  std::string RequestId() {
    char id[37];
    std::snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", ++requests_);
    return id;
  }

  // One unary call, as `Call(&Stub::Method, *stub, request)`; the response, or a failed test.
  template <typename Stub, typename Request, typename Response>
  Response Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                Stub& stub, const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  void State(const ServerProcess& server, const v1::SourceRecord& record) {
    v1::UpsertSourceRecordRequest request;
    request.set_request_id(RequestId());
    *request.mutable_source_record() = record;
    const auto stub = v1::CustomerService::NewStub(server.Channel());
    Call(&v1::CustomerService::Stub::UpsertSourceRecord, *stub, request);
  }
  static v1::CustomerIdentifier BySubject(const std::string& system, const std::string& key) {
    v1::CustomerIdentifier identifier;
    identifier.mutable_subject()->set_source_system(system);
    identifier.mutable_subject()->set_customer_key(key);
    return identifier;
  }

  const TempDir directory_;
  TestDatabase database_;

 private:
  int requests_ = 0;
};

inline auto StorageNames() { return testing::Values("memory", "rocksdb", "mysql"); }
inline std::string StorageName(const testing::TestParamInfo<std::string>& storage) {
  return storage.param;
}

}  // namespace yilan::e2e

#endif  // YILAN_TESTS_E2E_STORAGE_FIXTURE_H_
