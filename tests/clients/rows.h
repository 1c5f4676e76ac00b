// Rows of files in memory, for tests of the readers and the mapping.
#ifndef YILAN_TESTS_CLIENTS_ROWS_H_
#define YILAN_TESTS_CLIENTS_ROWS_H_

#include <string>
#include <vector>

#include "clients/import/row_reader.h"
#include "gtest/gtest.h"

namespace yilan {

// A row with texts of its own.
struct ReadRow {
  uint64_t number = 0;
  uint64_t line = 0;
  std::vector<std::string> cells;
  std::string raw;
  std::string problem;  // Empty when there is none.
  std::string problem_field;
  InputPosition end;
};

// Reads the next row of a reader.
inline ReadRow CopyOf(const Row& row) {
  ReadRow copy{.number = row.number, .line = row.line, .raw = std::string(row.raw), .end = row.end};
  for (const Cell& cell : row.cells) {
    copy.cells.push_back(cell.present ? std::string(cell.text) : "(absent)");
  }
  if (row.problem.has_value()) {
    copy.problem = row.problem->reason;
    copy.problem_field = row.problem->field;
  }
  return copy;
}

// Reads all rows that are left.
inline std::vector<ReadRow> ReadAll(RowReader& reader) {
  std::vector<ReadRow> rows;
  Row row;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next(row);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) return rows;
    rows.push_back(CopyOf(row));
  }
}

}  // namespace yilan

#endif  // YILAN_TESTS_CLIENTS_ROWS_H_
