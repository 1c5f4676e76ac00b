// Migrations: cut off anywhere, run by several hosts at once, and under load, with data in every
// version.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"
#include "tests/mysql/test_databases.h"
#include "tests/status_matchers.h"

namespace yilan::storage::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Steps as a later version may have them: one that only notes something, and one that builds the
// table anew.
constexpr Migration kNoteAdded{
    .name = "note_added",
    .sql = "ALTER TABLE entries ADD COLUMN note VARBINARY(8) NOT NULL DEFAULT '';\n",
    .checksum = "1"};
constexpr Migration kRebuilt{
    .name = "rebuilt", .sql = "ALTER TABLE entries FORCE;\n", .checksum = "2"};

// A status with this code and these words.
auto Says(absl::StatusCode code, const std::string& text) {
  return ::testing::AllOf(
      StatusIs(code),
      ::testing::ResultOf([](const absl::Status& status) { return std::string(status.message()); },
                          HasSubstr(text)));
}

class MigrationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto database = TestDatabases::Get().Create();
    ASSERT_THAT(database, IsOk());
    auto options = OptionsOf(*database);
    ASSERT_THAT(options, IsOk());
    options_ = *options;
    pool_ = std::make_unique<Pool>(options_);
    all_.assign(AllMigrations().begin(), AllMigrations().end());
  }
  Pool::Lease Session() {
    auto lease = pool_->Acquire(Session::Mode::kRead, absl::InfiniteFuture());
    EXPECT_THAT(lease, IsOk());
    return *std::move(lease);
  }
  void Add(Migration migration) {
    migration.number = static_cast<int>(all_.size()) + 1;
    all_.push_back(migration);
  }

  MySqlOptions options_;
  std::unique_ptr<Pool> pool_;
  std::vector<Migration> all_;
};

// Adds a record to a customer of its own.
absl::Status WriteOne(RecordStore& store, uint64_t n) {
  const CustomerId customer = {.high = 1, .low = n};
  const SubjectId subject = {.high = 2, .low = n};
  return store.Write(
      {.actor = "test"}, [&](Reader&) { return WritePlan{.customers = {customer}}; },
      [&](Transaction& txn) -> absl::Status {
        RETURN_IF_ERROR(txn.SetMembers(customer, {subject}));
        return txn.Put({.key = {subject, 10, "r"},
                        .payload = absl::StrCat(n),
                        .terms = {{.term = absl::StrCat("term/", n)}}});
      });
}

TEST_F(MigrationsTest, AStepThatWasCutOffAnywhereIsRunAgain) {
  for (const Migration& migration : AllMigrations()) {
    const std::vector<std::string> statements = StatementsOf(migration.sql);
    for (size_t cut = 0; cut <= statements.size(); ++cut) {
      SetUp();
      ASSERT_THAT(Migrate(*Session(), migration.number - 1), IsOk());
      for (size_t i = 0; i < cut; ++i) {
        ASSERT_THAT(Session()->Execute(statements[i].c_str()), IsOk());
      }
      EXPECT_THAT(Migrate(*Session(), 1000), IsOk()) << migration.name << " cut at " << cut;
      MySqlStore store(options_);
      EXPECT_THAT(WriteOne(store, 1), IsOk());
      EXPECT_THAT(store.Verify({}), IsOk());
    }
  }
}

TEST_F(MigrationsTest, OfSeveralHostsOneWorksAndTheOthersFindItDone) {
  constexpr int kHosts = 6;
  std::vector<std::vector<int>> done(kHosts);
  std::vector<std::thread> hosts;
  for (size_t i = 0; i < kHosts; ++i) {
    hosts.emplace_back([&, i] {
      auto took = Migrate(*Session(), 1000);
      EXPECT_THAT(took, IsOk());
      if (took.ok()) done[i] = *std::move(took);
    });
  }
  for (std::thread& host : hosts) host.join();
  size_t steps = 0;
  for (const std::vector<int>& took : done) {
    steps += took.size();
    EXPECT_TRUE(took.empty() || took.size() == AllMigrations().size());
  }
  EXPECT_EQ(steps, AllMigrations().size());
}

