// The format of a backup file: a header, and blocks, of which each vouches for all before it.
//
//   header   8 bytes kBackupMagic, version (4, big-endian), 4 zeros
//   block    type (1), 3 zeros, stored size (4), raw size (4), stored bytes, hash (32)
//
// The stored bytes are a zstd frame of the raw ones. The hash is the SHA-256 of the hash before it
// (of the file's header for the first block), the block's header and its stored bytes: no block can
// change, go, come or move without being noticed. What is in a block:
//
//   kStart       first, once: what was backed up
//   kEntries     entries (entry_codec.h), each with its length before it
//   kCheckpoint  a CopyState: where a backup goes on that was cut off behind this block
//   kEnd         last, once: counts and digest; a file without it is not whole
//
// An entry replaces those of its identity before it. Nothing here trusts the bytes, and nothing
// allocates more than kMaxRawBytes by what they claim; errors are DATA_LOSS. Thread-safe: no state.
#ifndef YILAN_STORAGE_TRANSFER_BACKUP_BLOCKS_H_
#define YILAN_STORAGE_TRANSFER_BACKUP_BLOCKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record_store.h"
#include "storage/transfer/store_digest.h"

namespace yilan::storage::transfer {

inline constexpr char kBackupMagic[] = "YILANBK\n";  // Without its NUL.
inline constexpr uint32_t kBackupVersion = 1;
inline constexpr size_t kFileHeaderBytes = 16;
inline constexpr size_t kBlockHeaderBytes = 12;
inline constexpr size_t kBlockHashBytes = 32;
// A block has about a MiB; one entry alone may have more.
inline constexpr size_t kBlockBytes = size_t{1} << 20;
inline constexpr size_t kMaxRawBytes = size_t{16} << 20;

std::string FileHeader();
// Says whether it is no backup at all, or one of another version.
absl::Status CheckFileHeader(absl::string_view header);

enum class BlockType : uint8_t { kStart = 1, kEntries = 2, kCheckpoint = 3, kEnd = 4 };

struct BlockHeader {
  BlockType type = BlockType::kStart;
  uint32_t stored_bytes = 0;
  uint32_t raw_bytes = 0;
};
absl::StatusOr<BlockHeader> ParseBlockHeader(absl::string_view bytes);

// The whole block; `chain` is the hash before it, and then its own.
std::string EncodeBlock(BlockType type, absl::string_view raw, std::string& chain);
// The raw bytes of what is stored; `header` is of the block.
absl::StatusOr<std::string> Decompress(const BlockHeader& header, absl::string_view stored);

// The contents of blocks.
void AppendEntry(const ExportEntry& entry, std::string& raw);
absl::Status ForEachEntry(
    absl::string_view raw,
    absl::FunctionRef<absl::Status(ExportEntry entry, absl::string_view encoded)> visit);

struct BackupEnd {
  EntryCounts counts;
  std::string digest;  // StoreDigest::Hex().
};
std::string EncodeEnd(const BackupEnd& end);
absl::StatusOr<BackupEnd> ParseEnd(absl::string_view raw);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_BACKUP_BLOCKS_H_
