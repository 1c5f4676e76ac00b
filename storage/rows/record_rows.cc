#include "storage/rows/record_rows.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "storage/rows/row_keys.h"

namespace yilan::storage::rows {

bool GainsKey(const RecordIndex& before, const std::string& key) {
  return !std::binary_search(before.keys.begin(), before.keys.end(), key);
}

absl::StatusOr<bool> RecordRows::Find(const std::string& row, RecordIndex& index) {
  RowReader::RowValue value;
  ASSIGN_OR_RETURN(const bool found, reader_.GetRow(Family::kRecords, row, value));
  if (!found) return false;
  ASSIGN_OR_RETURN(index, ParseRecordIndex(value.bytes()));
  return true;
}

absl::Status RecordRows::CheckKeysFree(const Record& record, const RecordIndex& before) {
  for (const std::string& key : record.keys) {
    if (!GainsKey(before, key)) continue;
    RowReader::RowValue holder;
    ASSIGN_OR_RETURN(const bool held, reader_.GetRow(Family::kKeys, key, holder));
    if (held) return absl::AlreadyExistsError("another record holds a key of the record");
  }
  return absl::OkStatus();
}

void RecordRows::Put(const Record& record, std::string row, Revision revision,
                     const RecordIndex& before) {
  ReplaceKeys(before, record.keys, row);
  ReplaceTerms(record.key, before, record.terms);
  overlay_.Put(Family::kRecords, std::move(row), RecordValue(record, revision));
}

void RecordRows::Delete(const RecordKey& key, std::string row, const RecordIndex& before) {
  ReplaceKeys(before, {}, row);
  ReplaceTerms(key, before, {});
  overlay_.Delete(Family::kRecords, std::move(row));
}

void RecordRows::ReplaceKeys(const RecordIndex& before, const std::vector<std::string>& keys,
                             const std::string& row) {
  for (const std::string& key : before.keys) {
    if (!std::binary_search(keys.begin(), keys.end(), key)) overlay_.Delete(Family::kKeys, key);
  }
  for (const std::string& key : keys) {
    if (GainsKey(before, key)) overlay_.Put(Family::kKeys, key, row);
  }
}

void RecordRows::ReplaceTerms(const RecordKey& record, const RecordIndex& before,
                              const std::vector<Term>& terms) {
  const auto by_term = [](const Term& a, const Term& b) { return a.term < b.term; };
  for (const Term& term : before.terms) {
    if (!std::binary_search(terms.begin(), terms.end(), term, by_term)) {
      overlay_.Delete(Family::kTerms, TermRow(term.term, record));
    }
  }
  for (const Term& term : terms) {
    const auto old = std::lower_bound(before.terms.begin(), before.terms.end(), term, by_term);
    if (old != before.terms.end() && *old == term) continue;
    overlay_.Put(Family::kTerms, TermRow(term.term, record), TermValue(term));
  }
}

}  // namespace yilan::storage::rows
