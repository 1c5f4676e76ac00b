// Copies between every two backends while the source is written.
#include "storage/transfer/copy.h"

#include <memory>
#include <random>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/mysql/mysql_store.h"
#include "storage/rocksdb/rocksdb_store.h"
#include "storage/transfer/store_sink.h"
#include "storage/transfer/unfinished_copy.h"
#include "tests/status_matchers.h"
#include "tests/transfer/random_writer.h"
#include "tests/transfer/stores.h"

namespace yilan::storage::transfer {
namespace {

using testing::HasSubstr;

absl::Status CopyOnce(RecordStore& source, RecordStore& target, Control& control,
                      bool follow = false) {
  StoreSink sink(target, {});
  return Copy(source, sink,
              {.source = "source", .follow = follow, .page_customers = 7, .round_changes = 3},
              control)
      .status();
}

void ExpectSound(RecordStore& store) {
  if (auto* rocksdb = dynamic_cast<RocksDbStore*>(&store)) {
    EXPECT_THAT(rocksdb->Verify({}), IsOk());
  }
  if (auto* mysql = dynamic_cast<MySqlStore*>(&store)) {
    EXPECT_THAT(mysql->Verify({}), IsOk());
  }
}

class CopyTest : public testing::TestWithParam<std::tuple<BackendKind, BackendKind>> {
 protected:
  const TestDirectory directory_;
  const std::unique_ptr<RecordStore> source_ = NewStore(std::get<0>(GetParam()), directory_);
  const std::unique_ptr<RecordStore> target_ = NewStore(std::get<1>(GetParam()), directory_);
};

TEST_P(CopyTest, ACopyOfAStoreThatIsWrittenIsWhatTheSourceWasAtItsEnd) {
  RandomWriter(*source_, TestSeed(), /*trims=*/true).Run(1500);
  RandomWriter writer(*source_, TestSeed() + 1, /*trims=*/true);
  WatchedStore watched(*source_);
  writer.Start(4);
  TestControl control([&](const Progress&) { writer.Allow(20); });
  EXPECT_THAT(CopyOnce(watched, *target_, control), IsOk());
  writer.Stop();
  EXPECT_GT(writer.done(), 0u);
  EXPECT_EQ(Differences(watched.last(), Everything(*target_)), "");
  ExpectSound(*target_);
}

TEST_P(CopyTest, ACopyThatFollowsEndsWithTheLastWrite) {
  RandomWriter(*source_, TestSeed(), /*trims=*/true).Run(1000);
  RandomWriter writer(*source_, TestSeed() + 1, /*trims=*/true);
  writer.Start(4);
  int following = 0;
  TestControl* self = nullptr;
  TestControl control([&](const Progress& progress) {
    writer.Allow(20);
    if (progress.phase != Phase::kFollow || ++following != 5) return;
    writer.Stop();
    self->Stop();
  });
  self = &control;
  EXPECT_THAT(CopyOnce(*source_, *target_, control, /*follow=*/true), IsOk());
  EXPECT_EQ(following, 5);
  EXPECT_EQ(Differences(Everything(*source_), Everything(*target_)), "");
  ExpectSound(*target_);
}

TEST_P(CopyTest, ACopyThatIsCutOffAgainAndAgainGoesOnAndEndsRight) {
  RandomWriter(*source_, TestSeed(), /*trims=*/true).Run(1000);
  RandomWriter writer(*source_, TestSeed() + 1, /*trims=*/true);
  std::mt19937_64 random(TestSeed());
  WatchedStore watched(*source_);
  FailingStore failing(*target_, [&] {
    const uint64_t choice = random() % 40;
    return choice == 0   ? FailingStore::Failure::kBefore
           : choice == 1 ? FailingStore::Failure::kAfter
                         : FailingStore::Failure::kNone;
  });
  writer.Start(4);
  absl::Status status = absl::UnavailableError("not begun");
  int runs = 0;
  for (; !status.ok() && runs < 200; ++runs) {
    uint64_t reports = random() % 30;
    TestControl* self = nullptr;
    TestControl control([&](const Progress&) {
      writer.Allow(10);
      if (runs < 12 && reports-- == 0) self->Stop();
    });
    self = &control;
    status = CopyOnce(watched, failing, control);
    if (!status.ok()) {
      EXPECT_TRUE(absl::IsCancelled(status) || absl::IsUnavailable(status) ||
                  absl::IsUnknown(status))
          << status;
      // What is not finished says so.
      EXPECT_THAT(CheckComplete(*target_, {}),
                  testing::AnyOf(IsOk(), StatusIs(absl::StatusCode::kFailedPrecondition)));
    }
  }
  writer.Stop();
  ASSERT_THAT(status, IsOk()) << runs;
  EXPECT_GT(runs, 1);
  EXPECT_EQ(Differences(watched.last(), Everything(*target_)), "");
  ExpectSound(*target_);
}

INSTANTIATE_TEST_SUITE_P(
    Backends, CopyTest,
    testing::Combine(
        testing::Values(BackendKind::kMemory, BackendKind::kRocksDb, BackendKind::kMariaDb),
        testing::Values(BackendKind::kMemory, BackendKind::kRocksDb, BackendKind::kMariaDb)),
    [](const auto& test) {
      return absl::StrCat("From", NameOf(std::get<0>(test.param)), "To",
                          NameOf(std::get<1>(test.param)));
    });

// What does not depend on the source's backend.
class CopyIntoTest : public testing::TestWithParam<BackendKind> {
 protected:
  CopyIntoTest() { RandomWriter(*source_, TestSeed(), /*trims=*/false).Run(800); }

