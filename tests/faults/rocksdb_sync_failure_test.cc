// A sync of the log that fails: the outcome is unknown, and nobody is told otherwise.
#include <algorithm>

#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/ledger.h"
#include "tests/status_matchers.h"

namespace yilan::storage {
namespace {

constexpr int kWriters = 3;

class RocksDbSyncFailure : public ::testing::Test {
 protected:
  void Open() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<RocksDbStore>> store =
        RocksDbStore::Open(TinyOptions(directory_.path(), files_.env()));
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }
  // Writes until a sync fails.
  void WriteUntilSyncFails() {
    unknown_.clear();
    files_.FailLogSyncAfter(std::uniform_int_distribution<uint64_t>(0, 80)(random_));
    std::vector<Entry> of_writer[kWriters];
    std::vector<Entry> attempted(kWriters);
    std::vector<absl::Status> errors(kWriters);
    InThreads(kWriters, [&](int writer) {
      const size_t i = static_cast<size_t>(writer);
      while (errors[i].ok()) {
        const absl::StatusOr<Entry> entry = ledger_.Write(*store_, &attempted[i]);
        errors[i] = entry.status();
        if (entry.ok()) of_writer[i].push_back(*entry);
      }
    });
    for (size_t i = 0; i < kWriters; ++i) {
      acknowledged_.insert(acknowledged_.end(), of_writer[i].begin(), of_writer[i].end());
      if (absl::IsUnknown(errors[i])) {
        unknown_.push_back(attempted[i]);
      } else {
        EXPECT_THAT(errors[i], StatusIs(absl::StatusCode::kUnavailable));
      }
    }
  }

  const uint64_t seed_ = TestSeed();
  std::mt19937_64 random_{seed_};
  FaultFileSystem files_{seed_};
  const TemporaryDirectory directory_;
  Ledger ledger_{seed_};
  std::vector<Entry> acknowledged_;
  std::vector<Entry> unknown_;
  std::unique_ptr<RocksDbStore> store_;
};

TEST_F(RocksDbSyncFailure, IsUnknownAndStopsWritesUntilReopened) {
  Open();
  WriteUntilSyncFails();
  EXPECT_FALSE(unknown_.empty());
  EXPECT_THAT(ledger_.Write(*store_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(store_->CheckReady({}), StatusIs(absl::StatusCode::kUnavailable));
  Open();
  EXPECT_THAT(store_->CheckReady({}), IsOk());
  EXPECT_THAT(ledger_.Write(*store_), IsOk());
}

TEST_F(RocksDbSyncFailure, ShowsReadersOnlyWhatWasDurableBefore) {
  Open();
  WriteUntilSyncFails();
  for (const Entry& entry : unknown_) EXPECT_THAT(*Holds(*store_, entry), false);
  EXPECT_THAT(Audit(*store_, acknowledged_), IsOk());
}

TEST_F(RocksDbSyncFailure, AppliesEachUnknownWriteWhollyOrNotAtAll) {
  const uint64_t rounds = NumberFromEnvironment("YILAN_SYNC_FAILURES", 40);
  for (uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    ASSERT_NO_FATAL_FAILURE(Open());
    WriteUntilSyncFails();
    ASSERT_TRUE(files_.sync_failed());
    if (random_() % 2 == 0) {
      files_.CutPowerAfter(0);
      store_.reset();
      files_.Restart();
    }
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_THAT(Audit(*store_, acknowledged_), IsOk()) << "as a restarted process finds it";

    // What a restarted process shows is durable, also where it came from bytes that were never
    // synced.
    for (const Entry& entry : unknown_) {
      const absl::StatusOr<bool> there = Holds(*store_, entry);
      ASSERT_THAT(there, IsOk());
      if (*there) acknowledged_.push_back(entry);
    }
    files_.CutPowerAfter(0);
    store_.reset();
    files_.Restart();
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_THAT(Audit(*store_, acknowledged_), IsOk()) << "as a power cut leaves it";
  }
}

}  // namespace
}  // namespace yilan::storage
