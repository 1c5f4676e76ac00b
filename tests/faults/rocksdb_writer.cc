// rocksdb_writer DIRECTORY SEED: writes ledger entries to a store from several threads, and prints
// each that was acknowledged as a line, until it is killed. The victim of rocksdb_kill_test.
#include <unistd.h>

#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/ledger.h"

int main(int argc, char** argv) {
  uint64_t seed = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[2], &seed)) {
    std::cerr << "usage: rocksdb_writer DIRECTORY SEED\n";
    return 2;
  }
  using yilan::storage::RocksDbStore;
  const absl::StatusOr<std::unique_ptr<RocksDbStore>> store =
      RocksDbStore::Open(yilan::storage::TinyOptions(argv[1]));
  if (!store.ok()) {
    std::cerr << store.status() << '\n';
    return 1;
  }
  yilan::storage::Ledger ledger(seed);
  yilan::storage::InThreads(4, [&](int) {
    while (true) {
      const absl::StatusOr<yilan::storage::Entry> entry = ledger.Write(**store);
      if (!entry.ok()) {
        std::cerr << entry.status() << '\n';
        _exit(1);
      }
      // One call, so that a line is never cut in two.
      const std::string line = absl::StrCat(entry->ToString(), "\n");
      if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        _exit(0);  // Nobody listens any more.
      }
    }
  });
}
