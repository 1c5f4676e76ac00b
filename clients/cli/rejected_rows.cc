#include "clients/cli/rejected_rows.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "clients/import/row_converter.h"
#include "clients/text/utf8.h"

namespace yilan::cli {
namespace {

constexpr char kReasonPrefix[] = "yilan_";
constexpr const char* kReasonColumns[] = {kRowNumberColumn, "yilan_line", "yilan_field",
                                          "yilan_reason", "yilan_original"};

std::string Joined(const std::vector<RowProblem>& problems, std::string RowProblem::*part) {
  std::string text;
  for (const RowProblem& problem : problems) {
    absl::StrAppend(&text, &problem == &problems.front() ? "" : " | ", problem.*part);
  }
  return text;
}

// The field with the kind of fact before it, unless it names that itself.
std::vector<RowProblem> WithFullFields(std::vector<RowProblem> problems) {
  for (RowProblem& problem : problems) {
    if (!problem.fact_type.empty() && !absl::StartsWith(problem.field, problem.fact_type)) {
      problem.field =
          absl::StrCat(problem.fact_type, problem.field.empty() ? "" : ".", problem.field);
    }
  }
  return problems;
}

std::string JsonString(absl::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Takes `"yilan_…": value,` from the beginning of the members of an object; false when the next
// member is another one, or is not written as RejectedJsonLine writes it.
bool ConsumeReason(absl::string_view& members) {
  absl::string_view rest = absl::StripLeadingAsciiWhitespace(members);
  if (!absl::ConsumePrefix(&rest, "\"yilan_")) return false;
  const size_t colon = rest.find("\":");
  if (colon == absl::string_view::npos) return false;
  rest = absl::StripLeadingAsciiWhitespace(rest.substr(colon + 2));
  size_t end = 0;
  if (absl::StartsWith(rest, "\"")) {
    for (end = 1; end < rest.size() && rest[end] != '"'; ++end) {
      if (rest[end] == '\\') ++end;
    }
    ++end;
  } else {
    end = rest.find_first_of(",}");
  }
  if (end >= rest.size()) return false;
  rest = absl::StripLeadingAsciiWhitespace(rest.substr(end));
  if (!absl::ConsumePrefix(&rest, ",") && !absl::StartsWith(rest, "}")) return false;
  members = rest;
  return true;
}

}  // namespace

RejectedCsvFormat::RejectedCsvFormat(const CsvFormat& format,
                                     const std::vector<std::string>& header,
                                     absl::string_view header_line)
    : format_(format), header_(header), header_line_(header_line) {
  for (const std::string& name : header_) {
    has_reasons_ = has_reasons_ || absl::StartsWith(name, kReasonPrefix);
  }
}

std::string RejectedCsvFormat::Quoted(absl::string_view value) const {
  const char special[] = {format_.delimiter, format_.quote, '\r', '\n', '\0'};
  if (value.find_first_of(special) == absl::string_view::npos) return std::string(value);
  std::string quoted(1, format_.quote);
  for (const char c : value) {
    if (c == format_.quote) quoted.push_back(c);
    quoted.push_back(c);
  }
  quoted.push_back(format_.quote);
  return quoted;
}

std::string RejectedCsvFormat::WithoutReasons(absl::string_view original) const {
  if (!has_reasons_) return std::string(original);
  MemorySource source(original);
  CsvFormat format = format_;
  format.columns = header_;
  auto reader = CsvReader::Open(source, "", format);
  Row row;
  // It was read once, so it can be read again.
  if (!reader.ok() || !(*reader)->Next(row).value_or(false)) return "";
  std::string text;
  bool first = true;
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (absl::StartsWith(header_[i], kReasonPrefix)) continue;
    absl::StrAppend(&text, first ? "" : std::string(1, format_.delimiter),
                    Quoted(row.cells[i].text));
    first = false;
  }
  return text;
}

std::string RejectedCsvFormat::Header() const {
  std::string line = has_reasons_ || header_line_.empty() ? "" : header_line_;
  if (line.empty()) {
    bool first = true;
    for (const std::string& name : header_) {
      if (absl::StartsWith(name, kReasonPrefix)) continue;
      absl::StrAppend(&line, first ? "" : std::string(1, format_.delimiter), Quoted(name));
      first = false;
    }
  }
  for (const char* name : kReasonColumns) {
    absl::StrAppend(&line, std::string(1, format_.delimiter), name);
  }
  return line + "\n";
}

std::string RejectedCsvFormat::Line(const RejectedRow& row) const {
  std::string line;
  if (row.is_readable) {
    line = WithoutReasons(row.original);
  } else {
    const auto own = std::count_if(header_.begin(), header_.end(), [](const std::string& name) {
      return !absl::StartsWith(name, kReasonPrefix);
    });
    line.assign(static_cast<size_t>(std::max<ptrdiff_t>(own - 1, 0)), format_.delimiter);
  }
  const std::vector<RowProblem> problems = WithFullFields(row.problems);
  const std::string reasons[] = {
      row.number, absl::StrCat(row.line), Joined(problems, &RowProblem::field),
      Joined(problems, &RowProblem::reason), row.is_readable ? "" : row.original};
  for (const std::string& value : reasons) {
    absl::StrAppend(&line, std::string(1, format_.delimiter), Quoted(value));
  }
  return line + "\n";
}

std::string RejectedJsonLine(const RejectedRow& row) {
  const std::vector<RowProblem> problems = WithFullFields(row.problems);
  std::string line = absl::StrCat(
      "{\"", kRowNumberColumn, "\":", JsonString(row.number), ",\"yilan_line\":", row.line,
      ",\"yilan_field\":", JsonString(Joined(problems, &RowProblem::field)),
      ",\"yilan_reason\":", JsonString(Joined(problems, &RowProblem::reason)));
  absl::string_view members = absl::StripAsciiWhitespace(row.original);
  if (!row.is_readable || !absl::ConsumePrefix(&members, "{")) {
    return absl::StrCat(line, ",\"yilan_original\":", JsonString(row.original), "}\n");
  }
  while (ConsumeReason(members)) {
  }
  const bool none = absl::StripLeadingAsciiWhitespace(members) == "}";
  return absl::StrCat(line, none ? "" : ",", members, "\n");
}

absl::Status RejectedRows::CannotWrite() const {
  return absl::UnavailableError(absl::StrCat("cannot write ", path_, ": ", std::strerror(errno),
                                             "; say where to with --work-dir"));
}

absl::Status RejectedRows::Open(absl::string_view header) {
  if (bytes_ > 0) {
    // What an interrupted run wrote after its last saved state is written again.
    std::error_code error;
    std::filesystem::resize_file(path_, bytes_, error);
    if (error) {
      errno = error.value();
      return CannotWrite();
    }
    file_.open(path_, std::ios::binary | std::ios::app);
    return file_ ? absl::OkStatus() : CannotWrite();
  }
  file_.open(path_, std::ios::binary | std::ios::trunc);
  file_ << header;
  bytes_ = header.size();
  return file_ ? absl::OkStatus() : CannotWrite();
}

absl::Status RejectedRows::Write(absl::string_view header, absl::string_view line) {
  if (!file_.is_open()) RETURN_IF_ERROR(Open(header));
  file_ << line;
  bytes_ += line.size();
  return file_ ? absl::OkStatus() : CannotWrite();
}

absl::Status RejectedRows::Flush() {
  if (!file_.is_open()) return absl::OkStatus();
  file_.flush();
  return file_ ? absl::OkStatus() : CannotWrite();
}

}  // namespace yilan::cli
