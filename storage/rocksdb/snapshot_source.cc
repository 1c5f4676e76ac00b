#include "storage/rocksdb/snapshot_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace yilan::storage::rocks {
namespace {

class Iterator final : public rows::RowIterator {
 public:
  Iterator(std::unique_ptr<rocksdb::Iterator> rows, Family family)
      : rows_(std::move(rows)), family_(family) {}

  void Seek(absl::string_view row) override { rows_->Seek(ToSlice(row)); }
  void Next() override { rows_->Next(); }
  bool Valid() const override { return rows_->Valid(); }
  absl::string_view row() const override { return ToView(rows_->key()); }
  absl::string_view value() const override { return ToView(rows_->value()); }
  absl::Status status() const override {
    if (rows_->status().ok()) return absl::OkStatus();
    return ReadError(rows_->status(), absl::StrCat("reading ", FamilyName(family_)));
  }

 private:
  const std::unique_ptr<rocksdb::Iterator> rows_;
  const Family family_;
};

}  // namespace

absl::StatusOr<bool> SnapshotSource::Get(Family family, absl::string_view row, std::string& value) {
  rocksdb::PinnableSlice read(&value);
  ASSIGN_OR_RETURN(const bool found, database_.Get(snapshot_, family, row, read));
  if (found && read.IsPinned()) value.assign(read.data(), read.size());
  return found;
}

absl::Status SnapshotSource::GetMany(
    Family family, absl::Span<const std::string> rows,
    absl::FunctionRef<absl::Status(size_t, const absl::string_view*)> visit) {
  // A visit may read again.
  std::vector<rocksdb::PinnableSlice> values = std::exchange(values_, {});
  std::vector<bool> found = std::exchange(found_, {});
  RETURN_IF_ERROR(database_.GetMany(snapshot_, family, rows, values, found));
  for (size_t i = 0; i < rows.size(); ++i) {
    const absl::string_view value = found[i] ? ToView(values[i]) : absl::string_view();
    RETURN_IF_ERROR(visit(i, found[i] ? &value : nullptr));
  }
  values_ = std::move(values);
  found_ = std::move(found);
  return absl::OkStatus();
}

std::unique_ptr<rows::RowIterator> SnapshotSource::NewIterator(Family family, rows::Scope scope) {
  switch (scope) {
    case rows::Scope::kSubject:
      return std::make_unique<Iterator>(database_.NewSubjectIterator(snapshot_, family), family);
    case rows::Scope::kFamily:
      return std::make_unique<Iterator>(database_.NewIterator(snapshot_, family), family);
    case rows::Scope::kBulk:
      break;
  }
  return std::make_unique<Iterator>(database_.NewBulkIterator(snapshot_, family), family);
}

}  // namespace yilan::storage::rocks
