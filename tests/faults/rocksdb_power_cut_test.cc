// A power cut at a random moment: what was acknowledged is there afterwards.
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/clients/temporary_directory.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/ledger.h"
#include "tests/status_matchers.h"

namespace yilan::storage {
namespace {

constexpr int kWriters = 4;

// Writes from several threads until the power goes out, and adds what was acknowledged.
void WriteUntilPowerCut(RocksDbStore& store, Ledger& ledger, std::vector<Entry>& acknowledged) {
  std::vector<Entry> of_writer[kWriters];
  InThreads(kWriters, [&](int writer) {
    while (true) {
      const absl::StatusOr<Entry> entry = ledger.Write(store);
      if (!entry.ok()) return;
      of_writer[writer].push_back(*entry);
    }
  });
  for (const std::vector<Entry>& entries : of_writer) {
    acknowledged.insert(acknowledged.end(), entries.begin(), entries.end());
  }
}

// A machine with a store, which loses its power again and again, also while the store recovers from
// the last time.
class Machine {
 public:
  Machine(uint64_t seed, bool sync) : random_(seed), files_(seed), ledger_(seed) {
    options_ = TinyOptions(directory_.path(), files_.env());
    options_.unsafe_no_sync = !sync;
  }

  // Returns what is wrong after one more cut.
  absl::Status CutPower() {
    files_.CutPowerAfter(std::uniform_int_distribution<uint64_t>(1, 500)(random_));
    if (absl::StatusOr<std::unique_ptr<RocksDbStore>> store = RocksDbStore::Open(options_);
        store.ok()) {
      WriteUntilPowerCut(**store, ledger_, acknowledged_);
    }
    files_.Restart();
    absl::StatusOr<std::unique_ptr<RocksDbStore>> store = RocksDbStore::Open(options_);
    if (!store.ok()) {
      return absl::Status(store.status().code(),
                          absl::StrCat(store.status().message(), "\n", Complaints()));
    }
    return Audit(**store, acknowledged_);
  }
  // What RocksDB wrote down of what it does not like, and what files there are.
  std::string Complaints() const {
    std::string complaints;
    for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
      const std::string name = file.path().filename().string();
      absl::StrAppend(&complaints, name, " ", file.file_size(), "\n");
      if (!absl::StartsWith(name, "LOG")) continue;
      std::ifstream log(file.path());
      for (std::string line; std::getline(log, line);) {
        if (absl::StrContains(line, "orrupt") || absl::StrContains(line, "[WARN") ||
            absl::StrContains(line, "[ERROR")) {
          absl::StrAppend(&complaints, "  ", line, "\n");
        }
      }
    }
    return complaints;
  }
  size_t acknowledged() const { return acknowledged_.size(); }

 private:
  std::mt19937_64 random_;
  FaultFileSystem files_;
  const TemporaryDirectory directory_;
  RocksDbOptions options_;
  Ledger ledger_;
  std::vector<Entry> acknowledged_;
};

TEST(RocksDbPowerCut, LosesNothingThatWasAcknowledged) {
  const uint64_t seed = TestSeed();
  const uint64_t machines = NumberFromEnvironment("YILAN_POWER_CUTS", 60) / 10;
  for (uint64_t i = 0; i < machines; ++i) {
    Machine machine(seed + i, /*sync=*/true);
    for (int cut = 0; cut < 10; ++cut) {
      ASSERT_THAT(machine.CutPower(), IsOk()) << "machine " << i << ", cut " << cut;
    }
    EXPECT_GT(machine.acknowledged(), 10u);
  }
}

// The proof that the test above can fail: it does, for a store that acknowledges without a sync.
TEST(RocksDbPowerCut, LosesAcknowledgedWritesOfAStoreThatDoesNotSync) {
  const uint64_t seed = TestSeed();
  for (uint64_t i = 0; i < 50; ++i) {
    Machine machine(seed + i, /*sync=*/false);
    if (absl::StrContains(machine.CutPower().message(), "is lost")) return;
  }
  FAIL() << "50 power cuts lost nothing";
}

}  // namespace
}  // namespace yilan::storage
