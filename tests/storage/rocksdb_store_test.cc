// What RocksDbStore promises beyond the conformance suite.
#include "storage/rocksdb/rocksdb_store.h"

#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "rocksdb/db.h"
#include "tests/clients/temporary_directory.h"
#include "tests/status_matchers.h"

namespace yilan::storage {
namespace {

using ::testing::HasSubstr;

const CustomerId kCustomer{1, 1};
const SubjectId kSubject{2, 1};

std::unique_ptr<RocksDbStore> OpenStore(const std::string& directory) {
  absl::StatusOr<std::unique_ptr<RocksDbStore>> store =
      RocksDbStore::Open({.directory = directory});
  EXPECT_THAT(store, IsOk());
  return store.ok() ? *std::move(store) : nullptr;
}

absl::Status PutOne(RocksDbStore& store, absl::string_view record_id) {
  return store.Write(
      {}, [](Reader&) { return WritePlan{.customers = {kCustomer}}; },
      [&](Transaction& txn) -> absl::Status {
        RETURN_IF_ERROR(txn.SetMembers(kCustomer, {kSubject}));
        return txn.Put({.key = {kSubject, 1, std::string(record_id)}, .payload = "payload"});
      });
}

TEST(RocksDbOpen, OfADirectoryThatIsOpenSaysSo) {
  const TemporaryDirectory directory;
  const auto store = OpenStore(directory.path());
  const absl::Status status = RocksDbStore::Open({.directory = directory.path()}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("in use"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory.path()));
}

TEST(RocksDbOpen, MakesTheDirectoryButNotItsParents) {
  const TemporaryDirectory directory;
  EXPECT_NE(OpenStore(directory.path() + "/new"), nullptr);
  EXPECT_THAT(RocksDbStore::Open({.directory = directory.path() + "/not/there"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(RocksDbOpen, NeedsADirectory) {
  EXPECT_THAT(RocksDbStore::Open({}), StatusIs(absl::StatusCode::kInvalidArgument));
}

// Opens the files without the store, to make them what they should not be.
void WithDatabase(const std::string& directory, absl::FunctionRef<void(rocksdb::DB&)> change) {
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies({}, directory, &names).ok()) names = {"default"};
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, directory, families, &handles, &db).ok());
  change(*db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
  delete db;
}

TEST(RocksDbOpen, RefusesAnotherFormat) {
  const TemporaryDirectory directory;
  OpenStore(directory.path());
  WithDatabase(directory.path(), [](rocksdb::DB& db) {
    ASSERT_TRUE(db.Put({}, "format", std::string(1, '\x07')).ok());
  });
  const absl::Status status = RocksDbStore::Open({.directory = directory.path()}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("format 7"));
}

TEST(RocksDbOpen, RefusesAnotherFormatWithFamiliesOfItsOwn) {
  const TemporaryDirectory directory;
  OpenStore(directory.path());
  WithDatabase(directory.path(), [](rocksdb::DB& db) {
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(db.CreateColumnFamily({}, "of_the_future", &handle).ok());
    ASSERT_TRUE(db.Put({}, "format", std::string(1, '\x02')).ok());
    ASSERT_TRUE(db.DestroyColumnFamilyHandle(handle).ok());
  });
  const absl::Status status = RocksDbStore::Open({.directory = directory.path()}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("format 2"));
}

TEST(RocksDbOpen, RefusesADatabaseOfSomethingElse) {
  const TemporaryDirectory directory;
  WithDatabase(directory.path(),
               [](rocksdb::DB& db) { ASSERT_TRUE(db.Put({}, "key", "value").ok()); });
  const absl::Status status = RocksDbStore::Open({.directory = directory.path()}).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("not a store of Yilan"));
}

TEST(RocksDbStatistics, TellTheFiguresOfTheFiles) {
  const TemporaryDirectory directory;
  const auto store = OpenStore(directory.path());
  ASSERT_THAT(PutOne(*store, "id"), IsOk());
  const absl::StatusOr<Statistics> statistics = store->GetStatistics({});
  ASSERT_THAT(statistics, IsOk());
  const std::map<std::string, double> gauges(statistics->gauges.begin(), statistics->gauges.end());
  for (const char* const name :
       {"block_cache_bytes", "memtable_bytes", "table_reader_bytes", "live_file_bytes",
        "pending_compaction_bytes", "running_compactions", "wal_bytes"}) {
    EXPECT_TRUE(gauges.contains(name)) << name;
  }
  EXPECT_GT(gauges.at("wal_bytes"), 0);
  EXPECT_GT(gauges.at("memtable_bytes"), 0);
}

TEST(RocksDbVerify, FindsTheStoreWhole) {
  const TemporaryDirectory directory;
  const auto store = OpenStore(directory.path());
  ASSERT_THAT(PutOne(*store, "id"), IsOk());
  EXPECT_THAT(store->Verify({}), IsOk());
}

TEST(RocksDbVerify, TellsAContradiction) {
  const TemporaryDirectory directory;
  ASSERT_THAT(PutOne(*OpenStore(directory.path()), "id"), IsOk());
  WithDatabase(directory.path(),
               [](rocksdb::DB& db) { ASSERT_TRUE(db.Delete({}, "totals").ok()); });
  const absl::Status status = OpenStore(directory.path())->Verify({});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(status.message()), HasSubstr("totals"));
}

// Readers of cached and of stored rows side by side: nobody sees an older state than anybody saw
// before.
TEST(RocksDbLoadCustomer, NeverGoesBackInTime) {
  constexpr int kWrites = 300;
  const TemporaryDirectory directory;
  const auto store = OpenStore(directory.path());
  ASSERT_THAT(PutOne(*store, "id"), IsOk());
  std::atomic<Revision> seen = 1;
  std::atomic<bool> done = false;
  const auto saw = [&seen](Revision revision) {
    Revision before = seen;
    while (before < revision && !seen.compare_exchange_weak(before, revision)) {
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] {
      while (!done) {
        const Revision at_least = seen;
        Revision of_record = 0;
        const absl::StatusOr<LoadedCustomer> loaded =
            store->LoadCustomer({}, i == 0 ? CustomerRef(kSubject) : CustomerRef(kCustomer),
                                {.known = i == 2 ? 0 : at_least}, [&](const RecordView& record) {
                                  of_record = record.revision;
                                  return absl::OkStatus();
                                });
        ASSERT_THAT(loaded, IsOk());
        ASSERT_GE(loaded->state.revision, at_least);
        if (!loaded->unchanged) {
          ASSERT_EQ(of_record, loaded->state.revision);
        }
        saw(loaded->state.revision);
      }
    });
  }
  for (int i = 0; i < kWrites; ++i) {
    ASSERT_THAT(PutOne(*store, "id"), IsOk());
    saw(static_cast<Revision>(i) + 2);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(RocksDbLoadCustomer, JumpsOverWhatIsBeyondALimit) {
  const TemporaryDirectory directory;
  const auto store = OpenStore(directory.path());
  ASSERT_THAT(store->Write(
                  {}, [](Reader&) { return WritePlan{.customers = {kCustomer}}; },
                  [&](Transaction& txn) -> absl::Status {
                    RETURN_IF_ERROR(txn.SetMembers(kCustomer, {kSubject, {2, 2}}));
                    for (const SubjectId subject : {kSubject, SubjectId{2, 2}}) {
                      for (const Kind kind : {Kind{1}, Kind{2}, Kind{65535}}) {
                        for (int n = 10; n < 60; ++n) {
                          RETURN_IF_ERROR(txn.Put({.key = {subject, kind, absl::StrCat(n)}}));
                        }
                      }
                    }
                    return absl::OkStatus();
                  }),
              IsOk());
  std::vector<std::string> visited;
  const KindLimit limits[] = {{1, 2}, {2, 0}, {65535, 1}};
  ASSERT_THAT(
      store->LoadCustomer({}, kCustomer, {.limits = limits},
                          [&](const RecordView& record) {
                            visited.push_back(absl::StrCat(record.subject.low, " ", record.kind,
                                                           " ", record.record_id));
                            return absl::OkStatus();
                          }),
      IsOk());
  EXPECT_THAT(visited, ::testing::ElementsAre("1 1 10", "1 1 11", "1 65535 10", "2 1 10", "2 1 11",
                                              "2 65535 10"));
}

}  // namespace
}  // namespace yilan::storage
