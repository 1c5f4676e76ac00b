// SnapshotSource: the rows of a store as one snapshot shows them.
#ifndef YILAN_STORAGE_ROCKSDB_SNAPSHOT_SOURCE_H_
#define YILAN_STORAGE_ROCKSDB_SNAPSHOT_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "storage/rocksdb/database.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::rocks {

class SnapshotSource final : public rows::RowSource {
 public:
  // Both outlive the source.
  SnapshotSource(const Database& database, const Snapshot& snapshot)
      : database_(database), snapshot_(snapshot.get()) {}

  absl::StatusOr<bool> Get(Family family, absl::string_view row, std::string& value) override;
  absl::Status GetMany(
      Family family, absl::Span<const std::string> rows,
      absl::FunctionRef<absl::Status(size_t, const absl::string_view*)> visit) override;
  std::unique_ptr<rows::RowIterator> NewIterator(Family family, rows::Scope scope) override;

 private:
  const Database& database_;
  const rocksdb::Snapshot* const snapshot_;
  // Of GetMany, to be used again.
  std::vector<rocksdb::PinnableSlice> values_;
  std::vector<bool> found_;
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_SNAPSHOT_SOURCE_H_
