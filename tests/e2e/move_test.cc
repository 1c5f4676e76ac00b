// Moving a whole store with the real yilan-server: copy, backup, restore, and what they refuse.
#include <poll.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "tests/e2e/server_process.h"
#include "tests/mysql/kept_process.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/status_matchers.h"
#include "yilan/v1/customer_service.grpc.pb.h"

namespace yilan::e2e {
namespace {

using testing::HasSubstr;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class MoveTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = MariaDbServer::Start({.durable = false});
    ASSERT_TRUE(started.ok()) << started.status();
    database_server_ = started->release();
  }
  static void TearDownTestSuite() { delete database_server_; }
  void SetUp() override {
    const auto database = database_server_->CreateDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *database;
    // A busy disk may stall for longer than the default.
    mysql_ = database_server_->Url(*database) + "&read-timeout=10m";
    std::ofstream(password_file_) << MariaDbServer::password() << "\n";
    ASSERT_EQ(Run({"migrate", "--storage", mysql_}).exit_code, 0);
  }

  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--mysql-password-file", password_file_});
    return RunServer(std::move(arguments));
  }
  // In the background, with what it prints in log_.
  std::unique_ptr<KeptProcess> Start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), YILAN_SERVER_BINARY);
    arguments.insert(arguments.end(), {"--mysql-password-file", password_file_});
    auto started = KeptProcess::Start(std::move(arguments), log_);
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? *std::move(started) : nullptr;
  }
  std::string DigestOf(const std::string& storage) {
    const Outcome outcome = Run({"check", "--digest", "--storage", storage});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("digest"));
    return outcome.out;
  }
  void ExpectSound(const std::string& storage) {
    const Outcome outcome = Run({"check", "--storage", storage});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("The store is sound."));
  }
  // Looks again and again until it is so, or the process ends.
  static void WaitUntil(const KeptProcess& process, const std::function<bool()>& holds) {
    pollfd end = {.fd = process.pid_fd(), .events = POLLIN};
    while (!holds()) ASSERT_EQ(poll(&end, 1, 5), 0) << "it ended";
  }

  static bool Upsert(grpc::Channel& channel, const std::string& key) {
    static std::atomic<int> requests{0};
    v1::UpsertSourceRecordRequest request;
    request.set_request_id(absl::StrFormat("00000000-0000-4000-8000-%012d", ++requests));
    request.mutable_source_record()->mutable_source()->set_source_system("crm");
    request.mutable_source_record()->mutable_source()->set_key(key);
    request.mutable_source_record()->set_name("Name " + key);
    grpc::ClientContext context;
    v1::UpsertSourceRecordResponse response;
    return v1::CustomerService::NewStub(
               std::shared_ptr<grpc::Channel>(&channel, [](grpc::Channel*) {}))
        ->UpsertSourceRecord(&context, request, &response)
        .ok();
  }
  // A store with so many customers, made by a server.
  void MakeStore(const std::string& storage, int customers) {
    ServerProcess server({"--storage", storage, "--mysql-password-file", password_file_});
    const auto channel = server.Channel();
    for (int i = 0; i < customers; ++i) EXPECT_TRUE(Upsert(*channel, absl::StrCat("c", i)));
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0);
  }
  // One that takes a while to copy.
  static void MakeLargeStore(const std::string& directory) {
    auto store = storage::RocksDbStore::Open({.directory = directory});
    ASSERT_TRUE(store.ok()) << store.status();
    std::vector<storage::ExportEntry> entries;
    for (uint64_t n = 1; n <= 20000; ++n) {
      const storage::CustomerId customer = {.high = n, .low = 1};
      const storage::SubjectId subject = {.high = n, .low = 2};
      entries.push_back(
          storage::CustomerState{.customer = customer, .revision = 1, .members = {subject}});
      for (int i = 0; i < 5; ++i) {
        entries.push_back(storage::Record{.key = {subject, 10, absl::StrCat(i)},
                                          .revision = 1,
                                          .payload = std::string(100, 'x')});
      }
    }
    ASSERT_THAT((*store)->Import({}, entries), IsOk());
  }

  static MariaDbServer* database_server_;
  const TempDir directory_;
  const std::string password_file_ = directory_.path("password");
  const std::string log_ = directory_.path("log");
  std::string database_;
  std::string mysql_;
};
MariaDbServer* MoveTest::database_server_ = nullptr;

