#include "storage/transfer/backup_blocks.h"

#include <zstd.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/rows/wire.h"
#include "storage/transfer/entry_codec.h"
#include "storage/transfer/sha256.h"

namespace yilan::storage::transfer {
namespace {

constexpr int kLevel = 3;

absl::string_view Magic() { return absl::string_view(kBackupMagic, sizeof(kBackupMagic) - 1); }
absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the backup is damaged: ", what));
}

}  // namespace

std::string FileHeader() {
  std::string header(Magic());
  rows::AppendBigEndian(header, kBackupVersion);
  rows::AppendBigEndian(header, uint32_t{0});
  return header;
}

absl::Status CheckFileHeader(absl::string_view header) {
  rows::WireParser parser(header);
  if (parser.Fixed(Magic().size()) != Magic()) {
    return absl::DataLossError("this is no backup of Yilan");
  }
  if (const uint32_t version = parser.BigEndian<uint32_t>();
      !parser.failed() && version != kBackupVersion) {
    return absl::DataLossError(absl::StrCat("this is a backup of format ", version,
                                            ", and this program reads format ", kBackupVersion));
  }
  return header == FileHeader() ? absl::OkStatus() : Damaged("its header is not whole");
}

absl::StatusOr<BlockHeader> ParseBlockHeader(absl::string_view bytes) {
  rows::WireParser parser(bytes);
  const uint32_t type = parser.BigEndian<uint32_t>();
  BlockHeader header;
  header.stored_bytes = parser.BigEndian<uint32_t>();
  header.raw_bytes = parser.BigEndian<uint32_t>();
  header.type = static_cast<BlockType>(type >> 24);
  if (!parser.AtEnd() || (type & 0xffffff) != 0 || header.type < BlockType::kStart ||
      header.type > BlockType::kEnd || header.raw_bytes > kMaxRawBytes ||
      header.stored_bytes > ZSTD_compressBound(header.raw_bytes)) {
    return Damaged("a block has no proper header");
  }
  return header;
}

std::string EncodeBlock(BlockType type, absl::string_view raw, std::string& chain) {
  std::string stored(ZSTD_compressBound(raw.size()), '\0');
  // It does not fail with room for all.
  stored.resize(ZSTD_compress(stored.data(), stored.size(), raw.data(), raw.size(), kLevel));
  std::string block;
  block.reserve(kBlockHeaderBytes + stored.size() + kBlockHashBytes);
  rows::AppendBigEndian(block, static_cast<uint32_t>(type) << 24);
  rows::AppendBigEndian(block, static_cast<uint32_t>(stored.size()));
  rows::AppendBigEndian(block, static_cast<uint32_t>(raw.size()));
  block += stored;
  chain = Sha256({chain, block});
  block += chain;
  return block;
}

absl::StatusOr<std::string> Decompress(const BlockHeader& header, absl::string_view stored) {
  std::string raw(header.raw_bytes, '\0');
  const size_t size = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
  if (ZSTD_isError(size) != 0 || size != raw.size()) return Damaged("a block does not unpack");
  return raw;
}

void AppendEntry(const ExportEntry& entry, std::string& raw) {
  std::string bytes;
  EncodeEntry(entry, bytes);
  rows::AppendBytes(raw, bytes);
}

absl::Status ForEachEntry(
    absl::string_view raw,
    absl::FunctionRef<absl::Status(ExportEntry entry, absl::string_view encoded)> visit) {
  rows::WireParser parser(raw);
  while (!parser.AtEnd()) {
    const absl::string_view bytes = parser.Bytes();
    if (parser.failed()) return Damaged("an entry is cut off");
    ASSIGN_OR_RETURN(ExportEntry entry, ParseEntry(bytes));
    RETURN_IF_ERROR(visit(std::move(entry), bytes));
  }
  return absl::OkStatus();
}

std::string EncodeEnd(const BackupEnd& end) {
  std::string raw;
  const EntryCounts& counts = end.counts;
  for (const uint64_t count : {counts.customers, counts.records, counts.history_entries,
                               counts.changes, counts.requests}) {
    rows::AppendVarint(raw, count);
  }
  rows::AppendBytes(raw, absl::HexStringToBytes(end.digest));
  return raw;
}

absl::StatusOr<BackupEnd> ParseEnd(absl::string_view raw) {
  rows::WireParser parser(raw);
  BackupEnd end;
  EntryCounts& counts = end.counts;
  for (uint64_t* count : {&counts.customers, &counts.records, &counts.history_entries,
                          &counts.changes, &counts.requests}) {
    *count = parser.Varint();
  }
  const absl::string_view digest = parser.Bytes();
  if (!parser.AtEnd() || digest.size() != kSha256Bytes)
    return Damaged("its end does not read back");
  end.digest = absl::BytesToHexString(digest);
  return end;
}

}  // namespace yilan::storage::transfer
