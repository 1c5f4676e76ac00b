// Database: the RocksDB database of one store, its column families and its reads.
//
// One directory holds one database, used by one process at a time. Every column family has a topic
// of its own (storage/rows/row_keys.h) and settings to fit how it is read. Thread-safe.
#ifndef YILAN_STORAGE_ROCKSDB_DATABASE_H_
#define YILAN_STORAGE_ROCKSDB_DATABASE_H_

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "storage/rocksdb/durability.h"
#include "storage/rocksdb/rocksdb_options.h"
#include "storage/rows/family.h"

namespace yilan::storage::rocks {

using rows::Family;
using rows::FamilyName;
using rows::kFamilies;

inline rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

class Database {
 public:
  // Opens or creates the database. FAILED_PRECONDITION when another process has the directory open,
  // or when it holds another format or something else; DATA_LOSS when its files do not read back.
  // `on_trouble` is Durability's.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const RocksDbOptions& options,
                                                        std::function<void()> on_trouble);
  // Closes. No snapshot, iterator or call may be left.
  ~Database();

  rocksdb::DB& db() { return *db_; }
  Durability& durability() { return *durability_; }
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<size_t>(family)];
  }
  // All of them, in order of Family; RocksDB numbers them otherwise.
  const std::array<rocksdb::ColumnFamilyHandle*, kFamilies>& handles() const { return handles_; }
  const rocksdb::Cache& block_cache() const { return *block_cache_; }
  // Whether the disk has space for what is in memory only.
  bool HasSpaceForBuffers() const;

  // Reads one row as of `snapshot` (null: the newest). False when there is none.
  absl::StatusOr<bool> Get(const rocksdb::Snapshot* snapshot, Family family, absl::string_view row,
                           rocksdb::PinnableSlice& value) const;
  // The same for many: `found[i]` tells whether `values[i]` was set.
  absl::Status GetMany(const rocksdb::Snapshot* snapshot, Family family,
                       absl::Span<const std::string> rows,
                       std::vector<rocksdb::PinnableSlice>& values, std::vector<bool>& found) const;
  // An iterator over rows that share their first kSubjectBytes bytes: it ends where they do.
  std::unique_ptr<rocksdb::Iterator> NewSubjectIterator(const rocksdb::Snapshot* snapshot,
                                                        Family family) const;
  // An iterator over the whole family, in order.
  std::unique_ptr<rocksdb::Iterator> NewIterator(const rocksdb::Snapshot* snapshot,
                                                 Family family) const;
  // The same to read a family once from end to end: it leaves the block cache to the others.
  std::unique_ptr<rocksdb::Iterator> NewBulkIterator(const rocksdb::Snapshot* snapshot,
                                                     Family family) const;

 private:
  Database(const RocksDbOptions& options, std::function<void()> on_trouble);

  absl::Status OpenFiles();
  absl::Status OpenWith(rocksdb::WALRecoveryMode mode);
  absl::StatusOr<rocksdb::SequenceNumber> NewestReadable(rocksdb::WALRecoveryMode mode);
  absl::StatusOr<bool> OnlyTheTailIsTorn();
  absl::Status CheckFormat();
  std::string FileIn(absl::string_view name) const;
  // Whether the directory has, or had, a store of Yilan, whatever RocksDB makes of its files.
  bool IsMarked() const;
  void Mark() const;
  // The error when there is less than there was.
  absl::Status ListIsCut() const;
  rocksdb::DBOptions MakeDbOptions(rocksdb::WALRecoveryMode mode) const;
  void CloseHandles();

  const RocksDbOptions options_;
  const std::shared_ptr<rocksdb::Cache> block_cache_;
  const std::shared_ptr<Durability> durability_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles_{};
  std::vector<rocksdb::ColumnFamilyHandle*> foreign_handles_;  // Families of another format.
};

// A committed state that stays readable as long as this lives.
class Snapshot {
 public:
  explicit Snapshot(Database& database) : db_(database.db()), snapshot_(db_.GetSnapshot()) {}
  ~Snapshot() { db_.ReleaseSnapshot(snapshot_); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const rocksdb::Snapshot* get() const { return snapshot_; }
  rocksdb::SequenceNumber sequence() const { return snapshot_->GetSequenceNumber(); }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* const snapshot_;
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_DATABASE_H_
