// A mapping file is parsed or refused with a reason; one that is parsed can be bound to a file's
// columns or says why not.
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "clients/import/csv_reader.h"
#include "clients/import/input_file.h"
#include "clients/import/mapping.h"
#include "clients/import/row_converter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto mapping = yilan::Mapping::Parse(text, "input.yaml");
  if (!mapping.ok()) {
    if (mapping.status().message().empty()) std::abort();
    return 0;
  }
  yilan::MemorySource source("id,name,amount,date\n1,Li,12.34,2026-01-01\n");
  const auto reader = yilan::CsvReader::Open(source, "input.csv", {});
  if (!reader.ok()) std::abort();
  const auto bound = mapping->Bind(**reader);
  if (!bound.ok() && bound.status().message().empty()) std::abort();
  return 0;
}
