// The declarative mapping: a YAML file that says what the columns of a file mean. docs/mapping.md
// describes it.
//
//   version: 1
//   source_system: crm
//   facts:
//     - fact: source_record
//       set:
//         source.key: "{customer_no}"
//         name: "{full name}"
//
// Fields are those of yilan.v1.Fact, found by reflection: a new kind of fact can be imported as
// soon as it is in the contract.
#ifndef YILAN_CLIENTS_IMPORT_MAPPING_H_
#define YILAN_CLIENTS_IMPORT_MAPPING_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/import/csv_reader.h"
#include "clients/import/mapping_plan.h"
#include "clients/import/row_converter.h"
#include "clients/import/row_reader.h"

namespace yilan {

enum class FileFormat { kByName, kCsv, kJsonLines };

// Immutable; thread-safe.
class Mapping {
 public:
  // Errors: INVALID_ARGUMENT with one line for each mistake: "NAME:LINE: what is wrong; what to
  // do".
  static absl::StatusOr<Mapping> Parse(absl::string_view yaml, const std::string& name);
  // Reads and parses a file. Errors: as Parse, and those of reading.
  static absl::StatusOr<Mapping> Load(const std::string& path);

  // The mapping of JSON Lines that are facts already (fact_line.h).
  static Mapping PlainFacts();

  // Finds the mapping's columns in a file. Errors: INVALID_ARGUMENT when it lacks one.
  absl::StatusOr<std::unique_ptr<RowConverter>> Bind(RowReader& reader) const;

  FileFormat format() const { return format_; }
  const CsvFormat& csv() const { return csv_; }
  const std::vector<std::string>& columns() const { return plan_->columns; }
  // Kinds of fact without an event time: sent again, they count as newer versions instead of
  // duplicates.
  std::vector<std::string> FactsWithoutEventTime() const;
  // Of the text of the mapping, to tell whether it has changed.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  friend class MappingParser;
  Mapping() = default;

  FileFormat format_ = FileFormat::kByName;
  CsvFormat csv_;
  uint64_t fingerprint_ = 0;
  std::shared_ptr<const MappingPlan> plan_;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_MAPPING_H_
