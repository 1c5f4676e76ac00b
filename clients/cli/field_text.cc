#include "clients/cli/field_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/text/currency.h"
#include "yilan/v1/money.pb.h"
#include "yilan/v1/source_record.pb.h"
#include "yilan/v1/time_period.pb.h"

namespace yilan::cli {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

std::string PeriodText(const v1::TimePeriod& period, absl::TimeZone zone) {
  const std::string start = TimeText(period.start_time(), zone);
  const std::string end = TimeText(period.end_time(), zone);
  if (start.empty() && end.empty()) return "";
  return absl::StrCat(start, " – ", end);
}

std::string MessageText(const Message& message, absl::TimeZone zone) {
  if (const auto* time = DynamicCastToGenerated<Timestamp>(&message)) return TimeText(*time, zone);
  if (const auto* money = DynamicCastToGenerated<v1::Money>(&message)) {
    return FormatMoney(money->minor_units(), money->currency_code());
  }
  if (const auto* period = DynamicCastToGenerated<v1::TimePeriod>(&message)) {
    return PeriodText(*period, zone);
  }
  if (const auto* characteristic = DynamicCastToGenerated<v1::Characteristic>(&message)) {
    return absl::StrCat(Words(characteristic->name()), ": ", characteristic->value());
  }
  // Anything else: its fields one after the other.
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::string text;
  for (const FieldDescriptor* field : fields) {
    const std::string part = FieldText(message, *field, zone);
    if (!part.empty()) absl::StrAppend(&text, text.empty() ? "" : " ", part);
  }
  return text;
}

// One value of a field; `index` counts for lists only.
std::string ValueText(const Message& message, const FieldDescriptor& field, int index,
                      absl::TimeZone zone) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(repeated ? reflection.GetRepeatedInt32(message, &field, index)
                                   : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(repeated ? reflection.GetRepeatedInt64(message, &field, index)
                                   : reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(repeated ? reflection.GetRepeatedUInt32(message, &field, index)
                                   : reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(repeated ? reflection.GetRepeatedUInt64(message, &field, index)
                                   : reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(repeated ? reflection.GetRepeatedDouble(message, &field, index)
                                   : reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrCat(repeated ? reflection.GetRepeatedFloat(message, &field, index)
                                   : reflection.GetFloat(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (repeated ? reflection.GetRepeatedBool(message, &field, index)
                       : reflection.GetBool(message, &field))
                 ? "yes"
                 : "no";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*field.enum_type(),
                      repeated ? reflection.GetRepeatedEnumValue(message, &field, index)
                               : reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection.GetRepeatedString(message, &field, index)
                      : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(repeated ? reflection.GetRepeatedMessage(message, &field, index)
                                  : reflection.GetMessage(message, &field),
                         zone);
  }
  return "";
}

std::string OnePathText(const Message& root, absl::string_view path, absl::TimeZone zone) {
  const Message* message = &root;
  while (true) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr) return "";
    if (dot == absl::string_view::npos) return FieldText(*message, *field, zone);
    if (field->is_repeated() || field->message_type() == nullptr ||
        !message->GetReflection()->HasField(*message, field)) {
      return "";
    }
    message = &message->GetReflection()->GetMessage(*message, field);
    path.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string TimeText(const Timestamp& time, absl::TimeZone zone) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  const absl::Time moment = absl::FromUnixSeconds(time.seconds());
  const absl::CivilSecond civil = absl::ToCivilSecond(moment, zone);
  const bool midnight = civil.hour() == 0 && civil.minute() == 0 && civil.second() == 0;
  return absl::FormatTime(midnight ? "%Y-%m-%d" : "%Y-%m-%d %H:%M", moment, zone);
}

std::string EnumText(const google::protobuf::EnumDescriptor& type, int number) {
  if (number == 0) return "";
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  const absl::string_view prefix =
      absl::StripSuffix(type.FindValueByNumber(0)->name(), "UNSPECIFIED");
  return Words(absl::AsciiStrToLower(absl::StripPrefix(value->name(), prefix)));
}

std::string Words(absl::string_view name) { return absl::StrReplaceAll(name, {{"_", " "}}); }

std::string Title(absl::string_view name) {
  std::string title = Words(absl::StripSuffix(name, "_time"));
  if (!title.empty()) title[0] = absl::ascii_toupper(static_cast<unsigned char>(title[0]));
  return title;
}

std::string FieldText(const Message& message, const FieldDescriptor& field, absl::TimeZone zone) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    return reflection.HasField(message, &field) ? ValueText(message, field, 0, zone) : "";
  }
  std::string text;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", ValueText(message, field, i, zone));
  }
  return text;
}

std::string PathText(const Message& message, absl::string_view paths, absl::TimeZone zone) {
  for (const absl::string_view path : absl::StrSplit(paths, '|')) {
    std::string text = OnePathText(message, path, zone);
    if (!text.empty()) return text;
  }
  return "";
}

}  // namespace yilan::cli
