// Restoring a store from a backup file.
#ifndef YILAN_STORAGE_TRANSFER_RESTORE_H_
#define YILAN_STORAGE_TRANSFER_RESTORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "storage/record_store.h"
#include "storage/transfer/backup_blocks.h"
#include "storage/transfer/control.h"

namespace yilan::storage::transfer {

// Checks all of the file before it writes anything, brings it into `target`, and compares the
// digest of what is there then with that of the backup. The target is empty, or was left by a
// restore of the same file that was cut off, and is marked as unfinished meanwhile
// (unfinished_copy.h). DATA_LOSS names what is wrong with the file, and where; CANCELLED when
// `control` stopped it: the same restore goes on later.
absl::StatusOr<BackupEnd> Restore(const std::string& path, RecordStore& target, Control& control);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_RESTORE_H_
