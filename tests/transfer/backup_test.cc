// Backup files: made while the store is written, cut off and gone on with, damaged, restored.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/transfer/backup_sink.h"
#include "storage/transfer/copy.h"
#include "storage/transfer/restore.h"
#include "storage/transfer/unfinished_copy.h"
#include "tests/status_matchers.h"
#include "tests/transfer/random_writer.h"
#include "tests/transfer/stores.h"

namespace yilan::storage::transfer {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}
void WriteAll(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class BackupTest : public testing::TestWithParam<BackendKind> {
 protected:
  absl::Status Backup(RecordStore& source, Control& control, const std::string& name = "source") {
    BackupSink sink(file_, control);
    return Copy(source, sink, {.source = name, .page_customers = 7, .round_changes = 3}, control)
        .status();
  }
  absl::Status Backup() { return Backup(*source_, control_); }
  std::string part() const { return file_ + ".part"; }

  const TestDirectory directory_;
  const std::string file_ = directory_.path("backup");
  TestControl control_;
  const std::unique_ptr<RecordStore> source_ = NewStore(BackendKind::kMemory, directory_);
  const std::unique_ptr<RecordStore> target_ = NewStore(GetParam(), directory_);
};

TEST_P(BackupTest, ABackupOfAStoreThatIsWrittenIsWhatTheSourceWasAtItsEnd) {
  RandomWriter(*source_, TestSeed(), /*trims=*/true).Run(1500);
  RandomWriter writer(*source_, TestSeed() + 1, /*trims=*/true);
  WatchedStore watched(*source_);
  writer.Start(4);
  TestControl control([&](const Progress&) { writer.Allow(20); });
  ASSERT_THAT(Backup(watched, control), IsOk());
  writer.Stop();
  const absl::StatusOr<BackupEnd> end = Restore(file_, *target_, control_);
  ASSERT_THAT(end, IsOk());
  EXPECT_EQ(Differences(watched.last(), Everything(*target_)), "");
  EXPECT_EQ(end->digest, DigestHex(*target_));
  EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_P(BackupTest, ABackupThatIsCutOffAgainAndAgainGoesOnAndEndsRight) {
  RandomWriter(*source_, TestSeed(), /*trims=*/true).Run(1000);
  RandomWriter writer(*source_, TestSeed() + 1, /*trims=*/true);
  WatchedStore watched(*source_);
  writer.Start(4);
  std::mt19937_64 random(TestSeed());
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
    status = Backup(watched, control);
    if (status.ok()) break;
    ASSERT_THAT(status, StatusIs(absl::StatusCode::kCancelled));
    EXPECT_FALSE(std::filesystem::exists(file_));
    // A power cut takes or garbles the tail.
    std::string bytes = ReadAll(part());
    const size_t from = bytes.size() - std::min<size_t>(bytes.size(), random() % 3000);
    if (random() % 2 == 0) {
      bytes.resize(from);
    } else {
      for (size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(random());
    }
    // The header was there before all else.
    if (bytes.size() >= 16 && from < 16) bytes.resize(0);
    WriteAll(part(), bytes);
  }
  writer.Stop();
  ASSERT_THAT(status, IsOk()) << runs;
  ASSERT_THAT(Restore(file_, *target_, control_), IsOk());
  EXPECT_EQ(Differences(watched.last(), Everything(*target_)), "");
}

TEST_P(BackupTest, ARestoreThatIsCutOffAgainAndAgainGoesOnAndEndsRight) {
  RandomWriter(*source_, TestSeed(), /*trims=*/false).Run(3000);
  ASSERT_THAT(Backup(), IsOk());
  std::mt19937_64 random(TestSeed());
  FailingStore failing(*target_, [&] {
    const uint64_t choice = random() % 4;
    return choice == 0   ? FailingStore::Failure::kBefore
           : choice == 1 ? FailingStore::Failure::kAfter
                         : FailingStore::Failure::kNone;
  });
  int runs = 0;
  absl::Status status;
  do {
    status = Restore(file_, failing, control_).status();
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status) || absl::IsUnknown(status)) << status;
    // An answer that was lost may have been that of the last import.
    if (!status.ok() && !FindMark(*target_, {})->has_value() && !Everything(*target_).empty())
      break;
  } while (!status.ok() && ++runs < 200);
  EXPECT_EQ(Differences(Everything(*source_), Everything(*target_)), "");
}