  // Copies until the third report, and stops.
  void CopyInPart() {
    int reports = 0;
    TestControl* self = nullptr;
    TestControl control([&](const Progress&) {
      if (++reports == 3) self->Stop();
    });
    self = &control;
    EXPECT_THAT(CopyOnce(*source_, *target_, control), StatusIs(absl::StatusCode::kCancelled));
  }

  const TestDirectory directory_;
  const std::unique_ptr<RecordStore> source_ = NewStore(BackendKind::kMemory, directory_);
  const std::unique_ptr<RecordStore> target_ = NewStore(GetParam(), directory_);
  TestControl control_;
};

TEST_P(CopyIntoTest, WhatWasDeletedWhileTheFeedForgotItIsFoundByComparing) {
  CopyInPart();
  // Deletes every third record that there is, and forgets that it did.
  const std::vector<ExportEntry> before = Everything(*source_);
  int records = 0;
  for (const ExportEntry& entry : before) {
    const auto* const record = std::get_if<Record>(&entry);
    if (record == nullptr || ++records % 3 != 0) continue;
    ASSERT_THAT(source_->Write(
                    {},
                    [&](Reader& reader) -> absl::StatusOr<WritePlan> {
                      const auto state = reader.GetCustomer(record->key.subject);
                      if (!state.ok()) return state.status();
                      return WritePlan{.customers = {state->customer}};
                    },
                    [&](Transaction& txn) { return txn.Delete(record->key); }),
                IsOk());
  }
  RandomWriter(*source_, TestSeed() + 2, /*trims=*/false).Run(300);
  for (int partition = 0; partition < kFeedPartitions; ++partition) {
    ASSERT_THAT(source_->TrimChanges({}, partition, ~uint64_t{0}), IsOk());
  }
  RandomWriter writer(*source_, TestSeed() + 1, /*trims=*/true);
  WatchedStore watched(*source_);
  writer.Start(4);
  TestControl control([&](const Progress&) { writer.Allow(20); });
  EXPECT_THAT(CopyOnce(watched, *target_, control), IsOk());
  writer.Stop();
  EXPECT_EQ(Differences(watched.last(), Everything(*target_)), "");
}

TEST_P(CopyIntoTest, ARecordThatIsDeletedAndWrittenAgainUnderAnotherCustomerStays) {
  const std::unique_ptr<RecordStore> source = NewStore(BackendKind::kMemory, directory_);
  const CustomerId loser = {.high = 1, .low = 1};  // Of another partition of the feed than …
  const CustomerId winner = {.high = 1, .low = 2};
  const SubjectId subject = {.high = 2, .low = 1};
  const Record record = {.key = {subject, 10, "r"}, .payload = "x"};
  const auto write = [&](absl::FunctionRef<absl::Status(Transaction&)> body) {
    ASSERT_THAT(source->Write(
                    {},
                    [&](Reader&) {
                      return WritePlan{.customers = {loser, winner}};
                    },
                    body),
                IsOk());
  };
  write([&](Transaction& txn) -> absl::Status {
    RETURN_IF_ERROR(txn.SetMembers(loser, {subject}));
    return txn.Put(record);
  });
  TestControl* self = nullptr;
  TestControl control([&](const Progress&) { self->Stop(); });
  self = &control;
  ASSERT_THAT(CopyOnce(*source, *target_, control), StatusIs(absl::StatusCode::kCancelled));
  // The winner's changes are few, and copied rounds before the loser's last.
  for (int i = 0; i < 20; ++i) {
    write([&](Transaction& txn) {
      Record other = record;
      other.key.record_id = absl::StrCat("other", i);
      return txn.Put(std::move(other));
    });
  }
  write([&](Transaction& txn) { return txn.Delete(record.key); });
  write([&](Transaction& txn) { return txn.SetMembers(winner, {subject}); });
  write([&](Transaction& txn) { return txn.Put(record); });
  ASSERT_THAT(CopyOnce(*source, *target_, control_), IsOk());
  EXPECT_EQ(Differences(Everything(*source), Everything(*target_)), "");
}

TEST_P(CopyIntoTest, ATargetThatHoldsAnythingIsRefusedAndLeftAlone) {
  RandomWriter(*target_, TestSeed(), /*trims=*/false).Run(50);
  const std::vector<ExportEntry> before = Everything(*target_);
  const absl::Status status = CopyOnce(*source_, *target_, control_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("not empty"));
  EXPECT_EQ(Everything(*target_), before);
}

TEST_P(CopyIntoTest, AFinishedCopyIsNotCopiedOver) {
  EXPECT_THAT(CopyOnce(*source_, *target_, control_), IsOk());
  EXPECT_THAT(CopyOnce(*source_, *target_, control_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Differences(Everything(*source_), Everything(*target_)), "");
}

TEST_P(CopyIntoTest, AnUnfinishedCopyGoesOnWithItsOwnSourceOnly) {
  CopyInPart();
  StoreSink sink(*target_, {});
  const absl::Status status = Copy(*source_, sink, {.source = "another"}, control_).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("unfinished copy of source, not of another"));
  EXPECT_THAT(CopyOnce(*source_, *target_, control_), IsOk());
  EXPECT_EQ(Differences(Everything(*source_), Everything(*target_)), "");
}

TEST_P(CopyIntoTest, ASourceThatWasPutBackIsNotTakenForTheSame) {
  RandomWriter(*source_, TestSeed() + 5, /*trims=*/false).Run(100);
  CopyInPart();
  const std::unique_ptr<RecordStore> earlier = NewStore(BackendKind::kMemory, directory_);
  RandomWriter(*earlier, TestSeed(), /*trims=*/false).Run(10);
  EXPECT_THAT(CopyOnce(*earlier, *target_, control_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(CopyIntoTest, AnUnfinishedCopyIsNoSource) {
  CopyInPart();
  const std::unique_ptr<RecordStore> third = NewStore(BackendKind::kMemory, directory_);
  const absl::Status status = CopyOnce(*target_, *third, control_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("unfinished copy"));
}

TEST_P(CopyIntoTest, OfTwoProcessesOnOneCopyTheFirstEnds) {
  StoreSink first(*target_, {});
  ASSERT_THAT(first.Begin("source"), IsOk());
  StoreSink second(*target_, {});
  ASSERT_THAT(second.Begin("source"), IsOk());
  EXPECT_THAT(first.Commit({.source = "source"}), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(second.Commit({.source = "source"}), IsOk());
}

TEST_P(CopyIntoTest, AnEmptyStoreIsCopiedToo) {
  const std::unique_ptr<RecordStore> empty = NewStore(BackendKind::kMemory, directory_);
  EXPECT_THAT(CopyOnce(*empty, *target_, control_), IsOk());
  EXPECT_THAT(Everything(*target_), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Backends, CopyIntoTest,
                         testing::Values(BackendKind::kMemory, BackendKind::kRocksDb,
                                         BackendKind::kMariaDb),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace yilan::storage::transfer
