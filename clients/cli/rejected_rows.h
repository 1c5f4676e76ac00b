// Rows that were not taken, written beside the input with the reasons, so that they can be mended
// and imported again with the same mapping.
#ifndef YILAN_CLIENTS_CLI_REJECTED_ROWS_H_
#define YILAN_CLIENTS_CLI_REJECTED_ROWS_H_

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/import/csv_reader.h"
#include "clients/import/row_reader.h"

namespace yilan::cli {

struct RejectedRow {
  std::string number;       // As {row} in the mapping has it.
  uint64_t line = 0;        // Of the input.
  std::string original;     // The row as it stands in the input.
  bool is_readable = true;  // False when the row itself was broken.
  std::vector<RowProblem> problems;
};

// One row in the format of a CSV file: the row as it was, and further columns yilan_row,
// yilan_line, yilan_field, yilan_reason, yilan_original. A row that was broken stands in
// yilan_original, and its columns are empty.
class RejectedCsvFormat {
 public:
  // `header_line` is empty for files without one, whose columns then get a header here.
  RejectedCsvFormat(const CsvFormat& format, const std::vector<std::string>& header,
                    absl::string_view header_line);

  std::string Header() const;
  std::string Line(const RejectedRow& row) const;

 private:
  // A row without the columns that an earlier run added.
  std::string WithoutReasons(absl::string_view original) const;
  std::string Quoted(absl::string_view value) const;

  const CsvFormat format_;
  const std::vector<std::string> header_;
  const std::string header_line_;
  bool has_reasons_ = false;
};

// One row in the format of JSON Lines: the object with yilan_row, yilan_line, yilan_field and
// yilan_reason put before its members. A line that was broken stands in yilan_original.
std::string RejectedJsonLine(const RejectedRow& row);

// The file. It comes into being with the first row. Not thread-safe.
class RejectedRows {
 public:
  // Keeps the first `keep_bytes` of a file that an interrupted run has left there.
  RejectedRows(std::string path, uint64_t keep_bytes)
      : path_(std::move(path)), bytes_(keep_bytes) {}

  // Errors: UNAVAILABLE with the reason.
  absl::Status Write(absl::string_view header, absl::string_view line);
  // What was written is in the file, as far as other programs are concerned.
  absl::Status Flush();

  const std::string& path() const { return path_; }
  uint64_t bytes() const { return bytes_; }

 private:
  absl::Status Open(absl::string_view header);
  absl::Status CannotWrite() const;

  const std::string path_;
  uint64_t bytes_;
  std::ofstream file_;
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_REJECTED_ROWS_H_
