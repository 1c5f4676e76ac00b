#include "storage/transfer/store_digest.h"

#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "storage/rows/wire.h"
#include "storage/transfer/entry_codec.h"
#include "storage/transfer/sha256.h"

namespace yilan::storage::transfer {

void EntryCounts::Count(const ExportEntry& entry) {
  if (std::holds_alternative<CustomerState>(entry)) ++customers;
  if (std::holds_alternative<Record>(entry)) ++records;
  if (std::holds_alternative<HistoryEntry>(entry)) ++history_entries;
  if (std::holds_alternative<Change>(entry)) ++changes;
  if (std::holds_alternative<std::pair<RequestKey, StoredRequest>>(entry)) ++requests;
}

void StoreDigest::Add(const ExportEntry& entry) {
  scratch_.clear();
  EncodeEntry(entry, scratch_);
  Add(entry, scratch_);
}

void StoreDigest::Add(const ExportEntry& entry, absl::string_view encoded) {
  const std::string hash = Sha256({encoded});
  rows::WireParser parser(hash);
  uint64_t carry = 0;
  for (uint64_t& word : sum_) {
    const uint64_t with_carry = word + carry;
    carry = with_carry < word ? 1 : 0;
    word = with_carry + parser.BigEndian<uint64_t>();
    carry += word < with_carry ? 1 : 0;
  }
  ++entries_;
  counts_.Count(entry);
}

std::string StoreDigest::Hex() const {
  std::string bytes;
  for (const uint64_t word : sum_) rows::AppendBigEndian(bytes, word);
  rows::AppendBigEndian(bytes, entries_);
  return absl::BytesToHexString(Sha256({bytes}));
}

absl::StatusOr<StoreDigest> DigestOf(RecordStore& store, const CallOptions& call) {
  StoreDigest digest;
  RETURN_IF_ERROR(store.Export(call, [&](const ExportEntry& entry) {
    digest.Add(entry);
    return absl::OkStatus();
  }));
  return digest;
}

}  // namespace yilan::storage::transfer
