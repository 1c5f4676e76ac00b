// Rows as a transaction sees them: those of a snapshot, and its own on top.
//
// Not thread-safe: they belong to one transaction.
#ifndef YILAN_STORAGE_ROWS_OVERLAY_H_
#define YILAN_STORAGE_ROWS_OVERLAY_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "storage/rows/family.h"
#include "storage/rows/row_source.h"

namespace yilan::storage::rows {

// What one transaction wrote and nobody else sees yet: rows to be put, and rows to be deleted.
class Overlay {
 public:
  using Rows = absl::btree_map<std::string, std::optional<std::string>>;

  void Put(Family family, std::string row, std::string value) {
    ++writes_;
    bytes_ += kRowOverhead + row.size() + value.size();
    rows_[static_cast<size_t>(family)].insert_or_assign(std::move(row), std::move(value));
  }
  void Delete(Family family, std::string row) {
    ++writes_;
    bytes_ += kRowOverhead + row.size();
    rows_[static_cast<size_t>(family)].insert_or_assign(std::move(row), std::nullopt);
  }
  // Null when the transaction has nothing to say about the row.
  const std::optional<std::string>* Find(Family family, absl::string_view row) const {
    const Rows& rows = rows_[static_cast<size_t>(family)];
    const auto it = rows.find(row);
    return it == rows.end() ? nullptr : &it->second;
  }
  const Rows& rows(Family family) const { return rows_[static_cast<size_t>(family)]; }
  // How many bytes all of it takes, about.
  size_t bytes() const { return bytes_; }
  // Counts up with every write.
  uint64_t writes() const { return writes_; }

 private:
  static constexpr size_t kRowOverhead = 8;

  std::array<Rows, kFamilies> rows_;
  uint64_t writes_ = 0;
  size_t bytes_ = 0;
};

// Goes over the rows of one family in ascending order. The transaction may write while a cursor
// stands somewhere: row() and value() stay, and Next() goes to what then comes behind row().
class RowCursor {
 public:
  // Without an overlay when it is null. Both outlive the cursor.
  RowCursor(RowIterator& base, const Overlay* overlay, Family family)
      : base_(base), overlay_(overlay), family_(family) {}

  // Goes to the first row that is at least `row`.
  void Seek(absl::string_view row);
  void Next();
  bool Valid() const { return valid_; }
  // While Valid(); until the next call.
  absl::string_view row() const { return own_ ? absl::string_view(row_) : base_.row(); }
  absl::string_view value() const { return own_ ? absl::string_view(value_) : base_.value(); }
  // When not Valid(): OK at the end, else what stopped the cursor.
  absl::Status status() const { return valid_ ? absl::OkStatus() : base_.status(); }

 private:
  void SeekOverlay(absl::string_view after_or_at, bool after);
  // Takes whichever of base and overlay is next, passing over what the overlay deletes.
  void Settle();

  RowIterator& base_;
  const Overlay* const overlay_;
  const Family family_;
  Overlay::Rows::const_iterator next_own_;
  uint64_t writes_seen_ = 0;
  bool valid_ = false;
  bool own_ = false;  // The current row is the overlay's, copied to row_ and value_.
  std::string row_;
  std::string value_;
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_OVERLAY_H_
