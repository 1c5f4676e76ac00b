#include "storage/mysql/entries.h"

#include "storage/rows/row_keys.h"

namespace yilan::storage::mysql {

using rows::Family;

EntryKey EntryKeyOf(Family family, absl::string_view row) {
  switch (family) {
    case Family::kDirectory:
      if (!row.empty() && row.front() > rows::kCustomerPrefix) {
        return {Space::kSubjects, row.substr(1), {}};
      }
      return {Space::kCustomers, row.substr(row.empty() ? 0 : 1), {}};
    case Family::kRecords:
      return {
          Space::kRecords, row.substr(0, rows::kSubjectBytes),
          row.size() > rows::kSubjectBytes ? row.substr(rows::kSubjectBytes) : absl::string_view()};
    case Family::kHistory:
      return {
          Space::kHistory, row.substr(0, rows::kSubjectBytes),
          row.size() > rows::kSubjectBytes ? row.substr(rows::kSubjectBytes) : absl::string_view()};
    case Family::kKeys:
      return {Space::kKeys, {}, row};
    case Family::kTerms:
      return {Space::kTerms, {}, row};
    case Family::kRequests:
      return {Space::kRequests, {}, row};
    case Family::kChanges:
      return {Space::kChanges, {}, row};
    case Family::kMeta:
      break;
  }
  return {Space::kMeta, {}, row};
}

void RowOf(const EntryKey& key, std::string& row) {
  row.clear();
  if (key.space == Space::kCustomers) row.push_back(rows::kCustomerPrefix);
  if (key.space == Space::kSubjects) row.push_back(rows::kSubjectPrefix);
  row.append(key.owner.data(), key.owner.size());
  row.append(key.name.data(), key.name.size());
}

}  // namespace yilan::storage::mysql
