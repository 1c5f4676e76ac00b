#include "clients/cli/csv_output.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace yilan::cli {

std::string CsvValue(absl::string_view value) {
  if (value.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted.push_back(c);
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

CsvOutput::CsvOutput(std::string path) : path_(std::move(path)), partial_(path_ + ".partial") {
  file_ = path_.empty() ? stdout : std::fopen(partial_.c_str(), "wb");
  if (file_ == nullptr) Fail("write");
}

CsvOutput::~CsvOutput() {
  if (file_ == nullptr || file_ == stdout) return;
  std::fclose(file_);
  std::remove(partial_.c_str());
}

bool CsvOutput::Fail(const char* what) {
  if (error_.empty()) {
    error_ = absl::StrCat("cannot ", what, " ", path_.empty() ? "standard output" : path_, ": ",
                          std::strerror(errno));
  }
  return false;
}

bool CsvOutput::Row(std::initializer_list<absl::string_view> values) {
  if (!error_.empty()) return false;
  line_.clear();
  for (const absl::string_view value : values) {
    absl::StrAppend(&line_, CsvValue(value), ",");
  }
  line_.back() = '\n';
  return std::fwrite(line_.data(), 1, line_.size(), file_) == line_.size() || Fail("write");
}

bool CsvOutput::Finish() {
  if (!error_.empty()) return false;
  if (std::fflush(file_) != 0) return Fail("write");
  if (file_ == stdout) return true;
  std::FILE* const file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0 || std::rename(partial_.c_str(), path_.c_str()) != 0) {
    Fail("write");
    std::remove(partial_.c_str());
    return false;
  }
  return true;
}

}  // namespace yilan::cli
