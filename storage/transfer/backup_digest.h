// What is in a backup file, found by reading all of it.
#ifndef YILAN_STORAGE_TRANSFER_BACKUP_DIGEST_H_
#define YILAN_STORAGE_TRANSFER_BACKUP_DIGEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/transfer/backup_file.h"
#include "storage/transfer/control.h"
#include "storage/transfer/store_digest.h"

namespace yilan::storage::transfer {

// The blocks of a file, each checked.
struct BackupIndex {
  std::string source;             // What was backed up.
  std::vector<uint64_t> entries;  // Where the blocks of entries are, in the order of the file.
  size_t scanned = 0;             // So many of them, the first, are of the scan.
  std::optional<BackupEnd> end;   // Without it the backup is not finished.
  std::string id;                 // Hash of the last block: which backup this is.
};
// Reads `reader` to its end. DATA_LOSS names the first byte that is not as it was written.
// CANCELLED when `control` says stop.
absl::StatusOr<BackupIndex> ReadIndex(BackupReader& reader, Control& control);

// The digest of the store that the entries make. Memory: some 100 bytes for each entry behind
// the scan.
absl::StatusOr<StoreDigest> DigestOfEntries(BackupReader& reader, const BackupIndex& index,
                                            Control& control);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_BACKUP_DIGEST_H_
