// StoreDigest: one number for all that a store holds, equal for equal stores on every backend.
//
// It is made of the SHA-256 of every entry of an export (entry_codec.h), added up modulo 2^256, and
// of how many there are. So the order does not matter: a copy or a backup file, in which entries
// come as they were read, has the digest of its store without being sorted. It tells stores apart
// that differ by accident; it is no proof against somebody who makes entries to fit.
//
//   StoreDigest digest;
//   store.Export({}, [&](const ExportEntry& entry) { digest.Add(entry); return absl::OkStatus();
//   }); digest.Hex();  // 64 hexadecimal digits.
//
// Not thread-safe.
#ifndef YILAN_STORAGE_TRANSFER_STORE_DIGEST_H_
#define YILAN_STORAGE_TRANSFER_STORE_DIGEST_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record_store.h"

namespace yilan::storage::transfer {

// How many of each sort.
struct EntryCounts {
  uint64_t customers = 0;
  uint64_t records = 0;
  uint64_t history_entries = 0;
  uint64_t changes = 0;
  uint64_t requests = 0;

  void Count(const ExportEntry& entry);
  friend bool operator==(const EntryCounts&, const EntryCounts&) = default;
};

class StoreDigest {
 public:
  // An entry that Export visits; each once.
  void Add(const ExportEntry& entry);
  // The same, with its encoding at hand.
  void Add(const ExportEntry& entry, absl::string_view encoded);

  std::string Hex() const;
  const EntryCounts& counts() const { return counts_; }

 private:
  std::array<uint64_t, 4> sum_ = {};  // Least significant first.
  uint64_t entries_ = 0;
  EntryCounts counts_;
  std::string scratch_;
};

// The digest of all that is in the store, in one snapshot.
absl::StatusOr<StoreDigest> DigestOf(RecordStore& store, const CallOptions& call);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_STORE_DIGEST_H_
