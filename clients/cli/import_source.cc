#include "clients/cli/import_source.h"

#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace yilan::cli {
namespace {

absl::StatusOr<FileFormat> FormatOf(const ImportArguments& arguments, const Mapping& mapping) {
  if (arguments.format == "csv") return FileFormat::kCsv;
  if (arguments.format == "jsonl") return FileFormat::kJsonLines;
  if (mapping.format() != FileFormat::kByName) return mapping.format();
  const std::string name = absl::AsciiStrToLower(arguments.input);
  for (const char* ending : {".csv", ".tsv", ".txt"}) {
    if (absl::EndsWith(name, ending)) return FileFormat::kCsv;
  }
  for (const char* ending : {".jsonl", ".ndjson", ".json"}) {
    if (absl::EndsWith(name, ending)) return FileFormat::kJsonLines;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      arguments.input, " does not say by its name what it is; say --format csv or jsonl"));
}

absl::StatusOr<Mapping> MappingOf(const ImportArguments& arguments) {
  if (arguments.format == "facts") {
    if (arguments.mapping.empty()) return Mapping::PlainFacts();
    return absl::InvalidArgumentError("--format facts needs no mapping: leave out --mapping");
  }
  if (!arguments.mapping.empty()) return Mapping::Load(arguments.mapping);
  const std::string path = MappingBeside(arguments.input);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return absl::NotFoundError(absl::StrCat("there is no mapping for ", arguments.input,
                                            ": name it with --mapping FILE, or put it at ", path,
                                            "; docs/mapping.md says what is in it"));
  }
  return Mapping::Load(path);
}

}  // namespace

std::string MappingBeside(const std::string& input) {
  absl::string_view name = input;
  while (absl::ConsumeSuffix(&name, ".rejected.csv") ||
         absl::ConsumeSuffix(&name, ".rejected.jsonl")) {
  }
  std::filesystem::path path{std::string(name)};
  return path.replace_extension(".mapping.yaml").string();
}

absl::StatusOr<std::unique_ptr<ImportSource>> ImportSource::Open(const ImportArguments& arguments) {
  std::unique_ptr<ImportSource> source(new ImportSource);
  // The input first: that it is missing says more than that it has no mapping.
  ASSIGN_OR_RETURN(source->file_, InputFile::Open(arguments.input));
  ASSIGN_OR_RETURN(Mapping mapping, MappingOf(arguments));
  source->mapping_ = std::make_unique<Mapping>(std::move(mapping));
  ASSIGN_OR_RETURN(const FileFormat format, FormatOf(arguments, *source->mapping_));
  if (format == FileFormat::kCsv) {
    ASSIGN_OR_RETURN(std::unique_ptr<CsvReader> csv,
                     CsvReader::Open(*source->file_, arguments.input, source->mapping_->csv()));
    source->csv_ = csv.get();
    source->rejected_csv_ = std::make_unique<RejectedCsvFormat>(source->mapping_->csv(),
                                                                csv->header(), csv->header_line());
    source->reader_ = std::move(csv);
  } else {
    ASSIGN_OR_RETURN(std::unique_ptr<JsonLinesReader> json, JsonLinesReader::Open(*source->file_));
    source->json_lines_ = json.get();
    source->reader_ = std::move(json);
  }
  ASSIGN_OR_RETURN(source->converter_, source->mapping_->Bind(*source->reader_));

  std::filesystem::path beside(arguments.input);
  if (!arguments.work_dir.empty()) beside = arguments.work_dir / beside.filename();
  source->beside_ = beside.string();
  return source;
}

std::vector<std::string> ImportSource::NeverSeen() const {
  std::vector<std::string> names;
  if (json_lines_ == nullptr) return names;
  for (std::string& name : json_lines_->NeverSeen()) {
    if (name != kRowNumberColumn) names.push_back(std::move(name));
  }
  return names;
}

std::string ImportSource::RejectedHeader() const {
  return csv_ == nullptr ? "" : rejected_csv_->Header();
}

std::string ImportSource::RejectedLine(const RejectedRow& row) const {
  return csv_ == nullptr ? RejectedJsonLine(row) : rejected_csv_->Line(row);
}

}  // namespace yilan::cli