TEST_F(MoveTest, ABackupOfADirectoryIsRestoredIntoADatabaseAndAnotherDirectory) {
  const std::string source = "rocksdb:" + directory_.path("a");
  const std::string file = directory_.path("backup");
  MakeStore(source, 20);
  const Outcome backup = Run({"backup", "--storage", source, "--file", file});
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  EXPECT_THAT(backup.out, testing::ContainsRegex("customers +20\n"));
  EXPECT_THAT(backup.out, HasSubstr("The backup is complete"));
  const std::string digest = DigestOf(source);
  EXPECT_THAT(backup.out, HasSubstr(digest));
  for (const std::string& target : {mysql_, "rocksdb:" + directory_.path("b")}) {
    const Outcome restore = Run({"restore", "--file", file, "--storage", target});
    ASSERT_EQ(restore.exit_code, 0) << restore.err;
    EXPECT_THAT(restore.out, HasSubstr("has the digest of the backup"));
    EXPECT_EQ(DigestOf(target), digest);
    ExpectSound(target);
    const Outcome again = Run({"restore", "--file", file, "--storage", target});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.err, HasSubstr("the target is not empty"));
    EXPECT_EQ(DigestOf(target), digest);
  }
  const Outcome over = Run({"backup", "--storage", source, "--file", file});
  EXPECT_EQ(over.exit_code, 1);
  EXPECT_THAT(over.err, HasSubstr("is there already"));
}

TEST_F(MoveTest, ADamagedBackupIsRefusedWithTheByteAndTheTargetStaysEmpty) {
  const std::string source = "rocksdb:" + directory_.path("a");
  const std::string file = directory_.path("backup");
  MakeStore(source, 3);
  ASSERT_EQ(Run({"backup", "--storage", source, "--file", file}).exit_code, 0);
  std::string bytes = ReadAll(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  std::ofstream(file, std::ios::binary) << bytes;
  const Outcome damaged = Run({"restore", "--file", file, "--storage", mysql_});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.err, HasSubstr(file));
  EXPECT_THAT(damaged.err, HasSubstr("at byte"));
  bytes.resize(bytes.size() - 1);
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_EQ(Run({"restore", "--file", file, "--storage", mysql_}).exit_code, 1);
  EXPECT_THAT(Run({"check", "--storage", mysql_}).out, testing::ContainsRegex("customers +0\n"));
}

TEST_F(MoveTest, ADatabaseIsCopiedWhileAServerServesWritesOnIt) {
  const std::string target = "rocksdb:" + directory_.path("copy");
  ServerProcess server({"--storage", mysql_, "--mysql-password-file", password_file_});
  const auto channel = server.Channel();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Upsert(*channel, absl::StrCat("before", i)));
  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  std::vector<std::thread> writers;
  for (int t = 0; t < 3; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        if (Upsert(*channel, absl::StrCat("w", t, "-", i % 200))) ++written;
      }
    });
  }
  const auto copy = Start({"copy", "--from", mysql_, "--to", target, "--follow"});
  WaitUntil(*copy, [&] { return ReadAll(log_).find("Caught up") != std::string::npos; });
  const int caught_up = written;
  WaitUntil(*copy, [&] { return written >= caught_up + 50; });
  stop = true;
  for (std::thread& writer : writers) writer.join();
  copy->Signal(SIGINT);
  EXPECT_EQ(copy->WaitFor(absl::Seconds(50)), 0) << ReadAll(log_);
  EXPECT_THAT(ReadAll(log_), HasSubstr("The copy is complete"));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
  EXPECT_EQ(DigestOf(target), DigestOf(mysql_));
  ExpectSound(target);

  const ServerProcess moved({"--storage", target});
  v1::GetSourceRecordRequest request;
  request.set_source_system("crm");
  request.set_key("before7");
  v1::GetSourceRecordResponse response;
  grpc::ClientContext context;
  EXPECT_TRUE(v1::CustomerService::NewStub(moved.Channel())
                  ->GetSourceRecord(&context, request, &response)
                  .ok());
}

