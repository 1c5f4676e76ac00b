// The bytes of an entry on its way: in backup files, and under digests.
//
// One entry has one encoding, on every backend and machine; a change of it is a new version of the
// backup format. Numbers are varints (signed ones zigzag), byte strings carry their length.
// Decoding never trusts the bytes: what does not parse is DATA_LOSS. Thread-safe: no state.
//
//   std::string bytes;
//   EncodeEntry(entry, bytes);
//   ASSIGN_OR_RETURN(const ExportEntry same, ParseEntry(bytes));
#ifndef YILAN_STORAGE_TRANSFER_ENTRY_CODEC_H_
#define YILAN_STORAGE_TRANSFER_ENTRY_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record_store.h"

namespace yilan::storage::transfer {

// Appends the encoding of `entry` to `out`. Keys, terms, members and changed records are in the
// order in which stores keep them.
void EncodeEntry(const ExportEntry& entry, std::string& out);
absl::StatusOr<ExportEntry> ParseEntry(absl::string_view bytes);

// Appends what the entry is about, without what it says of it: of two entries with the same
// identity the later one counts. A record and that it is gone have the same; so have requests.
void EncodeIdentity(const ExportEntry& entry, std::string& out);
// Whether the entry is a bare key, which says that something is gone.
bool IsRemoval(const ExportEntry& entry);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_ENTRY_CODEC_H_
