// Stored bytes may be damaged: they are parsed or refused, and what is parsed is what was written.
//
// The first byte chooses the parser, the second how many bytes are the row's key.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/stubs/logging.h"
#include "storage/rocksdb/counters.h"
#include "storage/rocksdb/row_keys.h"
#include "storage/rocksdb/row_values.h"
#include "yilan/storage/v1/record.pb.h"

namespace {

namespace rocks = yilan::storage::rocks;

void Check(bool held) {
  if (!held) std::abort();
}

void Parse(uint8_t choice, absl::string_view row, absl::string_view value) {
  switch (choice % 12) {
    case 0: {
      const auto view = rocks::ParseRecordView(row, value);
      const auto index = rocks::ParseRecordIndex(value);
      const auto record = rocks::ParseRecord(row, value);
      if (!record.ok()) return;
      Check(view.ok() && view->payload == record->payload);
      Check(index.ok() && index->keys == record->keys && index->terms == record->terms);
      Check(rocks::RecordRow(record->key) == row);
      const auto reread = rocks::ParseRecord(row, rocks::RecordValue(*record, record->revision));
      Check(reread.ok() && *reread == *record);
      return;
    }
    case 1:
      rocks::ParseRecordView(row, value).IgnoreError();
      return;
    case 2: {
      const auto state = rocks::ParseCustomer({1, 2}, value);
      if (!state.ok()) return;
      const auto reread = rocks::ParseCustomer({1, 2}, rocks::CustomerValue(*state));
      Check(reread.ok() && *reread == *state);
      return;
    }
    case 3: {
      const auto holder = rocks::ParseSubject(value);
      if (holder.ok()) Check(rocks::SubjectValue(*holder) == value);
      return;
    }
    case 4: {
      const auto entry = rocks::ParseHistory(row, value);
      if (!entry.ok()) return;
      Check(rocks::HistoryRow(*entry) == row);
      const auto reread = rocks::ParseHistory(row, rocks::HistoryValue(*entry));
      Check(reread.ok() && *reread == *entry);
      return;
    }
    case 5: {
      const auto term = rocks::ParseTerm(std::string(row), value);
      if (!term.ok()) return;
      const auto reread = rocks::ParseTerm(std::string(row), rocks::TermValue(*term));
      Check(reread.ok() && *reread == *term);
      return;
    }
    case 6: {
      const auto changes = rocks::ParseChanges(row, value);
      if (!changes.ok()) return;
      Check(!changes->empty());
      const auto reread = rocks::ParseChanges(row, rocks::ChangesValue(*changes));
      Check(reread.ok() && *reread == *changes);
      return;
    }
    case 7: {
      const auto request = rocks::ParseRequest(value);
      if (!request.ok()) return;
      const auto reread = rocks::ParseRequest(rocks::RequestValue(*request));
      Check(reread.ok() && *reread == *request);
      return;
    }
    case 8: {
      std::string term;
      yilan::storage::RecordKey record;
      if (rocks::ParseTermRow(row, term, record).ok()) Check(rocks::TermRow(term, record) == row);
      const auto by_age = rocks::RequestKeyOfTimeRow(row);
      if (by_age.ok()) Check(!by_age->request_id.empty());
      const auto request = rocks::RequestKeyOfRow(row);
      if (request.ok()) Check(rocks::RequestRow(*request) == row);
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
      const auto totals = rocks::ParseTotals(value);
      if (!totals.ok()) return;
      const auto reread = rocks::ParseTotals(rocks::TotalsValue(*totals));
      Check(reread.ok() && *reread == *totals);
      return;
    }
    default: {
      const auto bounds = rocks::ParseBounds(3, value);
      if (!bounds.ok()) return;
      const auto reread = rocks::ParseBounds(3, rocks::BoundsValue(*bounds));
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
