// Rows of a file, whatever its format.
#ifndef YILAN_CLIENTS_IMPORT_ROW_READER_H_
#define YILAN_CLIENTS_IMPORT_ROW_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/import/input_file.h"

namespace yilan {

// One value of a row; absent when the row does not state it (a JSON null or missing member).
struct Cell {
  absl::string_view text;
  bool present = false;
};

// What is wrong with a row or one of its cells.
struct RowProblem {
  std::string fact_type;  // The fact of the mapping that it would have become; may be empty.
  std::string field;      // Field or column; may be empty.
  std::string reason;     // What is wrong and what to do.
};

// One data row. Its texts live until the next row is read.
struct Row {
  uint64_t number = 0;  // From 1.
  uint64_t line = 0;    // Where it starts, from 1.
  // In the order that Columns() told; empty when there is a problem.
  std::vector<Cell> cells;
  // As it stands in the file, without the line end.
  absl::string_view raw;
  // Set when the row as a whole cannot be read: a broken quote, a byte that is not UTF-8. Reading
  // goes on behind it.
  std::optional<RowProblem> problem;
  InputPosition end;  // Behind the row.
};

// Reads rows one after the other, in constant memory. Not thread-safe.
//
//   ASSIGN_OR_RETURN(std::vector<size_t> indexes, reader.Columns({"name", "tenure"}));
//   Row row;
//   while (true) {
//     ASSIGN_OR_RETURN(bool more, reader.Next(row));
//     if (!more) break;
//     if (!row.problem.has_value()) Use(row.cells[indexes[0]]);
//   }
class RowReader {
 public:
  virtual ~RowReader() = default;

  // Where the columns with these names stand in Row::cells. Called once, before the first row.
  // Errors: INVALID_ARGUMENT naming all that the file does not have.
  virtual absl::StatusOr<std::vector<size_t>> Columns(const std::vector<std::string>& names) = 0;
  // Whether the columns are known before the rows are.
  virtual bool KnowsColumns() const = 0;
  // Whether the file has a column of this name; false where that is not known.
  virtual bool HasColumn(absl::string_view name) const = 0;
  // Reads the next row; false at the end. Errors are those of the disk only.
  virtual absl::StatusOr<bool> Next(Row& row) = 0;
  // Goes on behind `position`, to which the source has been moved.
  virtual void ContinueFrom(const InputPosition& position) = 0;

  // Rows longer than this are a problem: most likely a quote that is never closed.
  static constexpr size_t kMostRowBytes = 1 << 20;
};

// Cuts a source into physical lines and keeps count. Shared by the readers. Not thread-safe.
class LineReader {
 public:
  explicit LineReader(ByteSource& source);

  // The next line with its line end, or the last one without; nothing at the end. A line longer
  // than `limit` comes in pieces, each of at least `limit` bytes. Valid until the next call.
  absl::StatusOr<std::optional<absl::string_view>> Next(size_t limit);
  // Skips a byte order mark, if the source begins with one; to be called before the first line.
  absl::StatusOr<bool> SkipByteOrderMark();
  // Puts back what was read last: the next lines are those of `text`.
  void Unread(absl::string_view text);
  // Forgets what is buffered: the source has been moved.
  void Restart();

 private:
  absl::Status Fill();

  ByteSource& source_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // Of what is in the buffer and unread.
  size_t end_ = 0;
  bool at_end_ = false;
};

// The problem of a text that is not UTF-8: names the byte and what to do.
std::string NotUtf8(absl::string_view text, size_t at);

// Without the line end: "\n", "\r\n" or "\r".
absl::string_view WithoutLineEnd(absl::string_view line);

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_ROW_READER_H_
