// A CSV file that is written row by row (RFC 4180, with line feeds), to a file or to standard
// output.
#ifndef YILAN_CLIENTS_CLI_CSV_OUTPUT_H_
#define YILAN_CLIENTS_CLI_CSV_OUTPUT_H_

#include <cstdio>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace yilan::cli {

// A value as it stands between two commas: in quotes if it needs them.
std::string CsvValue(absl::string_view value);

// A file appears under its name only when Finish is called: half a file is never taken for a whole
// one. Standard output is written to as rows come. Not thread-safe.
//
//   CsvOutput csv(path);  // "" for standard output.
//   csv.Row({"source", "key"});
//   if (!csv.Finish()) context.Fail(kUnusable, csv.error());
class CsvOutput {
 public:
  explicit CsvOutput(std::string path);
  // Removes what was not finished.
  ~CsvOutput();
  CsvOutput(const CsvOutput&) = delete;
  CsvOutput& operator=(const CsvOutput&) = delete;

  // False once anything could not be written: there is no use in going on.
  bool Row(std::initializer_list<absl::string_view> values);
  // Writes what is left. False when not all could be written.
  bool Finish();
  // What could not be done, and why.
  const std::string& error() const { return error_; }

 private:
  bool Fail(const char* what);

  const std::string path_;
  const std::string partial_;  // Where the rows are until Finish.
  std::FILE* file_ = nullptr;
  std::string line_;
  std::string error_;
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_CSV_OUTPUT_H_
