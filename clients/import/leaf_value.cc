#include "clients/import/leaf_value.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "clients/import/time_text.h"
#include "google/protobuf/timestamp.pb.h"
#include "yilan/v1/money.pb.h"

namespace yilan {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Invalid(absl::string_view message) { return absl::InvalidArgumentError(message); }

// Upper case at the beginning of each word, lower case in the rest; other scripts stay as they are.
void MakeTitle(std::string& text) {
  bool inside = false;
  for (char& c : text) {
    c = inside ? absl::ascii_tolower(static_cast<unsigned char>(c))
               : absl::ascii_toupper(static_cast<unsigned char>(c));
    const auto byte = static_cast<unsigned char>(c);
    inside = absl::ascii_isalnum(byte) || byte >= 0x80 || c == '\'';
  }
}

// Appends the text of a template; false when one of its columns is not stated.
bool Append(const Template& piece, const TextPlan& plan, const RowView& row, std::string& text,
            bool& from_columns) {
  const size_t begin = text.size();
  for (const Template::Part& part : piece.parts) {
    switch (part.kind) {
      case Template::Part::Kind::kLiteral:
        text += part.literal;
        break;
      case Template::Part::Kind::kRowNumber:
        text.append(row.row_number.data(), row.row_number.size());
        break;
      case Template::Part::Kind::kLineNumber:
        absl::StrAppend(&text, row.row.line);
        break;
      case Template::Part::Kind::kColumn: {
        absl::string_view value = row.Text(part.column);
        if (plan.trim) value = Trimmed(value);
        if (!row.IsPresent(part.column) || IsEmptyValue(value, plan.empty_values)) {
          text.resize(begin);
          return false;
        }
        text.append(value.data(), value.size());
        from_columns = true;
        break;
      }
    }
  }
  return true;
}

absl::StatusOr<LeafValue> ConvertTime(const TimePlan& plan, absl::string_view text,
                                      const RowView& row) {
  ASSIGN_OR_RETURN(absl::Time time, ParseTimeText(text, plan.formats, plan.zone));
  if (plan.shift.has_value()) {
    bool ignored = false;
    ASSIGN_OR_RETURN(const std::optional<std::string> shift, MakeText(*plan.shift, row, ignored));
    if (!shift.has_value()) return Invalid("cannot be shifted: the column to shift by is empty");
    ASSIGN_OR_RETURN(time, ShiftTime(time, *shift, plan.zone));
  }
  LeafValue value;
  if (!plan.output.empty()) {
    value.text = absl::FormatTime(plan.output, time, plan.zone);
    return value;
  }
  value.number = absl::ToUnixSeconds(time);
  value.nanos =
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(value.number)));
  return value;
}

absl::StatusOr<LeafValue> ConvertMoney(const MoneyPlan& plan, absl::string_view text,
                                       const RowView& row) {
  bool ignored = false;
  ASSIGN_OR_RETURN(std::optional<std::string> currency, MakeText(plan.currency, row, ignored));
  if (!currency.has_value()) return Invalid("has no currency: its column is empty");
  const std::optional<int> decimals = CurrencyDecimals(*currency);
  if (!decimals.has_value()) {
    return Invalid("has a currency that is not an ISO 4217 code such as CNY");
  }
  LeafValue value;
  ASSIGN_OR_RETURN(value.number, ParseDecimal(text, plan.minor_units ? 0 : *decimals, plan.style));
  value.text = *std::move(currency);
  return value;
}

absl::StatusOr<LeafValue> ConvertInteger(const LeafPlan& leaf, absl::string_view text) {
  LeafValue value;
  const bool read = leaf.type == LeafType::kUnsigned ? absl::SimpleAtoi(text, &value.count)
                                                     : absl::SimpleAtoi(text, &value.number);
  const bool fits =
      !leaf.is_32_bit ||
      (leaf.type == LeafType::kUnsigned ? value.count <= std::numeric_limits<uint32_t>::max()
                                        : value.number >= std::numeric_limits<int32_t>::min() &&
                                              value.number <= std::numeric_limits<int32_t>::max());
  if (!read || !fits) return Invalid("is not a whole number, or too large");
  return value;
}

}  // namespace

absl::string_view Trimmed(absl::string_view text) { return absl::StripAsciiWhitespace(text); }

bool IsEmptyValue(absl::string_view text, const std::vector<std::string>& empty_values) {
  return text.empty() || std::any_of(empty_values.begin(), empty_values.end(),
                                     [text](const std::string& value) { return text == value; });
}

