// Rows into facts, as a mapping says.
#ifndef YILAN_CLIENTS_IMPORT_ROW_CONVERTER_H_
#define YILAN_CLIENTS_IMPORT_ROW_CONVERTER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/import/mapping_plan.h"
#include "clients/import/row_reader.h"
#include "yilan/v1/fact.pb.h"

namespace yilan {

// The column that gives a row its number, when the file has one: the files of rejected rows do, so
// that a row that was mended keeps the number, and with it the keys, that it had.
inline constexpr char kRowNumberColumn[] = "yilan_row";

// What became of one fact of a row.
struct ConvertedFact {
  v1::Fact fact;  // Unless there is a problem.
  std::optional<RowProblem> problem;
};

// Made by Mapping::Bind. Not thread-safe.
class RowConverter {
 public:
  RowConverter(std::shared_ptr<const MappingPlan> plan, std::vector<size_t> cells,
               std::optional<size_t> row_number_cell)
      : plan_(std::move(plan)), cells_(std::move(cells)), row_number_cell_(row_number_cell) {}

  // Converts a row that has no problem of its own; `facts` receives one entry for each fact of the
  // mapping whose conditions hold, in the order of the mapping.
  void Convert(const Row& row, std::vector<ConvertedFact>& facts);
  // What {row} stood for in the row that was converted last.
  const std::string& row_number() const { return row_number_; }

 private:
  const std::shared_ptr<const MappingPlan> plan_;
  const std::vector<size_t> cells_;  // Place in Row::cells, by column of the mapping.
  const std::optional<size_t> row_number_cell_;
  std::string row_number_;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_ROW_CONVERTER_H_
