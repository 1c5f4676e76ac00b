// The rows of a store as entries of its one table.
//
//   space       owner      name           revision     value
//   customers   customer                  customer's   CustomerValue
//   subjects    subject                   0            SubjectValue
//   members     customer   subject        0            nothing: the members once more, to be joined
//   records     subject    kind, id       0            RecordValue
//   history     subject    the rest       0            HistoryValue
//   others                 the row        0            the value
//
// Rows, their values and their order are those of storage/rows; an owner that is a row's first 16
// bytes keeps that order.
#ifndef YILAN_STORAGE_MYSQL_ENTRIES_H_
#define YILAN_STORAGE_MYSQL_ENTRIES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/rows/family.h"

namespace yilan::storage::mysql {

// Stored: never change one. A statement that locks rows of several takes them in this order.
enum class Space : uint8_t {
  kCustomers = 1,
  kSubjects = 2,
  kMembers = 3,
  kRecords = 4,
  kHistory = 5,
  kKeys = 6,
  kTerms = 7,
  kRequests = 8,
  kChanges = 9,
  kMeta = 10,
};

// The primary key of an entry. Points into the bytes it was made of.
struct EntryKey {
  Space space = Space::kMeta;
  absl::string_view owner;
  absl::string_view name;

  friend bool operator==(const EntryKey&, const EntryKey&) = default;
};

// The bytes of an id, as an owner or a member's name.
template <typename IdType>
std::string IdBytes(IdType id) {
  std::string bytes;
  id.AppendTo(bytes);
  return bytes;
}

EntryKey EntryKeyOf(rows::Family family, absl::string_view row);
// Sets `row` to the row of an entry; members are rows of no family.
void RowOf(const EntryKey& key, std::string& row);

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_ENTRIES_H_
