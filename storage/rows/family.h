// What the rows of a store are about: each family is ordered by itself.
#ifndef YILAN_STORAGE_ROWS_FAMILY_H_
#define YILAN_STORAGE_ROWS_FAMILY_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace yilan::storage::rows {

// Their rows are those of row_keys.h and counters.h. Numbers are stored: never change one.
enum class Family : size_t {
  kMeta = 0,
  kDirectory = 1,
  kRecords = 2,
  kHistory = 3,
  kKeys = 4,
  kTerms = 5,
  kChanges = 6,
  kRequests = 7,
};
inline constexpr size_t kFamilies = 8;

// In messages, and what RocksDB calls its column families.
inline absl::string_view FamilyName(Family family) {
  constexpr absl::string_view kNames[kFamilies] = {"default", "directory", "records", "history",
                                                   "keys",    "terms",     "changes", "requests"};
  return kNames[static_cast<size_t>(family)];
}

// The format that this code reads and writes: row_keys.h, row_values.h and counters.h.
inline constexpr uint64_t kFormatVersion = 1;

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_FAMILY_H_
