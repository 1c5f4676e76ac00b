// Rows of a CSV file (RFC 4180), strictly: a quote where none may stand is reported, not guessed
// at.
//
// A row that cannot be read (a broken quote, too many or too few values, bytes that are not UTF-8)
// is handed out with its problem, and reading goes on at the next line; so one bad row does not
// take the rest of the file with it.
#ifndef YILAN_CLIENTS_IMPORT_CSV_READER_H_
#define YILAN_CLIENTS_IMPORT_CSV_READER_H_

#include <csv.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/import/row_reader.h"

namespace yilan {

// How a CSV file is written.
struct CsvFormat {
  char delimiter = ',';
  char quote = '"';
  // Names of the columns for a file without a header line.
  std::vector<std::string> columns;
};

class CsvReader final : public RowReader {
 public:
  // Reads the header, unless `format` names the columns. `source` must outlive the reader; `name`
  // is the file's name in messages. Errors: INVALID_ARGUMENT when there is no header or it cannot
  // be read.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(ByteSource& source, std::string name,
                                                         const CsvFormat& format);
  ~CsvReader() override;
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  absl::StatusOr<std::vector<size_t>> Columns(const std::vector<std::string>& names) override;
  bool KnowsColumns() const override { return true; }
  bool HasColumn(absl::string_view name) const override;
  absl::StatusOr<bool> Next(Row& row) override;
  void ContinueFrom(const InputPosition& position) override;

  // All columns, in the order of the file. Blanks around a name in the header do not count.
  const std::vector<std::string>& header() const { return header_; }
  // The header line as it stands in the file; empty when there is none.
  const std::string& header_line() const { return header_line_; }

 private:
  CsvReader(ByteSource& source, std::string name, const CsvFormat& format);

  absl::Status ReadHeader();
  // A file of rejected rows has a header, also where the mapping names the columns.
  bool IsHeaderOfRejectedRows(const Row& row) const;
  // Reads one row of whatever width; the problem says why it is none.
  absl::StatusOr<bool> NextRecord(Row& row);
  // Gives up on the row being read: its first line becomes a row with a problem, and what was read
  // behind that line is read again.
  absl::Status GiveUp(Row& row, std::string reason);
  void FinishRecord(Row& row);
  void CheckCells(Row& row) const;
  void ResetParser();
  void Advance(absl::string_view bytes, uint64_t lines);

  const std::string name_;
  const CsvFormat format_;
  LineReader lines_;
  std::vector<std::string> header_;
  std::string header_line_;
  InputPosition position_;

  csv_parser parser_;
  // The row being read: its bytes, where its lines end in them, and its values.
  std::string record_;
  std::vector<size_t> line_ends_;
  std::string values_;
  std::vector<std::pair<size_t, size_t>> cells_;  // Begin and size in values_.
  bool complete_ = false;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_CSV_READER_H_