TEST_F(MoveTest, ACopyThatIsInterruptedIsNotServedAndGoesOn) {
  const std::string source = "rocksdb:" + directory_.path("large");
  ASSERT_NO_FATAL_FAILURE(MakeLargeStore(directory_.path("large")));
  const auto copy = Start({"copy", "--from", source, "--to", mysql_});
  const std::string count = absl::StrCat("SELECT COUNT(*) > 100 FROM ", database_, ".entries");
  ASSERT_NO_FATAL_FAILURE(WaitUntil(*copy, [&] {
    const auto rows = database_server_->Execute(count);
    return rows.ok() && (*rows)[0][0] == "1";
  }));
  // With the database standing still, the signal comes before the end.
  database_server_->Pause();
  copy->Signal(SIGINT);
  database_server_->Resume();
  EXPECT_EQ(copy->WaitFor(absl::Seconds(50)), 3) << ReadAll(log_);
  EXPECT_THAT(ReadAll(log_), HasSubstr("the same command again goes on from here"));

  const Outcome serve =
      Run({"serve", "--storage", mysql_, "--listen", "127.0.0.1:0", "--metrics-listen", "off"});
  EXPECT_EQ(serve.exit_code, 1);
  EXPECT_THAT(serve.err, HasSubstr("unfinished copy of " + source));
  const Outcome check = Run({"check", "--storage", mysql_});
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_THAT(check.err, HasSubstr("unfinished copy"));
  const Outcome other = Run({"backup", "--storage", mysql_, "--file", directory_.path("backup")});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("unfinished copy"));

  const Outcome resumed = Run({"copy", "--from", source, "--to", mysql_});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(DigestOf(mysql_), DigestOf(source));
}

TEST_F(MoveTest, ADirectoryThatIsServedIsNeitherCopiedNorBackedUp) {
  const std::string source = "rocksdb:" + directory_.path("served");
  const ServerProcess server({"--storage", source});
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"copy", "--from", source, "--to", mysql_},
        {"backup", "--storage", source, "--file", directory_.path("backup")}}) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("is in use: another process"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory_.path("backup.part")));
}

TEST_F(MoveTest, WhatIsNotThereIsNoSource) {
  const std::string nowhere = "rocksdb:" + directory_.path("nowhere");
  EXPECT_EQ(Run({"copy", "--from", nowhere, "--to", mysql_}).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(directory_.path("nowhere")));
  const Outcome restore = Run({"restore", "--file", directory_.path("none"), "--storage", mysql_});
  EXPECT_EQ(restore.exit_code, 1);
  EXPECT_THAT(restore.err, HasSubstr("No such file"));
  EXPECT_EQ(Run({"copy", "--from", mysql_, "--to", mysql_}).exit_code, 2);
}

TEST_F(MoveTest, ADatabaseWithoutTablesIsToldTheCommand) {
  const auto empty = database_server_->CreateDatabase();
  ASSERT_TRUE(empty.ok());
  const std::string source = "rocksdb:" + directory_.path("a");
  MakeStore(source, 1);
  const Outcome outcome = Run({"copy", "--from", source, "--to", database_server_->Url(*empty)});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("yilan-server migrate"));
}

}  // namespace
}  // namespace yilan::e2e
