// Ledger: writes that can be audited after a fault.
//
// Every entry is one transaction over one to three customers. In each it adds a record with a key,
// a term and a history entry, replaces a record whose key moves with the revision, and now and then
// takes a subject from one customer to another; every record names all customers of the entry and
// their revisions. So whatever state a store is in, the audit can tell whether an entry is there in
// whole, in part or not at all.
//
//   Ledger ledger(seed);
//   absl::StatusOr<Entry> entry = ledger.Write(store);   // From any thread.
//   acknowledged.push_back(*entry);
//   … fault, reopen …
//   EXPECT_THAT(Audit(store, acknowledged), IsOk());
#ifndef YILAN_TESTS_FAULTS_LEDGER_H_
#define YILAN_TESTS_FAULTS_LEDGER_H_

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "storage/rocksdb/rocksdb_store.h"

namespace yilan::storage {

// What one transaction wrote: its customers and the revisions that it gave them.
struct Entry {
  struct Part {
    uint64_t customer = 0;
    Revision revision = 0;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::vector<Part> parts;

  friend bool operator==(const Entry&, const Entry&) = default;
  // One line of text, and back; nothing when it is not an entry.
  std::string ToString() const;
  static std::optional<Entry> FromString(absl::string_view text);
};

// Thread-safe.
class Ledger {
 public:
  explicit Ledger(uint64_t seed) : random_(seed) {}

  // Writes an entry. When the outcome is an error, `attempted` (unless null) tells what it would
  // have been, if it came to a commit.
  absl::StatusOr<Entry> Write(RecordStore& store, Entry* attempted = nullptr);

 private:
  uint64_t Random(uint64_t below);

  Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
};

// OK when the store holds every acknowledged entry, every entry that it holds it holds in whole,
// and everything in it agrees (RocksDbStore::Verify). Otherwise says what is wrong.
absl::Status Audit(RocksDbStore& store, const std::vector<Entry>& acknowledged);

// Whether an entry is there.
absl::StatusOr<bool> Holds(RecordStore& store, const Entry& entry);

}  // namespace yilan::storage

#endif  // YILAN_TESTS_FAULTS_LEDGER_H_
