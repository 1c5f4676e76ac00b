#include "clients/import/mapping.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/import/input_file.h"
#include "clients/import/mapping_parser.h"
#include "clients/import/yaml_node.h"

namespace yilan {

absl::StatusOr<Mapping> Mapping::Parse(absl::string_view yaml, const std::string& name) {
  ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(yaml, name));
  MappingParser parser(name);
  ASSIGN_OR_RETURN(Mapping mapping, parser.Parse(root));
  mapping.fingerprint_ = ExtendFingerprint(kEmptyFingerprint, yaml);
  return mapping;
}

absl::StatusOr<Mapping> Mapping::Load(const std::string& path) {
  // Opened as an input is, for the same clear errors.
  ASSIGN_OR_RETURN(const std::unique_ptr<InputFile> file, InputFile::Open(path));
  std::string yaml(file->size(), '\0');
  size_t size = 0;
  while (size < yaml.size()) {
    ASSIGN_OR_RETURN(const size_t count, file->Read(yaml.data() + size, yaml.size() - size));
    if (count == 0) break;
    size += count;
  }
  yaml.resize(size);
  return Parse(yaml, path);
}

Mapping Mapping::PlainFacts() {
  Mapping mapping;
  mapping.format_ = FileFormat::kJsonLines;
  mapping.fingerprint_ = ExtendFingerprint(kEmptyFingerprint, "facts");
  const auto plan = std::make_shared<MappingPlan>();
  plan->plain_facts = true;
  mapping.plan_ = plan;
  return mapping;
}

absl::StatusOr<std::unique_ptr<RowConverter>> Mapping::Bind(RowReader& reader) const {
  std::vector<std::string> names = plan_->columns;
  if (plan_->uses_row_number && reader.HasColumn("row")) {
    return absl::InvalidArgumentError(
        "the file has a column `row`, but {row} in the mapping is the number of the row; rename "
        "the "
        "column, or name it with `column: row`");
  }
  // Where columns are not known beforehand, each row tells whether it is there.
  const bool may_have_row_number = reader.HasColumn(kRowNumberColumn) || !reader.KnowsColumns();
  if (may_have_row_number) names.push_back(kRowNumberColumn);
  ASSIGN_OR_RETURN(std::vector<size_t> cells, reader.Columns(names));
  std::optional<size_t> row_number_cell;
  if (may_have_row_number) {
    row_number_cell = cells.back();
    cells.pop_back();
  }
  return std::make_unique<RowConverter>(plan_, std::move(cells), row_number_cell);
}

std::vector<std::string> Mapping::FactsWithoutEventTime() const {
  std::vector<std::string> types;
  for (const FactPlan& fact : plan_->facts) {
    const std::string& name = fact.field->name();
    if (!fact.states_event_time && std::find(types.begin(), types.end(), name) == types.end()) {
      types.push_back(name);
    }
  }
  return types;
}

}  // namespace yilan
