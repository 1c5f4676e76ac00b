// Stored bytes may be damaged: they are parsed or refused, and what is parsed is what was written.
//
// The first byte chooses the parser, the second how many bytes are the row's key.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/stubs/logging.h"
#include "storage/rows/counters.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"
#include "yilan/storage/v1/record.pb.h"

namespace {

namespace rows = yilan::storage::rows;

void Check(bool held) {
  if (!held) std::abort();
}

void Parse(uint8_t choice, absl::string_view row, absl::string_view value) {
  switch (choice % 12) {
    case 0: {
      const auto view = rows::ParseRecordView(row, value);
      const auto index = rows::ParseRecordIndex(value);
      const auto record = rows::ParseRecord(row, value);
      if (!record.ok()) return;
      Check(view.ok() && view->payload == record->payload);
      Check(index.ok() && index->keys == record->keys && index->terms == record->terms);
      Check(rows::RecordRow(record->key) == row);
      const auto reread = rows::ParseRecord(row, rows::RecordValue(*record, record->revision));
      Check(reread.ok() && *reread == *record);
      return;
    }
    case 1:
      rows::ParseRecordView(row, value).IgnoreError();
      return;
    case 2: {
      const auto state = rows::ParseCustomer({1, 2}, value);
      if (!state.ok()) return;
      const auto reread = rows::ParseCustomer({1, 2}, rows::CustomerValue(*state));
      Check(reread.ok() && *reread == *state);
      return;
    }
    case 3: {
      const auto holder = rows::ParseSubject(value);
      if (holder.ok()) Check(rows::SubjectValue(*holder) == value);
      return;
    }
    case 4: {
      const auto entry = rows::ParseHistory(row, value);
      if (!entry.ok()) return;
      Check(rows::HistoryRow(*entry) == row);
      const auto reread = rows::ParseHistory(row, rows::HistoryValue(*entry));
      Check(reread.ok() && *reread == *entry);
      return;
    }
    case 5: {
      const auto term = rows::ParseTerm(std::string(row), value);
      if (!term.ok()) return;
      const auto reread = rows::ParseTerm(std::string(row), rows::TermValue(*term));
      Check(reread.ok() && *reread == *term);
      return;
    }
    case 6: {
      const auto changes = rows::ParseChanges(row, value);
      if (!changes.ok()) return;
      Check(!changes->empty());
      const auto reread = rows::ParseChanges(row, rows::ChangesValue(*changes));
      Check(reread.ok() && *reread == *changes);
      return;
    }
    case 7: {
      const auto request = rows::ParseRequest(value);
      if (!request.ok()) return;
      const auto reread = rows::ParseRequest(rows::RequestValue(*request));
      Check(reread.ok() && *reread == *request);
      return;
    }
    case 8: {
      std::string term;
      yilan::storage::RecordKey record;
      if (rows::ParseTermRow(row, term, record).ok()) Check(rows::TermRow(term, record) == row);
      const auto by_age = rows::RequestKeyOfTimeRow(row);
      if (by_age.ok()) Check(!by_age->request_id.empty());
      const auto request = rows::RequestKeyOfRow(row);
      if (request.ok()) Check(rows::RequestRow(*request) == row);
      return;
    }
    case 9: {
      const google::protobuf::LogSilencer silence;  // A line for each string that is not UTF-8.
      yilan::storage::v1::StoredRecord record;
      if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
      yilan::storage::v1::StoredRecord again;
      Check(again.ParseFromString(record.SerializeAsString()));
      return;
    }
    case 10: {
      const auto totals = rows::ParseTotals(value);
      if (!totals.ok()) return;
      const auto reread = rows::ParseTotals(rows::TotalsValue(*totals));
      Check(reread.ok() && *reread == *totals);
      return;
    }
    default: {
      const auto bounds = rows::ParseBounds(3, value);
      if (!bounds.ok()) return;
      const auto reread = rows::ParseBounds(3, rows::BoundsValue(*bounds));
      Check(reread.ok() && *reread == *bounds);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const absl::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t row = std::min<size_t>(data[1], rest.size());
  Parse(data[0], rest.substr(0, row), rest.substr(row));
  return 0;
}
