// A store that is closed and opened again is the store that it was.
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/ledger.h"
#include "tests/status_matchers.h"

namespace yilan::storage {
namespace {

class RocksDbRestart : public ::testing::Test {
 protected:
  void Open(const RocksDbOptions& options) {
    store_.reset();
    absl::StatusOr<std::unique_ptr<RocksDbStore>> store = RocksDbStore::Open(options);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }
  void Write(int entries) {
    for (int i = 0; i < entries; ++i) {
      const absl::StatusOr<Entry> entry = ledger_.Write(*store_);
      ASSERT_THAT(entry, IsOk());
      acknowledged_.push_back(*entry);
    }
  }
  std::vector<ExportEntry> Everything() {
    std::vector<ExportEntry> entries;
    EXPECT_THAT(store_->Export({},
                               [&](const ExportEntry& entry) {
                                 entries.push_back(entry);
                                 return absl::OkStatus();
                               }),
                IsOk());
    return entries;
  }

  const TemporaryDirectory directory_;
  Ledger ledger_{TestSeed()};
  std::vector<Entry> acknowledged_;
  std::unique_ptr<RocksDbStore> store_;
};

TEST_F(RocksDbRestart, KeepsEverythingThatIsStillInTheLog) {
  const RocksDbOptions options{.directory = directory_.path()};
  Open(options);
  Write(50);
  const std::vector<ExportEntry> before = Everything();
  Open(options);
  EXPECT_EQ(Everything(), before);
  EXPECT_THAT(Audit(*store_, acknowledged_), IsOk());
}

TEST_F(RocksDbRestart, KeepsEverythingThatIsInTableFiles) {
  const RocksDbOptions options = TinyOptions(directory_.path());
  Open(options);
  Write(500);
  const std::vector<ExportEntry> before = Everything();
  Open(options);
  EXPECT_EQ(Everything(), before);
  EXPECT_THAT(Audit(*store_, acknowledged_), IsOk());
}

TEST_F(RocksDbRestart, GoesOnWhereItWas) {
  const RocksDbOptions options = TinyOptions(directory_.path());
  for (int i = 0; i < 5; ++i) {
    Open(options);
    Write(40);
    EXPECT_THAT(Audit(*store_, acknowledged_), IsOk());
  }
}

TEST_F(RocksDbRestart, KeepsTheFiguresOfTheStore) {
  const RocksDbOptions options = TinyOptions(directory_.path());
  Open(options);
  Write(100);
  const absl::StatusOr<Statistics> before = store_->GetStatistics({});
  Open(options);
  const absl::StatusOr<Statistics> after = store_->GetStatistics({});
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->customers, before->customers);
  EXPECT_EQ(after->subjects, before->subjects);
  EXPECT_EQ(after->records, before->records);
}

TEST_F(RocksDbRestart, KeepsWhatWasTrimmedAway) {
  const RocksDbOptions options = TinyOptions(directory_.path());
  Open(options);
  Write(200);
  const absl::StatusOr<ChangePage> page = store_->Changes({}, 3, 0, 1000);
  ASSERT_THAT(page, IsOk());
  ASSERT_GT(page->end, 2u);
  ASSERT_THAT(store_->TrimChanges({}, 3, page->end - 1), IsOk());
  ASSERT_THAT(store_->TrimRequests({}, kMaxTime), IsOk());
  const std::vector<ExportEntry> before = Everything();
  Open(options);
  EXPECT_EQ(Everything(), before);
  EXPECT_THAT(store_->Verify({}), IsOk());
}

}  // namespace
}  // namespace yilan::storage
