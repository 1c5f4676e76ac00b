// Stored bytes may be damaged: they are parsed or refused, and what is parsed is what was written.
//
// The first byte chooses the parser, the second how many bytes are the row's key.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/rocksdb/row_keys.h"
#include "storage/rocksdb/row_values.h"
#include "yilan/storage/v1/record.pb.h"

namespace {

namespace rocks = yilan::storage::rocks;

void Parse(uint8_t choice, absl::string_view row, absl::string_view value) {
  switch (choice % 10) {
    case 0: {
      const auto record = rocks::ParseRecord(row, value);
      if (!record.ok()) return;
      const std::string again = rocks::RecordValue(*record, record->revision);
      const auto reread = rocks::ParseRecord(row, again);
      if (!reread.ok() || !(*reread == *record)) std::abort();
      return;
    }
    case 1:
      rocks::ParseRecordView(row, value).IgnoreError();
      return;
    case 2:
      rocks::ParseCustomer({1, 2}, value).IgnoreError();
      return;
    case 3:
      rocks::ParseSubject(value).IgnoreError();
      return;
    case 4:
      rocks::ParseHistory(row, value).IgnoreError();
      return;
    case 5:
      rocks::ParseTerm(std::string(row), value).IgnoreError();
      return;
    case 6:
      rocks::ParseChanges(row, value).IgnoreError();
      return;
    case 7:
      rocks::ParseRequest(value).IgnoreError();
      return;
    case 8: {
      std::string term;
      yilan::storage::RecordKey record;
      rocks::ParseTermRow(row, term, record).IgnoreError();
      rocks::RequestKeyOfTimeRow(row).IgnoreError();
      rocks::RequestKeyOfRow(row).IgnoreError();
      return;
    }
    default: {
      yilan::storage::v1::StoredRecord record;
      if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
      yilan::storage::v1::StoredRecord again;
      if (!again.ParseFromString(record.SerializeAsString())) std::abort();
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