TEST_F(MigrationsTest, AProgramRunsOnItsSchemaAndTheNextOne) {
  EXPECT_THAT(CheckSchema(*Session()),
              Says(absl::StatusCode::kFailedPrecondition, "yilan-server migrate"));
  ASSERT_THAT(Migrate(*Session(), 1000), IsOk());
  EXPECT_THAT(CheckSchema(*Session()), IsOk());
  Add(kNoteAdded);
  ASSERT_THAT(Migrate(*Session(), 1000, all_), IsOk());
  EXPECT_THAT(CheckSchema(*Session()), IsOk());
  EXPECT_THAT(Migrate(*Session(), 1000), IsOk());
  Add(kRebuilt);
  ASSERT_THAT(Migrate(*Session(), 1000, all_), IsOk());
  EXPECT_THAT(CheckSchema(*Session()), Says(absl::StatusCode::kFailedPrecondition, "use a newer"));
  EXPECT_THAT(CheckSchema(*Session(), all_), IsOk());
  MySqlStore store(options_);
  EXPECT_THAT(store.CheckReady({}), Says(absl::StatusCode::kUnavailable, "use a newer"));
}

TEST_F(MigrationsTest, AStepOfOtherSourcesIsRefused) {
  ASSERT_THAT(Migrate(*Session(), 1000), IsOk());
  std::vector<Migration> others = all_;
  others[0].checksum = "another";
  EXPECT_THAT(Migrate(*Session(), 1000, others).status(),
              Says(absl::StatusCode::kFailedPrecondition, "other sources"));
  EXPECT_THAT(CheckSchema(*Session(), others), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(MigrationsTest, ALaterVersionMayBeAskedFor) {
  Add(kNoteAdded);
  Add(kRebuilt);
  const int first = static_cast<int>(AllMigrations().size());
  ASSERT_THAT(Migrate(*Session(), first, all_), IsOk());
  EXPECT_EQ(*SchemaVersion(*Session(), all_), first);
  const auto done = Migrate(*Session(), 1000, all_);
  ASSERT_THAT(done, IsOk());
  EXPECT_THAT(*done, ElementsAre(first + 1, first + 2));
  EXPECT_THAT(*Migrate(*Session(), 1000, all_), IsEmpty());
}

TEST_F(MigrationsTest, EveryVersionMigratesWithDataInItWhileItIsWrittenTo) {
  // What is there, and steps of the sorts that are to come.
  Add(kNoteAdded);
  Add(kRebuilt);
  ASSERT_THAT(Migrate(*Session(), 1, all_), IsOk());
  MySqlStore store(options_);
  std::atomic<uint64_t> next{1};
  std::atomic<bool> stop{false};
  std::vector<std::vector<uint64_t>> written(4);
  std::vector<std::thread> writers;
  for (std::vector<uint64_t>& mine : written) {
    writers.emplace_back([&] {
      while (!stop) {
        const uint64_t n = next++;
        const absl::Status status = WriteOne(store, n);
        EXPECT_THAT(status, IsOk());
        if (status.ok()) mine.push_back(n);
      }
    });
  }
  for (int version = 2; version <= static_cast<int>(all_.size()); ++version) {
    // Not before the version has got data of its own.
    const uint64_t before = next;
    while (next < before + 100) std::this_thread::yield();
    EXPECT_THAT(Migrate(*Session(), version, all_), IsOk());
  }
  const uint64_t before = next;
  while (next < before + 100) std::this_thread::yield();
  stop = true;
  for (std::thread& writer : writers) writer.join();

  uint64_t count = 0;
  for (const std::vector<uint64_t>& mine : written) {
    for (const uint64_t n : mine) {
      std::string payload;
      EXPECT_THAT(store.LoadCustomer({}, CustomerId{.high = 1, .low = n}, {},
                                     [&](const RecordView& record) {
                                       payload = std::string(record.payload);
                                       return absl::OkStatus();
                                     }),
                  IsOk());
      EXPECT_EQ(payload, absl::StrCat(n));
    }
    count += mine.size();
  }
  EXPECT_EQ(store.GetStatistics({})->customers, count);
  EXPECT_THAT(store.Verify({}), IsOk());
}

}  // namespace
}  // namespace yilan::storage::mysql
