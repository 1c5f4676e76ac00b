// Files whose bytes changed: an error that says so, and never a crash or a silent loss.
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/ledger.h"
#include "tests/status_matchers.h"

namespace yilan::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class RocksDbCorruption : public ::testing::Test {
 protected:
  // A closed store of many entries, in `master_`.
  void Make(const RocksDbOptions& options, int entries) {
    absl::StatusOr<std::unique_ptr<RocksDbStore>> store = RocksDbStore::Open(options);
    ASSERT_THAT(store, IsOk());
    for (int i = 0; i < entries; ++i) {
      const absl::StatusOr<Entry> entry = ledger_.Write(**store);
      ASSERT_THAT(entry, IsOk());
      acknowledged_.push_back(*entry);
    }
  }
  std::string Copy() {
    fs::remove_all(copy_);
    fs::copy(master_, copy_, fs::copy_options::recursive);
    return copy_;
  }
  std::vector<fs::path> FilesOf(const std::string& directory,
                                absl::FunctionRef<bool(const std::string&)> wanted) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& file : fs::directory_iterator(directory)) {
      if (wanted(file.path().filename().string()) && file.file_size() > 0) {
        files.push_back(file.path());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  uint64_t Random(uint64_t below) { return random_() % below; }

  const uint64_t seed_ = TestSeed();
  std::mt19937_64 random_{seed_};
  const TemporaryDirectory directory_;
  const std::string master_ = directory_.path() + "/master";
  const std::string copy_ = directory_.path() + "/copy";
  Ledger ledger_{seed_};
  std::vector<Entry> acknowledged_;
};

void FlipByte(const fs::path& file, uint64_t offset) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(static_cast<std::streamoff>(offset));
  const char byte = static_cast<char>(stream.get());
  stream.seekp(static_cast<std::streamoff>(offset));
  stream.put(static_cast<char>(byte ^ 0x55));
}

bool IsTable(const std::string& name) { return absl::EndsWith(name, ".sst"); }
bool IsLog(const std::string& name) { return absl::EndsWith(name, ".log"); }

TEST_F(RocksDbCorruption, OfTablesAndTheirListIsDataLoss) {
  ASSERT_NO_FATAL_FAILURE(Make(TinyOptions(master_), 400));
  const uint64_t rounds = NumberFromEnvironment("YILAN_CORRUPTIONS", 100);
  uint64_t noticed = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    const std::vector<fs::path> files = FilesOf(Copy(), [](const std::string& name) {
      return IsTable(name) || absl::StartsWith(name, "MANIFEST") || name == "CURRENT";
    });
    ASSERT_GT(files.size(), 5u);
    const fs::path& file = files[Random(files.size())];
    switch (Random(3)) {
      case 0:
        FlipByte(file, Random(fs::file_size(file)));
        break;
      case 1:
        fs::resize_file(file, Random(fs::file_size(file)));
        break;
      default:
        fs::remove(file);
        break;
    }
    SCOPED_TRACE(file.filename().string());
    const absl::StatusOr<std::unique_ptr<RocksDbStore>> store =
        RocksDbStore::Open(TinyOptions(copy_));
    const absl::Status status = store.ok() ? Audit(**store, acknowledged_) : store.status();
    // A byte of a file may mean nothing; but then nothing is lost either.
    if (status.ok()) continue;
    ++noticed;
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("entry/")));
  }
  EXPECT_GT(noticed, rounds / 2);
}

TEST_F(RocksDbCorruption, OfTheListOfFilesNeverMakesANewStoreInPlaceOfTheOldOne) {
  ASSERT_NO_FATAL_FAILURE(Make(TinyOptions(master_), 100));
  const auto is_list = [](const std::string& name) {
    return absl::StartsWith(name, "MANIFEST") || name == "CURRENT";
  };
  const size_t tables = FilesOf(Copy(), IsTable).size();
  ASSERT_GT(tables, 0u);
  for (const bool cut : {false, true}) {
    for (size_t i = 0; i < 2; ++i) {
      const fs::path file = FilesOf(Copy(), is_list)[i];
      SCOPED_TRACE(file.filename().string());
      if (cut) {
        fs::resize_file(file, 0);
      } else {
        fs::remove(file);
      }
      EXPECT_THAT(RocksDbStore::Open(TinyOptions(copy_)).status(),
                  StatusIs(absl::StatusCode::kDataLoss));
      EXPECT_EQ(FilesOf(copy_, IsTable).size(), tables);
    }
  }
}

TEST_F(RocksDbCorruption, InTheMiddleOfTheLogIsDataLoss) {
  // Everything stays in the log.
  ASSERT_NO_FATAL_FAILURE(Make({.directory = master_}, 100));
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    const std::vector<fs::path> logs = FilesOf(Copy(), IsLog);
    ASSERT_EQ(logs.size(), 1u);
    FlipByte(logs[0], Random(fs::file_size(logs[0]) / 2));
    EXPECT_THAT(RocksDbStore::Open({.directory = copy_}), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST_F(RocksDbCorruption, OfTheLastEntryOfTheLogIsTakenForATornWrite) {
  ASSERT_NO_FATAL_FAILURE(Make({.directory = master_}, 100));
  acknowledged_.pop_back();  // The one that a power cut is taken to have torn.
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    const std::vector<fs::path> logs = FilesOf(Copy(), IsLog);
    ASSERT_EQ(logs.size(), 1u);
    const uint64_t size = fs::file_size(logs[0]);
    const uint64_t in_last_entry = 1 + Random(100);
    if (Random(2) == 0) {
      fs::resize_file(logs[0], size - in_last_entry);
    } else {
      FlipByte(logs[0], size - in_last_entry);
    }
    const absl::StatusOr<std::unique_ptr<RocksDbStore>> store =
        RocksDbStore::Open({.directory = copy_});
    ASSERT_THAT(store, IsOk());
    EXPECT_THAT(Audit(**store, acknowledged_), IsOk());
  }
}

}  // namespace
}  // namespace yilan::storage
