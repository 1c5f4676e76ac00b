// A JSON Lines file is whatever somebody hands in: every line becomes values or a problem, and a
// rejected line can be read again, with the number that it had.
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "clients/cli/rejected_rows.h"
#include "clients/import/input_file.h"
#include "clients/import/json_lines_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  yilan::MemorySource source(text);
  const auto reader = yilan::JsonLinesReader::Open(source);
  if (!reader.ok() || !(*reader)->Columns({"id", "a.b", "a[0]", "yilan_row"}).ok()) std::abort();
  yilan::Row row;
  while ((*reader)->Next(row).value_or(false)) {
    if (row.problem.has_value() ? row.problem->reason.empty() : row.cells.size() != 4) std::abort();
    const yilan::cli::RejectedRow rejected = {
        "7", row.line, std::string(row.raw), !row.problem.has_value(), {{"", "id", "is odd"}}};
    const std::string line = yilan::cli::RejectedJsonLine(rejected);
    yilan::MemorySource again(line);
    const auto second = yilan::JsonLinesReader::Open(again);
    yilan::Row reread;
    if (!(*second)->Columns({"yilan_row"}).ok() || !(*second)->Next(reread).value_or(false)) {
      std::abort();
    }
    // A line of nearly the longest size grows beyond it with the reasons.
    if (size < 1000 && !reread.problem.has_value() && reread.cells[0].text != "7") std::abort();
  }
  return 0;
}
