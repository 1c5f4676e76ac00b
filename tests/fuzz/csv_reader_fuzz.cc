// A CSV file is whatever somebody hands in: it is read to its end, row by row, and every row has a
// place in it.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/strings/string_view.h"
#include "clients/import/csv_reader.h"
#include "clients/import/input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  yilan::MemorySource source(text);
  const auto reader = yilan::CsvReader::Open(source, "input.csv", {});
  if (!reader.ok()) return 0;
  yilan::Row row;
  uint64_t rows = 0;
  for (;;) {
    const auto more = (*reader)->Next(row);
    if (!more.ok() || !*more) break;
    // A row takes at least a byte, and numbers go up by one.
    if (row.number != ++rows || rows > size || row.line == 0) std::abort();
    if (row.problem.has_value() && row.problem->reason.empty()) std::abort();
  }
  return 0;
}
