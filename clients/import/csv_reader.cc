#include "clients/import/csv_reader.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "clients/text/suggestion.h"
#include "clients/text/utf8.h"

namespace yilan {
namespace {

constexpr size_t kMostLinesPerRow = 1000;

// Blanks around a value belong to it; the mapping trims them if it wants to.
int NothingIsSpace(unsigned char) { return 0; }

bool EndsLine(absl::string_view line) {
  return absl::EndsWith(line, "\n") || absl::EndsWith(line, "\r");
}

}  // namespace

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(ByteSource& source, std::string name,
                                                           const CsvFormat& format) {
  std::unique_ptr<CsvReader> reader(new CsvReader(source, std::move(name), format));
  RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

CsvReader::CsvReader(ByteSource& source, std::string name, const CsvFormat& format)
    : name_(std::move(name)), format_(format), lines_(source) {
  position_.fingerprint = kEmptyFingerprint;
  csv_init(&parser_, 0);
  ResetParser();
}

CsvReader::~CsvReader() { csv_free(&parser_); }

void CsvReader::ResetParser() {
  csv_free(&parser_);
  csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
  csv_set_delim(&parser_, static_cast<unsigned char>(format_.delimiter));
  csv_set_quote(&parser_, static_cast<unsigned char>(format_.quote));
  csv_set_space_func(&parser_, NothingIsSpace);
}

void CsvReader::Advance(absl::string_view bytes, uint64_t lines) {
  position_.offset += bytes.size();
  position_.line += lines;
  position_.fingerprint = ExtendFingerprint(position_.fingerprint, bytes);
}

bool CsvReader::IsHeaderOfRejectedRows(const Row& row) const {
  const size_t own = format_.columns.size();
  if (row.problem.has_value() || row.cells.size() <= own) return false;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const absl::string_view text = row.cells[i].text;
    if (i < own ? text != format_.columns[i] : !absl::StartsWith(text, "yilan_")) return false;
  }
  return true;
}

absl::Status CsvReader::ReadHeader() {
  ASSIGN_OR_RETURN(const bool has_mark, lines_.SkipByteOrderMark());
  if (has_mark) Advance("\xEF\xBB\xBF", 0);
  Row row;
  const InputPosition beginning = position_;
  ASSIGN_OR_RETURN(const bool any, NextRecord(row));
  if (!format_.columns.empty() && !IsHeaderOfRejectedRows(row)) {
    header_ = format_.columns;
    lines_.Unread(absl::string_view(record_));
    position_ = beginning;
    return absl::OkStatus();
  }
  if (!any) {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, " has no header line: nothing but blank lines"));
  }
  if (!row.problem.has_value()) CheckCells(row);
  if (row.problem.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, ":", row.line, ": the header cannot be read: ", row.problem->reason));
  }
  for (const Cell& cell : row.cells) {
    header_.emplace_back(absl::StripAsciiWhitespace(cell.text));
  }
  header_line_ = std::string(row.raw);
  position_.row = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<size_t>> CsvReader::Columns(const std::vector<std::string>& names) {
  std::vector<size_t> indexes;
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    const auto column = std::find(header_.begin(), header_.end(), name);
    if (column == header_.end()) {
      missing.push_back(absl::StrCat("`", name, "`", Suggestion(name, header_)));
    } else if (std::find(column + 1, header_.end(), name) != header_.end()) {
      return absl::InvalidArgumentError(absl::StrCat(name_, " has several columns `", name,
                                                     "`; rename all but one in the header"));
    }
    indexes.push_back(static_cast<size_t>(column - header_.begin()));
  }
  if (missing.empty()) return indexes;
  return absl::InvalidArgumentError(absl::StrCat(
      name_, " has no column ", absl::StrJoin(missing, ", no column "),
      " (if it has one, is the delimiter really `", std::string(1, format_.delimiter), "`?)"));
}

bool CsvReader::HasColumn(absl::string_view name) const {
  return std::find(header_.begin(), header_.end(), name) != header_.end();
}

void CsvReader::ContinueFrom(const InputPosition& position) {
  lines_.Restart();
  ResetParser();
  position_ = position;
}

