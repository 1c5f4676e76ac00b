// The real server on MariaDB, or on the server of YILAN_TEST_MYSQL_URL: migrations, readiness, and
// that facts are there for another server.
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/e2e/server_process.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/mysql/test_databases.h"
#include "yilan/v1/customer_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

class MySqlTest : public testing::Test {
 protected:
  void SetUp() override {
    auto created = TestDatabases::Get().Create();
    ASSERT_TRUE(created.ok()) << created.status();
    database_ = *std::move(created);
  }
  Environment Password() const { return {{"YILAN_MYSQL_PASSWORD", database_.password}}; }
  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--storage", database_.url});
    return RunServer(std::move(arguments), Password());
  }

  static grpc::Status Upsert(const ServerProcess& server, const std::string& key,
                             v1::UpsertSourceRecordResponse& response) {
    v1::UpsertSourceRecordRequest request;
    request.set_request_id("6f1c1f0e-6f0c-4a54-9d0b-0d7f3d0c1a01");
    v1::SourceRecord& record = *request.mutable_source_record();
    record.mutable_source()->set_source_system("crm");
    record.mutable_source()->set_key(key);
    record.set_name("Li Na");
    grpc::ClientContext context;
    return v1::CustomerService::NewStub(server.Channel())
        ->UpsertSourceRecord(&context, request, &response);
  }

  TestDatabase database_;
};

TEST_F(MySqlTest, TheSchemaIsMadeOnceAndSaysWhichItIs) {
  EXPECT_THAT(Run({"schema"}).out, HasSubstr("database  0"));
  EXPECT_THAT(Run({"migrate", "--dry-run"}).out, HasSubstr("would apply 1 entries"));
  EXPECT_THAT(Run({"schema"}).out, HasSubstr("database  0"));
  EXPECT_THAT(Run({"migrate"}).out, HasSubstr("applied 1 entries"));
  EXPECT_EQ(Run({"migrate"}).out, "The schema is up to date.\n");
  EXPECT_THAT(Run({"schema"}).out, HasSubstr("database  1"));
  EXPECT_EQ(Run({"migrate", "--to", "99"}).exit_code, 2);
  EXPECT_EQ(RunServer({"migrate", "--storage", "memory:"}).exit_code, 2);
}

TEST_F(MySqlTest, WithoutItsSchemaTheServerIsNotServingAndSaysTheCommand) {
  const ServerProcess server({"--storage", database_.url}, Password());
  using grpc::health::v1::HealthCheckResponse;
  grpc::ClientContext context;
  HealthCheckResponse response;
  ASSERT_TRUE(
      grpc::health::v1::Health::NewStub(server.Channel())->Check(&context, {}, &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_THAT(server.Log(), HasSubstr("yilan-server migrate"));
  v1::UpsertSourceRecordResponse written;
  const grpc::Status status = Upsert(server, "C1", written);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("yilan-server migrate"));
}

TEST_F(MySqlTest, WhatOneServerWritesAnotherReadsAndTheStoreIsSound) {
  ASSERT_EQ(Run({"migrate"}).exit_code, 0);
  const ServerProcess one({"--storage", database_.url}, Password());
  const ServerProcess other({"--storage", database_.url}, Password());
  v1::UpsertSourceRecordResponse written;
  const grpc::Status status = Upsert(one, "C1", written);
  ASSERT_TRUE(status.ok()) << status.error_message();

  v1::GetSourceRecordRequest request;
  request.set_source_system("crm");
  request.set_key("C1");
  v1::GetSourceRecordResponse read;
  grpc::ClientContext context;
  ASSERT_TRUE(v1::CustomerService::NewStub(other.Channel())
                  ->GetSourceRecord(&context, request, &read)
                  .ok());
  EXPECT_EQ(read.source_record().SerializeAsString(), written.source_record().SerializeAsString());
  const Outcome check = Run({"check"});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_THAT(check.out, HasSubstr("The store is sound."));
}

TEST(MySqlAdviceTest, SettingsThatWeakenACommitAreWarnedOf) {
  for (const bool safe : {false, true}) {
    MariaDbServer::Options options = {.durable = safe};
    if (safe) options.extra_flags = {"--log-bin=log", "--sync-binlog=1"};
    const auto started = MariaDbServer::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    const auto database = (*started)->CreateDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    const Environment password = {{"YILAN_MYSQL_PASSWORD", std::string(MariaDbServer::password())}};
    const std::string url = (*started)->Url(*database);
    ASSERT_EQ(RunServer({"migrate", "--storage", url}, password).exit_code, 0);
    const ServerProcess server({"--storage", url}, password);
    for (const char* advice : {"innodb_flush_log_at_trx_commit of the database is", "log_bin"}) {
      if (safe) {
        EXPECT_THAT(server.Log(), Not(HasSubstr(advice)));
      } else {
        EXPECT_THAT(server.Log(), HasSubstr(advice));
      }
    }
  }
}

TEST_F(MySqlTest, ThePasswordIsNeitherAFlagNorPrinted) {
  EXPECT_EQ(Run({"schema", "--mysql-password", "x"}).exit_code, 2);
  const Outcome printed = Run({"schema", "--print-config"});
  EXPECT_THAT(printed.out, HasSubstr("mysql-password: \"***\""));
  EXPECT_THAT(printed.out, Not(HasSubstr(database_.password)));
}

}  // namespace
}  // namespace yilan::e2e
