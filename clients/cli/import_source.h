// The files of an import: the input with its mapping, and what is written beside it.
#ifndef YILAN_CLIENTS_CLI_IMPORT_SOURCE_H_
#define YILAN_CLIENTS_CLI_IMPORT_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/rejected_rows.h"
#include "clients/import/csv_reader.h"
#include "clients/import/input_file.h"
#include "clients/import/json_lines_reader.h"
#include "clients/import/mapping.h"
#include "clients/import/row_converter.h"

namespace yilan::cli {

struct ImportArguments {
  std::string input;
  std::string mapping;   // Found beside the input when empty.
  std::string format;    // csv, jsonl, or facts without a mapping; by the mapping, then by the
                         // input's name when empty.
  std::string work_dir;  // For what is written; the input's when empty.
  bool dry_run = false;
  int show = 3;
  bool restart = false;
  bool quiet = false;
  bool json = false;
  int batch_facts = 2000;
  int batches_in_flight = 4;
  double give_up_after_seconds = 60;
};

// The mapping that belongs to an input by its name: telco.mapping.yaml to telco.csv, and to
// telco.csv.rejected.csv too.
std::string MappingBeside(const std::string& input);

// Input, mapping and reader, ready to go. Not thread-safe.
class ImportSource {
 public:
  // Errors: those of reading, of the mapping, and of columns that are missing.
  static absl::StatusOr<std::unique_ptr<ImportSource>> Open(const ImportArguments& arguments);

  const Mapping& mapping() const { return *mapping_; }
  InputFile& file() { return *file_; }
  RowReader& reader() { return *reader_; }
  RowConverter& converter() { return *converter_; }
  // Columns of the mapping that no row has had; known for JSON Lines only.
  std::vector<std::string> NeverSeen() const;

  std::string RejectedHeader() const;
  std::string RejectedLine(const RejectedRow& row) const;

  std::string state_path() const { return beside_ + ".yilan-resume"; }
  std::string rejected_path() const {
    return beside_ + (csv_ == nullptr ? ".rejected.jsonl" : ".rejected.csv");
  }

 private:
  ImportSource() = default;

  std::string beside_;
  std::unique_ptr<Mapping> mapping_;
  std::unique_ptr<InputFile> file_;
  std::unique_ptr<RowReader> reader_;
  CsvReader* csv_ = nullptr;  // `reader_` as what it is: one of the two.
  JsonLinesReader* json_lines_ = nullptr;
  std::unique_ptr<RejectedCsvFormat> rejected_csv_;
  std::unique_ptr<RowConverter> converter_;
};

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_IMPORT_SOURCE_H_