absl::StatusOr<std::optional<std::string>> MakeText(const TextPlan& plan, const RowView& row,
                                                    bool& from_columns) {
  std::string text;
  bool any = false;
  for (const Template& piece : plan.pieces) {
    const size_t before = text.size();
    if (any) text += plan.separator;
    if (Append(piece, plan, row, text, from_columns)) {
      any = true;
    } else {
      text.resize(before);
    }
  }
  if (!any) {
    if (plan.default_text.has_value()) return std::optional<std::string>(*plan.default_text);
    if (plan.required) return Invalid("is required, but not stated");
    return std::optional<std::string>();
  }
  if (plan.has_map) {
    const auto entry = plan.map.find(text);
    if (entry != plan.map.end()) {
      text = entry->second;
    } else if (plan.otherwise.has_value()) {
      text = *plan.otherwise;
    } else {
      return Invalid("has a value that `map` does not list; add it, or say `otherwise`");
    }
  }
  switch (plan.letter_case) {
    case LetterCase::kAsIs:
      break;
    case LetterCase::kUpper:
      absl::AsciiStrToUpper(&text);
      break;
    case LetterCase::kLower:
      absl::AsciiStrToLower(&text);
      break;
    case LetterCase::kTitle:
      MakeTitle(text);
      break;
  }
  return std::optional<std::string>(std::move(text));
}

absl::StatusOr<LeafValue> ConvertText(const LeafPlan& leaf, absl::string_view text,
                                      const RowView& row) {
  LeafValue value;
  switch (leaf.type) {
    case LeafType::kString:
      if (leaf.time.has_value()) return ConvertTime(*leaf.time, text, row);
      value.text = std::string(text);
      return value;
    case LeafType::kInteger:
    case LeafType::kUnsigned:
      return ConvertInteger(leaf, text);
    case LeafType::kReal:
      if (!absl::SimpleAtod(text, &value.real)) return Invalid("is not a number");
      return value;
    case LeafType::kBool: {
      const auto word = leaf.bool_words.find(absl::AsciiStrToLower(text));
      if (word == leaf.bool_words.end()) {
        return Invalid("is neither true nor false; list it in `true_values` or `false_values`");
      }
      value.number = word->second ? 1 : 0;
      return value;
    }
    case LeafType::kEnum: {
      const auto word = leaf.enum_words.find(absl::AsciiStrToLower(text));
      if (word == leaf.enum_words.end()) {
        return Invalid("is not a value of the field; translate it with `map`");
      }
      value.number = word->second;
      return value;
    }
    case LeafType::kTime:
      return ConvertTime(*leaf.time, text, row);
    case LeafType::kMoney:
      return ConvertMoney(leaf.money, text, row);
  }
  return value;
}

void StoreValue(const LeafPlan& leaf, const LeafValue& value, const FieldDescriptor& field,
                Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      repeated ? reflection.AddString(&message, &field, value.text)
               : reflection.SetString(&message, &field, value.text);
      return;
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto number = static_cast<int32_t>(value.number);
      repeated ? reflection.AddInt32(&message, &field, number)
               : reflection.SetInt32(&message, &field, number);
      return;
    }
    case FieldDescriptor::CPPTYPE_INT64:
      repeated ? reflection.AddInt64(&message, &field, value.number)
               : reflection.SetInt64(&message, &field, value.number);
      return;
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto number = static_cast<uint32_t>(value.count);
      repeated ? reflection.AddUInt32(&message, &field, number)
               : reflection.SetUInt32(&message, &field, number);
      return;
    }
    case FieldDescriptor::CPPTYPE_UINT64:
      repeated ? reflection.AddUInt64(&message, &field, value.count)
               : reflection.SetUInt64(&message, &field, value.count);
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      repeated ? reflection.AddDouble(&message, &field, value.real)
               : reflection.SetDouble(&message, &field, value.real);
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      repeated ? reflection.AddFloat(&message, &field, static_cast<float>(value.real))
               : reflection.SetFloat(&message, &field, static_cast<float>(value.real));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      repeated ? reflection.AddBool(&message, &field, value.number != 0)
               : reflection.SetBool(&message, &field, value.number != 0);
      return;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto number = static_cast<int>(value.number);
      repeated ? reflection.AddEnumValue(&message, &field, number)
               : reflection.SetEnumValue(&message, &field, number);
      return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  Message* const child = repeated ? reflection.AddMessage(&message, &field)
                                  : reflection.MutableMessage(&message, &field);
  if (leaf.type == LeafType::kMoney) {
    auto* money = google::protobuf::DynamicCastToGenerated<v1::Money>(child);
    money->set_currency_code(value.text);
    money->set_minor_units(value.number);
  } else {
    auto* timestamp = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(child);
    timestamp->set_seconds(value.number);
    timestamp->set_nanos(value.nanos);
  }
}

}  // namespace yilan
