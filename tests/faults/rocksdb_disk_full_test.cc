// A disk that fills up at a random moment: clear errors, nothing lost or half done, and the store
// goes on by itself when there is space again.
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/ledger.h"
#include "tests/status_matchers.h"

namespace yilan::storage {
namespace {

using ::testing::AnyOf;

constexpr int kWriters = 3;

class RocksDbDiskFull : public ::testing::Test {
 protected:
  void Open() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<RocksDbStore>> store =
        RocksDbStore::Open(TinyOptions(directory_.path(), files_.env()));
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }
  // Writes until the disk is full and returns what each writer was told then.
  std::vector<absl::Status> Fill(uint64_t bytes) {
    files_.LimitSpace(bytes);
    std::vector<Entry> of_writer[kWriters];
    std::vector<absl::Status> errors(kWriters);
    InThreads(kWriters, [&](int writer) {
      const size_t i = static_cast<size_t>(writer);
      while (errors[i].ok()) {
        const absl::StatusOr<Entry> entry = ledger_.Write(*store_);
        errors[i] = entry.status();
        if (entry.ok()) of_writer[i].push_back(*entry);
      }
    });
    for (const std::vector<Entry>& entries : of_writer) {
      acknowledged_.insert(acknowledged_.end(), entries.begin(), entries.end());
    }
    return errors;
  }
  // The store notices space at the latest some tries after there is some.
  absl::Status AwaitReady() {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    absl::Status ready;
    do {
      ready = store_->CheckReady({});
    } while (!ready.ok() && absl::Now() < deadline);
    return ready;
  }

  const uint64_t seed_ = TestSeed();
  std::mt19937_64 random_{seed_};
  FaultFileSystem files_{seed_};
  const TemporaryDirectory directory_;
  Ledger ledger_{seed_};
  std::vector<Entry> acknowledged_;
  std::unique_ptr<RocksDbStore> store_;
};

TEST_F(RocksDbDiskFull, IsSaidClearlyAndLosesNothing) {
  Open();
  const uint64_t rounds = NumberFromEnvironment("YILAN_DISK_FULLS", 40);
  for (uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    for (const absl::Status& error :
         Fill(std::uniform_int_distribution<uint64_t>(0, 200'000)(random_))) {
      // Seldom the log still has space, and then the list of files has not: the write may be there
      // when the store goes on.
      ASSERT_THAT(error, AnyOf(StatusIs(absl::StatusCode::kResourceExhausted),
                               StatusIs(absl::StatusCode::kUnknown)));
    }
    ASSERT_THAT(store_->CheckReady({}), StatusIs(absl::StatusCode::kResourceExhausted));
    ASSERT_THAT(Audit(*store_, acknowledged_), IsOk()) << "while the disk is full";

    files_.FreeSpace();
    ASSERT_THAT(AwaitReady(), IsOk());
    const absl::StatusOr<Entry> entry = ledger_.Write(*store_);
    ASSERT_THAT(entry, IsOk());
    acknowledged_.push_back(*entry);
    ASSERT_THAT(Audit(*store_, acknowledged_), IsOk()) << "after there was space again";
  }
}

TEST_F(RocksDbDiskFull, ThenAPowerCutLosesNothing) {
  Open();
  const uint64_t rounds = NumberFromEnvironment("YILAN_DISK_FULLS", 40);
  for (uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    Fill(std::uniform_int_distribution<uint64_t>(0, 200'000)(random_));
    files_.FreeSpace();
    // Half of the time the power goes out while the disk is full, else some writes later.
    if (random_() % 2 == 0) {
      ASSERT_THAT(AwaitReady(), IsOk());
      for (int i = 0; i < 5; ++i) {
        const absl::StatusOr<Entry> entry = ledger_.Write(*store_);
        ASSERT_THAT(entry, IsOk());
        acknowledged_.push_back(*entry);
      }
    }
    files_.CutPowerAfter(0);
    store_.reset();
    files_.Restart();
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_THAT(Audit(*store_, acknowledged_), IsOk());
  }
}

TEST_F(RocksDbDiskFull, RefusesToOpenWithAClearError) {
  files_.LimitSpace(100);
  EXPECT_THAT(RocksDbStore::Open(TinyOptions(directory_.path(), files_.env())),
              StatusIs(absl::StatusCode::kResourceExhausted));
  files_.FreeSpace();
  Open();
}

}  // namespace
}  // namespace yilan::storage
