// Rows of a JSON Lines file: one JSON object on each line, in UTF-8.
//
// Columns are the members of the object. A member of a nested object is named by its path,
// `address.city`; an element of an array by its place, `lines[0].amount`. Numbers keep the text
// they are written with, so that 0.1 stays 0.1. A line that is no JSON object is handed out with
// its problem, and reading goes on at the next line.
#ifndef YILAN_CLIENTS_IMPORT_JSON_LINES_READER_H_
#define YILAN_CLIENTS_IMPORT_JSON_LINES_READER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/import/row_reader.h"

namespace yilan {

class JsonLinesReader final : public RowReader {
 public:
  // `source` must outlive the reader.
  static absl::StatusOr<std::unique_ptr<JsonLinesReader>> Open(ByteSource& source);

  // Any name is a column; rows that lack it have an absent cell.
  absl::StatusOr<std::vector<size_t>> Columns(const std::vector<std::string>& names) override;
  bool KnowsColumns() const override { return false; }
  bool HasColumn(absl::string_view) const override { return false; }
  absl::StatusOr<bool> Next(Row& row) override;
  void ContinueFrom(const InputPosition& position) override;

  // The columns that no row has stated so far: most likely misspelt.
  std::vector<std::string> NeverSeen() const;

 private:
  explicit JsonLinesReader(ByteSource& source) : lines_(source) {
    position_.fingerprint = kEmptyFingerprint;
  }

  class Handler;

  LineReader lines_;
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, size_t> columns_;
  std::vector<bool> seen_;
  InputPosition position_;
  std::string record_;
  std::string values_;
  struct Value {
    size_t begin = 0;
    size_t size = 0;
    bool present = false;
  };
  std::vector<Value> found_;  // By column.
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_JSON_LINES_READER_H_
