// Leaf fields: from a row to a text, from the text to a value, and into a message. Thread-safe.
#ifndef YILAN_CLIENTS_IMPORT_LEAF_VALUE_H_
#define YILAN_CLIENTS_IMPORT_LEAF_VALUE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/import/mapping_plan.h"
#include "clients/import/row_reader.h"
#include "google/protobuf/message.h"

namespace yilan {

// A row with its columns as the mapping numbers them.
struct RowView {
  const Row& row;
  const std::vector<size_t>& cells;  // Place in row.cells, by column of the mapping.
  absl::string_view row_number;

  absl::string_view Text(size_t column) const { return row.cells[cells[column]].text; }
  bool IsPresent(size_t column) const { return row.cells[cells[column]].present; }
};

// Without blanks around it.
absl::string_view Trimmed(absl::string_view text);
// Whether a value counts as not stated.
bool IsEmptyValue(absl::string_view text, const std::vector<std::string>& empty_values);

// The text of a plan for a row; nothing when it is not stated. Errors: INVALID_ARGUMENT with a
// message that fits behind the name of the field: required but not stated, or not in the map.
// `from_columns` is set when a column had a part in it (the row number is none).
absl::StatusOr<std::optional<std::string>> MakeText(const TextPlan& plan, const RowView& row,
                                                    bool& from_columns);

// The value of a text, as the type of the leaf wants it. Money and shifted times look at the row
// again. Errors: as MakeText.
absl::StatusOr<LeafValue> ConvertText(const LeafPlan& leaf, absl::string_view text,
                                      const RowView& row);

// Sets the field, or adds to it when it is repeated.
void StoreValue(const LeafPlan& leaf, const LeafValue& value,
                const google::protobuf::FieldDescriptor& field, google::protobuf::Message& message);

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_LEAF_VALUE_H_
