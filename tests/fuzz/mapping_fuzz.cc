// A mapping file is parsed or refused with a reason; one that is parsed can be bound to a file's
// columns or says why not; one that is bound makes a fact or a problem of every row.
#include <cstdint>
#include <cstdlib>
#include <vector>

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
  yilan::MemorySource source(
      "id,name,amount,date\n1,Li,12.34,2026-01-01\n2,,-0.005,x\n3,王 ,1e9,\n");
  const auto reader = yilan::CsvReader::Open(source, "input.csv", {});
  if (!reader.ok()) std::abort();
  const auto bound = mapping->Bind(**reader);
  if (!bound.ok()) {
    if (bound.status().message().empty()) std::abort();
    return 0;
  }
  yilan::Row row;
  std::vector<yilan::ConvertedFact> facts;
  while ((*reader)->Next(row).value_or(false)) {
    if (row.problem.has_value()) continue;
    (*bound)->Convert(row, facts);
    for (const yilan::ConvertedFact& converted : facts) {
      const bool is_fact = converted.fact.fact_case() != yilan::v1::Fact::FACT_NOT_SET;
      if (converted.problem.has_value() ? converted.problem->reason.empty() : !is_fact) {
        std::abort();
      }
    }
  }
  return 0;
}