TEST_P(BackupTest, AStoreThatHoldsAnythingIsNotRestoredOnto) {
  RandomWriter(*source_, TestSeed(), /*trims=*/false).Run(100);
  ASSERT_THAT(Backup(), IsOk());
  RandomWriter(*target_, TestSeed() + 1, /*trims=*/false).Run(50);
  const std::vector<ExportEntry> before = Everything(*target_);
  EXPECT_THAT(Restore(file_, *target_, control_), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Everything(*target_), before);
}

INSTANTIATE_TEST_SUITE_P(Backends, BackupTest,
                         testing::Values(BackendKind::kMemory, BackendKind::kRocksDb),
                         [](const auto& test) { return NameOf(test.param); });

// What concerns the file alone.
class BackupFileTest : public BackupTest {
 protected:
  // Restoring `bytes` fails, says where, and writes nothing.
  void ExpectRefused(const std::string& bytes, const std::string& what) {
    const std::string path = directory_.path("damaged");
    WriteAll(path, bytes);
    const absl::Status status = Restore(path, *target_, control_).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss)) << what;
    EXPECT_THAT(std::string(status.message()), HasSubstr("damaged: ")) << what;
    EXPECT_THAT(std::string(status.message()), HasSubstr("(at byte ")) << what;
  }
};
INSTANTIATE_TEST_SUITE_P(Memory, BackupFileTest, testing::Values(BackendKind::kMemory),
                         [](const auto& test) { return NameOf(test.param); });

TEST_P(BackupFileTest, AFileOfWhichAnyByteIsAnotherIsRefusedAndNothingIsWritten) {
  RandomWriter(*source_, 7, /*trims=*/false).Run(20);
  ASSERT_THAT(Backup(), IsOk());
  const std::string good = ReadAll(file_);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    ExpectRefused(bad, absl::StrCat("byte ", i, " of ", good.size()));
  }
  EXPECT_THAT(Everything(*target_), IsEmpty());
  EXPECT_THAT(Restore(file_, *target_, control_), IsOk());
}

TEST_P(BackupFileTest, AFileThatIsCutOffOrHasMoreBehindItIsRefused) {
  RandomWriter(*source_, 7, /*trims=*/false).Run(20);
  ASSERT_THAT(Backup(), IsOk());
  const std::string good = ReadAll(file_);
  for (size_t size = 0; size < good.size(); ++size) {
    ExpectRefused(good.substr(0, size), absl::StrCat("the first ", size));
  }
  ExpectRefused(good + '\0', "one more");
  ExpectRefused(good + good, "twice");
  EXPECT_THAT(Everything(*target_), IsEmpty());
}

TEST_P(BackupFileTest, BlocksThatAreDroppedRepeatedOrExchangedAreRefused) {
  RandomWriter(*source_, 7, /*trims=*/false).Run(200);
  ASSERT_THAT(Backup(), IsOk());
  const std::string good = ReadAll(file_);
  std::vector<size_t> begins;
  absl::StatusOr<BackupReader> reader = BackupReader::Open(file_);
  ASSERT_THAT(reader, IsOk());
  while (!reader->AtEnd()) {
    begins.push_back(reader->at());
    ASSERT_THAT(reader->Next(), IsOk());
  }
  begins.push_back(good.size());
  ASSERT_GT(begins.size(), 6u);
  const auto block = [&](size_t i) { return good.substr(begins[i], begins[i + 1] - begins[i]); };
  for (size_t i = 0; i + 1 < begins.size(); ++i) {
    const std::string before = good.substr(0, begins[i]);
    const std::string behind = good.substr(begins[i + 1]);
    ExpectRefused(before + behind, absl::StrCat("without block ", i));
    ExpectRefused(before + block(i) + block(i) + behind, absl::StrCat("block ", i, " twice"));
    if (i + 2 < begins.size() && block(i) != block(i + 1)) {
      ExpectRefused(before + block(i + 1) + block(i) + good.substr(begins[i + 2]),
                    absl::StrCat("blocks ", i, " and the next exchanged"));
    }
  }
  EXPECT_THAT(Everything(*target_), IsEmpty());
}

