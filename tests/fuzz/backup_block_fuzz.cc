// Backup files come from outside: any bytes are refused or read, never crash, never take memory by
// what they claim; and what is read is what was written.
//
// The first byte chooses: the bytes as a block, as what is in a block, as a whole file.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/transfer/backup_blocks.h"
#include "storage/transfer/backup_digest.h"
#include "storage/transfer/backup_file.h"
#include "storage/transfer/copy_state.h"
#include "storage/transfer/entry_codec.h"
#include "storage/transfer/sha256.h"

namespace {

namespace transfer = yilan::storage::transfer;

void Check(bool held) {
  if (!held) std::abort();
}

void ReadBlock(absl::string_view bytes) {
  if (bytes.size() < transfer::kBlockHeaderBytes) return;
  const auto header = transfer::ParseBlockHeader(bytes.substr(0, transfer::kBlockHeaderBytes));
  if (!header.ok()) return;
  const auto raw = transfer::Decompress(*header, bytes.substr(transfer::kBlockHeaderBytes));
  if (raw.ok()) Check(raw->size() == header->raw_bytes);
}

void ReadContents(absl::string_view bytes) {
  transfer::ParseState(bytes).IgnoreError();
  const auto end = transfer::ParseEnd(bytes);
  if (end.ok()) Check(transfer::ParseEnd(transfer::EncodeEnd(*end))->digest == end->digest);
  transfer::ForEachEntry(bytes, [](yilan::storage::ExportEntry entry, absl::string_view) {
    std::string again;
    transfer::EncodeEntry(entry, again);
    const auto reread = transfer::ParseEntry(again);
    Check(reread.ok() && *reread == entry);
    std::string identity;
    transfer::EncodeIdentity(entry, identity);
    return absl::OkStatus();
  }).IgnoreError();
}

// Hashes would stop nearly all of them at the first block: `seal` makes a proper one of the bytes.
void ReadFile(absl::string_view bytes, bool seal) {
  std::string file = transfer::FileHeader();
  if (seal) {
    std::string chain = transfer::Sha256({file});
    file += transfer::EncodeBlock(transfer::BlockType::kStart, "source", chain);
    file += transfer::EncodeBlock(transfer::BlockType::kEntries, bytes, chain);
    file += transfer::EncodeBlock(transfer::BlockType::kCheckpoint, bytes, chain);
  } else {
    file = std::string(bytes);
  }
  const transfer::OwnedFd fd(memfd_create("backup", MFD_CLOEXEC));
  Check(fd.get() >= 0);
  Check(write(fd.get(), file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  auto reader = transfer::BackupReader::Read(fd.get(), "backup");
  if (!reader.ok()) return;
  transfer::Control control;
  const auto index = transfer::ReadIndex(*reader, control);
  if (index.ok()) transfer::DigestOfEntries(*reader, *index, control).IgnoreError();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      ReadBlock(bytes);
      break;
    case 1:
      ReadContents(bytes);
      break;
    case 2:
      ReadFile(bytes, /*seal=*/false);
      break;
    default:
      ReadFile(bytes, /*seal=*/true);
  }
  return 0;
}
