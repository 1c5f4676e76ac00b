// A mapping, compiled: what RowConverter runs for each row. Plain data; nothing here is for users
// of the library, who see Mapping only.
#ifndef YILAN_CLIENTS_IMPORT_MAPPING_PLAN_H_
#define YILAN_CLIENTS_IMPORT_MAPPING_PLAN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "clients/text/currency.h"
#include "google/protobuf/descriptor.h"

namespace yilan {

// A piece of text with the values of a row in it: "telco-{row}".
struct Template {
  struct Part {
    enum class Kind { kLiteral, kColumn, kRowNumber, kLineNumber };
    Kind kind = Kind::kLiteral;
    std::string literal;
    size_t column = 0;  // In MappingPlan::columns.
  };
  std::vector<Part> parts;

  bool IsConstant() const {
    for (const Part& part : parts) {
      if (part.kind != Part::Kind::kLiteral) return false;
    }
    return true;
  }
  bool UsesColumns() const {
    for (const Part& part : parts) {
      if (part.kind == Part::Kind::kColumn) return true;
    }
    return false;
  }
};

enum class LetterCase { kAsIs, kUpper, kLower, kTitle };

// How a text comes about. Nothing comes of a template one of whose columns is empty.
struct TextPlan {
  std::vector<Template> pieces;  // Joined; those that come to nothing are left out.
  std::string separator = " ";
  bool trim = true;
  std::vector<std::string> empty_values;
  bool has_map = false;
  absl::flat_hash_map<std::string, std::string> map;
  std::optional<std::string> otherwise;  // For what `map` does not have.
  LetterCase letter_case = LetterCase::kAsIs;
  std::optional<std::string> default_text;
  bool required = false;

  bool IsConstant() const {
    for (const Template& piece : pieces) {
      if (!piece.IsConstant()) return false;
    }
    return true;
  }
  // Whether it depends on the row if there is a value.
  bool MayBeEmpty() const {
    if (default_text.has_value()) return false;
    for (const Template& piece : pieces) {
      if (!piece.UsesColumns()) return false;
    }
    return !pieces.empty();
  }
};

struct TimePlan {
  std::vector<std::string> formats;
  absl::TimeZone zone;
  std::optional<TextPlan> shift;
  std::string output;  // For a string field: how to write the time.
};

struct MoneyPlan {
  TextPlan currency;
  bool minor_units = false;  // The text counts them already.
  DecimalStyle style;
};

// What a leaf field is.
enum class LeafType { kString, kInteger, kUnsigned, kReal, kBool, kEnum, kTime, kMoney };

// A value of a leaf field.
struct LeafValue {
  std::string text;    // kString; the currency code of kMoney.
  int64_t number = 0;  // kInteger, kBool, kEnum, minor units of kMoney, seconds of kTime.
  uint64_t count = 0;  // kUnsigned.
  double real = 0;     // kReal.
  int32_t nanos = 0;   // kTime.
};

// One leaf field.
struct LeafPlan {
  std::string path;  // "customer_bill.lines[2].amount", for messages.
  int line = 0;      // Of the mapping.
  LeafType type = LeafType::kString;
  bool is_32_bit = false;
  TextPlan text;
  std::optional<TimePlan> time;
  MoneyPlan money;
  absl::flat_hash_map<std::string, bool> bool_words;
  absl::flat_hash_map<std::string, int> enum_words;  // Lower case.
  bool leave_out_invalid = false;     // What does not convert is left out, and no problem.
  std::string split;                  // Repeated fields: the value is cut there.
  std::vector<std::string> rest_of;   // Money: path of the amount of which this is what is left.
  std::optional<LeafValue> constant;  // Converted beforehand.
};

// A test of one column.
struct Condition {
  enum class Kind { kIs, kEmpty, kStartsWith, kEndsWith, kContains };
  size_t column = 0;
  Kind kind = Kind::kIs;
  bool negated = false;
  std::vector<std::string> texts;  // Any of them will do.
};

struct MessagePlan;

// What one field of a message gets: exactly one of `leaf`, `message` and `list`.
struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  int line = 0;
  std::unique_ptr<LeafPlan> leaf;
  std::unique_ptr<MessagePlan> message;
  std::vector<FieldPlan> list;  // Elements of a repeated field; `field` is the same.
  bool is_list = false;
};

// The fields of a message. A message none of whose columns has a value is left out, if it has any.
struct MessagePlan {
  std::vector<Condition> when;  // All must hold.
  std::vector<FieldPlan> fields;
};

struct FactPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;  // Of yilan.v1.Fact.
  int line = 0;
  MessagePlan message;
  bool states_event_time = false;
};

struct MappingPlan {
  bool plain_facts = false;          // Rows are facts already, and there is nothing else here.
  std::vector<std::string> columns;  // All that are named.
  bool uses_row_number = false;
  std::vector<std::string> empty_values;  // For conditions.
  std::vector<FactPlan> facts;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_MAPPING_PLAN_H_