absl::StatusOr<bool> CsvReader::Next(Row& row) {
  ASSIGN_OR_RETURN(const bool more, NextRecord(row));
  if (!more) return false;
  if (!row.problem.has_value()) CheckCells(row);
  if (!row.problem.has_value() && row.cells.size() != header_.size()) {
    row.problem = {
        "", "",
        absl::StrCat("has ", row.cells.size(), " values where the header has ", header_.size(),
                     " columns; is a delimiter missing, or a "
                     "value with one in it not quoted?")};
  }
  if (row.problem.has_value()) row.cells.clear();
  return true;
}

absl::StatusOr<bool> CsvReader::NextRecord(Row& row) {
  record_.clear();
  line_ends_.clear();
  values_.clear();
  cells_.clear();
  complete_ = false;
  row.problem.reset();
  row.cells.clear();

  const auto on_value = [](void* text, size_t size, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    reader.cells_.emplace_back(reader.values_.size(), size);
    reader.values_.append(static_cast<const char*>(text), size);
  };
  const auto on_row = [](int, void* self) { static_cast<CsvReader*>(self)->complete_ = true; };

  while (!complete_) {
    ASSIGN_OR_RETURN(const std::optional<absl::string_view> line, lines_.Next(kMostRowBytes));
    if (!line.has_value()) {
      if (record_.empty()) return false;
      if (csv_fini(&parser_, on_value, on_row, this) != 0) {
        RETURN_IF_ERROR(GiveUp(row, "a quote is opened and never closed"));
        return true;
      }
      break;
    }
    if (record_.empty() && WithoutLineEnd(*line).empty()) {
      Advance(*line, 1);
      continue;
    }
    record_.append(line->data(), line->size());
    if (EndsLine(*line)) line_ends_.push_back(record_.size());
    if (record_.size() > kMostRowBytes || line_ends_.size() > kMostLinesPerRow) {
      RETURN_IF_ERROR(GiveUp(
          row, absl::StrCat("the row is longer than ", kMostRowBytes, " bytes or ",
                            kMostLinesPerRow, " lines; is a quote opened and never closed?")));
      return true;
    }
    const size_t parsed = csv_parse(&parser_, line->data(), line->size(), on_value, on_row, this);
    if (parsed != line->size()) {
      const uint64_t lines_before = line_ends_.size() - (EndsLine(*line) ? 1 : 0);
      RETURN_IF_ERROR(GiveUp(
          row, absl::StrCat("a quote is misplaced at line ", position_.line + lines_before + 1,
                            ", position ", parsed + 1,
                            "; a value with quotes in it must be quoted as a whole, with each "
                            "quote in it doubled")));
      return true;
    }
  }
  FinishRecord(row);
  return true;
}

void CsvReader::FinishRecord(Row& row) {
  row.line = position_.line + 1;
  row.number = ++position_.row;
  row.raw = WithoutLineEnd(record_);
  Advance(record_, std::max<uint64_t>(line_ends_.size(), 1));
  row.end = position_;
  for (const auto& [begin, size] : cells_) {
    row.cells.push_back({absl::string_view(values_).substr(begin, size), true});
  }
}

absl::Status CsvReader::GiveUp(Row& row, std::string reason) {
  ResetParser();
  if (line_ends_.empty()) {
    // A line so long that it came in pieces: the rest of it goes with it.
    Advance(record_, 0);
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<absl::string_view> piece, lines_.Next(kMostRowBytes));
      if (!piece.has_value()) break;
      Advance(*piece, 0);
      if (EndsLine(*piece)) break;
    }
  } else {
    lines_.Unread(absl::string_view(record_).substr(line_ends_[0]));
    record_.resize(line_ends_[0]);
    Advance(record_, 0);
  }
  row.line = ++position_.line;
  row.number = ++position_.row;
  row.raw = WithoutLineEnd(record_);
  row.end = position_;
  row.cells.clear();
  row.problem = {"", "", std::move(reason)};
  return absl::OkStatus();
}

void CsvReader::CheckCells(Row& row) const {
  const bool clean = FirstInvalidUtf8(record_) == absl::string_view::npos &&
                     record_.find('\0') == std::string::npos;
  if (clean) return;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    const absl::string_view text = row.cells[i].text;
    const std::string column = i < header_.size() ? header_[i] : absl::StrCat("column ", i + 1);
    if (const size_t at = FirstInvalidUtf8(text); at != absl::string_view::npos) {
      row.problem = {"", column, NotUtf8(text, at)};
      return;
    }
    if (text.find('\0') != absl::string_view::npos) {
      row.problem = {"", column, "has a NUL byte; remove it"};
      return;
    }
  }
}

}  // namespace yilan
