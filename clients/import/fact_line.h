// Lines that are facts already: one yilan.v1.Fact as JSON on each, as `yilan simulate` writes them.
#ifndef YILAN_CLIENTS_IMPORT_FACT_LINE_H_
#define YILAN_CLIENTS_IMPORT_FACT_LINE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "clients/import/row_reader.h"
#include "yilan/v1/fact.pb.h"

namespace yilan {

// Reads a fact from a line with a JSON object, field names as in the .proto files or in camelCase.
// Members that begin with "yilan_" are left out: a file of rejected rows has them beside the fact.
// Nothing when it is read; else what is wrong.
std::optional<RowProblem> ParseFactLine(absl::string_view line, v1::Fact& fact);

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_FACT_LINE_H_
