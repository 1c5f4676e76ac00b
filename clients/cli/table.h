// Aligned tables for people.
#ifndef YILAN_CLIENTS_CLI_TABLE_H_
#define YILAN_CLIENTS_CLI_TABLE_H_

#include <string>
#include <vector>

#include "clients/cli/terminal.h"

namespace yilan::cli {

// Collects rows, then renders them. Columns without any text are left out. Where the terminal is
// too narrow, the widest columns that may be cut are cut, and say so with an ellipsis. Wide
// characters count as two columns.
//
//   Table table({{"Date"}, {"Amount", Table::Align::kRight}});
//   table.AddRow({{"2024-02-01"}, {"12.00 USD", Emphasis::kBad}});
//   std::cout << table.Render(terminal, 2);
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;  // Without titles in any column there is no title line.
    Align align = Align::kLeft;
    bool may_be_cut = true;
  };
  struct Cell {
    std::string text;  // Made printable by the table.
    Emphasis emphasis = Emphasis::kNone;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Missing cells at the end are empty.
  void AddRow(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }
  // Lines, each ended by a line feed, and `indent` blanks before each.
  std::string Render(const Terminal& terminal, int indent) const;

 private:
  std::vector<int> Widths(const Terminal& terminal, int indent) const;

  const std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_TABLE_H_