TEST_P(BackupFileTest, WhatIsNoBackupOrOfAnotherFormatIsToldApart) {
  ASSERT_THAT(Backup(), IsOk());
  std::string bytes = ReadAll(file_);
  const std::string path = directory_.path("other");
  bytes[11] = 9;
  WriteAll(path, bytes);
  EXPECT_THAT(std::string(Restore(path, *target_, control_).status().message()),
              HasSubstr("format 9"));
  WriteAll(path, "this is some text that somebody wrote");
  EXPECT_THAT(std::string(Restore(path, *target_, control_).status().message()),
              HasSubstr("no backup of Yilan"));
  EXPECT_THAT(Restore(directory_.path("none"), *target_, control_),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Restore(directory_.path("."), *target_, control_),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(BackupFileTest, AnUnfinishedBackupIsNotRestored) {
  RandomWriter(*source_, 7, /*trims=*/false).Run(300);
  int reports = 0;
  TestControl* self = nullptr;
  TestControl control([&](const Progress&) {
    if (++reports == 4) self->Stop();
  });
  self = &control;
  ASSERT_THAT(Backup(*source_, control), StatusIs(absl::StatusCode::kCancelled));
  const absl::Status status = Restore(part(), *target_, control_).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(status.message()), HasSubstr("never finished"));
}

TEST_P(BackupFileTest, AFileThatIsThereIsNotTouched) {
  WriteAll(file_, "precious");
  EXPECT_THAT(Backup(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReadAll(file_), "precious");
  EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_P(BackupFileTest, APartThatIsNotOursOrOfAnotherStoreIsNotTouched) {
  const std::string text = "notes that somebody keeps under this name";
  WriteAll(part(), text);
  EXPECT_THAT(Backup(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReadAll(part()), text);
  std::filesystem::remove(part());

  RandomWriter(*source_, 7, /*trims=*/false).Run(300);
  TestControl* self = nullptr;
  TestControl control([&](const Progress&) { self->Stop(); });
  self = &control;
  ASSERT_THAT(Backup(*source_, control), StatusIs(absl::StatusCode::kCancelled));
  const std::string bytes = ReadAll(part());
  const absl::Status status = Backup(*source_, control_, "another");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("unfinished backup of source"));
  EXPECT_EQ(ReadAll(part()), bytes);
}

TEST_P(BackupFileTest, TwoProcessesDoNotWriteOneBackup) {
  BackupSink first(file_, control_);
  ASSERT_THAT(first.Begin("source"), IsOk());
  const absl::Status status = Backup();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr("another process"));
}

TEST_P(BackupFileTest, NobodyElseMayReadIt) {
  ASSERT_THAT(Backup(), IsOk());
  struct stat status;
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_P(BackupFileTest, WhereTheFeedForgetsWhatWasNotReadTheBackupBeginsAnew) {
  RandomWriter(*source_, TestSeed(), /*trims=*/false).Run(800);
  int reports = 0;
  TestControl* self = nullptr;
  TestControl control([&](const Progress&) {
    if (++reports == 3) self->Stop();
  });
  self = &control;
  ASSERT_THAT(Backup(*source_, control), StatusIs(absl::StatusCode::kCancelled));
  RandomWriter(*source_, TestSeed() + 1, /*trims=*/false).Run(500);
  for (int partition = 0; partition < kFeedPartitions; ++partition) {
    ASSERT_THAT(source_->TrimChanges({}, partition, ~uint64_t{0}), IsOk());
  }
  ASSERT_THAT(Backup(), IsOk());
  ASSERT_THAT(Restore(file_, *target_, control_), IsOk());
  EXPECT_EQ(Differences(Everything(*source_), Everything(*target_)), "");
}

}  // namespace
}  // namespace yilan::storage::transfer
