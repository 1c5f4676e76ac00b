// CopyState: how far a copy, a backup or a restore has come; what it needs to go on after it was
// cut off.
#ifndef YILAN_STORAGE_TRANSFER_COPY_STATE_H_
#define YILAN_STORAGE_TRANSFER_COPY_STATE_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace yilan::storage::transfer {

struct CopyState {
  // What is copied, so that another source is not taken for it: a storage's URL without secrets, or
  // which backup file.
  std::string source;
  // Which process is at it, so that two do not mix.
  uint64_t run = 0;

  // The scan has read the customers up to and including this one …
  CustomerId last_customer;
  bool scanned = false;  // … or all.
  // What the target has and the scan does not bring has to go: changes were trimmed before they
  // were read, so nobody tells what was deleted.
  bool compare = false;
  struct Partition {
    uint64_t touched_after = 0;  // Changes behind this one touch what was read; it is read again.
    uint64_t copied = 0;         // The changes up to this one are in the target, or trimmed.
    friend bool operator==(const Partition&, const Partition&) = default;
  };
  std::array<Partition, kFeedPartitions> feed = {};

  uint64_t blocks = 0;  // Of a backup file: how many are restored.

  // For showing progress.
  uint64_t customers = 0;
  uint64_t records = 0;

  friend bool operator==(const CopyState&, const CopyState&) = default;
};

std::string EncodeState(const CopyState& state);
// DATA_LOSS for what EncodeState did not write.
absl::StatusOr<CopyState> ParseState(absl::string_view bytes);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_COPY_STATE_H_
