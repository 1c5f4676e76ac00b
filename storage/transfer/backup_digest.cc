#include "storage/transfer/backup_digest.h"

#include <array>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "storage/transfer/copy_state.h"
#include "storage/transfer/entry_codec.h"
#include "storage/transfer/sha256.h"

namespace yilan::storage::transfer {

absl::StatusOr<BackupIndex> ReadIndex(BackupReader& reader, Control& control) {
  BackupIndex index;
  bool started = false;
  bool scanned = false;
  Progress progress = {.phase = Phase::kVerify};
  while (!reader.AtEnd()) {
    if (control.StopRequested()) return Stopped();
    const uint64_t at = reader.at();
    const auto wrong = [&](absl::string_view what) {
      return reader.Located(absl::DataLossError(what), at);
    };
    if (index.end.has_value()) return wrong("the backup goes on behind its end");
    ASSIGN_OR_RETURN(const BackupReader::Block block, reader.Next());
    if ((block.header.type == BlockType::kStart) == started) {
      return wrong("the backup is damaged: it does not begin with its start");
    }
    switch (block.header.type) {
      case BlockType::kStart: {
        started = true;
        ASSIGN_OR_RETURN(index.source, reader.Unpack(block));
        break;
      }
      case BlockType::kEntries:
        index.entries.push_back(block.offset);
        if (!scanned) ++index.scanned;
        break;
      case BlockType::kCheckpoint: {
        ASSIGN_OR_RETURN(const std::string raw, reader.Unpack(block));
        const absl::StatusOr<CopyState> state = ParseState(raw);
        if (!state.ok()) return reader.Located(state.status(), at);
        scanned = state->scanned;
        break;
      }
      case BlockType::kEnd: {
        ASSIGN_OR_RETURN(const std::string raw, reader.Unpack(block));
        absl::StatusOr<BackupEnd> end = ParseEnd(raw);
        if (!end.ok()) return reader.Located(end.status(), at);
        index.end = *std::move(end);
        break;
      }
    }
    progress.bytes = reader.at();
    progress.total_bytes = reader.size();
    control.Report(progress);
  }
  index.id = reader.chain();
  return index;
}

absl::StatusOr<StoreDigest> DigestOfEntries(BackupReader& reader, const BackupIndex& index,
                                            Control& control) {
  // From the last entry to the first: the first that is met of an identity is the one that counts.
  // What the scan read twice, because it moved in between, was read again behind the scan.
  StoreDigest digest;
  absl::flat_hash_set<std::string> seen;
  std::array<uint64_t, kFeedPartitions> trimmed = {};
  std::string identity;
  Progress progress = {.phase = Phase::kVerify};
  for (size_t i = index.entries.size(); i-- > 0;) {
    if (control.StopRequested()) return Stopped();
    ASSIGN_OR_RETURN(const BackupReader::Block block, reader.At(index.entries[i]));
    ASSIGN_OR_RETURN(const std::string raw, reader.Unpack(block));
    std::vector<std::pair<ExportEntry, absl::string_view>> entries;
    const absl::Status parsed =
        ForEachEntry(raw, [&](ExportEntry entry, absl::string_view encoded) {
          entries.emplace_back(std::move(entry), encoded);
          return absl::OkStatus();
        });
    if (!parsed.ok()) return reader.Located(parsed, block.offset);
    for (size_t j = entries.size(); j-- > 0;) {
      const auto& [entry, encoded] = entries[j];
      identity.clear();
      EncodeIdentity(entry, identity);
      const std::string name = Sha256({identity});
      if (i >= index.scanned ? !seen.insert(name).second : seen.contains(name)) continue;
      if (const auto* bounds = std::get_if<FeedBounds>(&entry)) {
        trimmed[static_cast<size_t>(bounds->partition)] = bounds->trimmed;
      }
      if (const auto* change = std::get_if<Change>(&entry);
          change != nullptr &&
          change->sequence <= trimmed[static_cast<size_t>(change->partition)]) {
        continue;
      }
      if (!IsRemoval(entry)) digest.Add(entry, encoded);
    }
    ++progress.blocks;
    progress.records = digest.counts().records;
    control.Report(progress);
  }
  return digest;
}

}  // namespace yilan::storage::transfer
