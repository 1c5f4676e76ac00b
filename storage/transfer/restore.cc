#include "storage/transfer/restore.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/transfer/backup_digest.h"
#include "storage/transfer/backup_file.h"
#include "storage/transfer/store_sink.h"
#include "storage/transfer/unfinished_copy.h"

namespace yilan::storage::transfer {
namespace {

// The digest of a store that is marked, without its mark.
absl::StatusOr<StoreDigest> DigestBehindMark(RecordStore& store, Control& control) {
  StoreDigest digest;
  Progress progress = {.phase = Phase::kVerify};
  RETURN_IF_ERROR(store.Export({}, [&](const ExportEntry& entry) -> absl::Status {
    const auto* const request = std::get_if<std::pair<RequestKey, StoredRequest>>(&entry);
    if (request != nullptr && request->first == MarkKey()) return absl::OkStatus();
    digest.Add(entry);
    if (++progress.blocks % 1024 != 0) return absl::OkStatus();
    if (control.StopRequested()) return Stopped();
    progress.customers = digest.counts().customers;
    progress.records = digest.counts().records;
    control.Report(progress);
    return absl::OkStatus();
  }));
  return digest;
}

}  // namespace

absl::StatusOr<BackupEnd> Restore(const std::string& path, RecordStore& target, Control& control) {
  ASSIGN_OR_RETURN(BackupReader reader, BackupReader::Open(path));
  ASSIGN_OR_RETURN(const BackupIndex index, ReadIndex(reader, control));
  if (!index.end.has_value()) {
    return reader.Located(
        absl::DataLossError("the backup is not whole: it was cut off, or never finished"),
        reader.size());
  }
  StoreSink sink(target, {});
  const std::string source = absl::StrCat("the backup ", absl::BytesToHexString(index.id));
  ASSIGN_OR_RETURN(std::optional<CopyState> resumed, sink.Begin(source));
  CopyState state = resumed.has_value() ? *std::move(resumed) : CopyState{.source = source};
  Progress progress = {.phase = Phase::kRestore, .total_bytes = reader.size()};
  while (state.blocks < index.entries.size()) {
    if (control.StopRequested()) return Stopped();
    ASSIGN_OR_RETURN(const BackupReader::Block block, reader.At(index.entries[state.blocks]));
    ASSIGN_OR_RETURN(const std::string raw, reader.Unpack(block));
    const absl::Status added =
        ForEachEntry(raw, [&](ExportEntry entry, absl::string_view) -> absl::Status {
          state.customers += std::holds_alternative<CustomerState>(entry) ? 1 : 0;
          state.records += std::holds_alternative<Record>(entry) ? 1 : 0;
          return sink.Add(std::move(entry));
        });
    if (absl::IsDataLoss(added)) return reader.Located(added, block.offset);
    RETURN_IF_ERROR(added);
    ++state.blocks;
    RETURN_IF_ERROR(sink.Commit(state));
    progress.customers = state.customers;
    progress.records = state.records;
    progress.bytes = block.end;
    control.Report(progress);
  }
  ASSIGN_OR_RETURN(const StoreDigest digest, DigestBehindMark(target, control));
  if (digest.Hex() != index.end->digest) {
    return absl::DataLossError(absl::StrCat("what was restored has the digest ", digest.Hex(),
                                            ", and the backup ", index.end->digest));
  }
  RETURN_IF_ERROR(sink.Finish(state));
  return *index.end;
}

}  // namespace yilan::storage::transfer
