#include "storage/rows/overlay.h"

namespace yilan::storage::rows {

void RowCursor::Seek(absl::string_view row) {
  base_.Seek(row);
  if (overlay_ != nullptr) SeekOverlay(row, /*after=*/false);
  Settle();
}

void RowCursor::SeekOverlay(absl::string_view after_or_at, bool after) {
  const Overlay::Rows& rows = overlay_->rows(family_);
  next_own_ = after ? rows.upper_bound(after_or_at) : rows.lower_bound(after_or_at);
  writes_seen_ = overlay_->writes();
}

void RowCursor::Next() {
  if (overlay_ != nullptr && overlay_->writes() != writes_seen_) {
    SeekOverlay(row(), /*after=*/true);
  }
  // An own row was passed when it was copied; the base stands behind it already.
  if (!own_) base_.Next();
  Settle();
}

void RowCursor::Settle() {
  own_ = false;
  if (overlay_ == nullptr) {
    valid_ = base_.Valid();
    return;
  }
  const Overlay::Rows& rows = overlay_->rows(family_);
  while (next_own_ != rows.end()) {
    const absl::string_view own_row = next_own_->first;
    const int order = base_.Valid() ? base_.row().compare(own_row) : 1;
    if (order < 0) break;
    if (order == 0) base_.Next();  // The overlay says something newer.
    const auto& [row, value] = *next_own_++;
    if (!value.has_value()) continue;
    row_ = row;
    value_ = *value;
    own_ = true;
    valid_ = true;
    return;
  }
  valid_ = base_.Valid();
}

}  // namespace yilan::storage::rows
