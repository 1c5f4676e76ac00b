#include "core/survivorship/profile_fields.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/facts/times.h"
#include "core/identity/identifiers.h"
#include "google/protobuf/util/time_util.h"
#include "yilan/v1/customer_view.pb.h"

namespace yilan::core {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

constexpr char kNoBirthDate[] = "1900-01-01";  // What systems store that must store one.

// Blanks and dashes of Chinese input methods: U+3000, U+2014, U+2013, U+FF0D, U+FF0F.
constexpr std::array<absl::string_view, 5> kWideBlanks = {
    "\xe3\x80\x80", "\xe2\x80\x94", "\xe2\x80\x93", "\xef\xbc\x8d", "\xef\xbc\x8f"};
// In lower case, without blanks and punctuation around them. A surname may be Null or None, and
// "na" is a name, so these are not here.
constexpr std::array<absl::string_view, 9> kPlaceholders = {
    "n/a", "unknown", "undefined", "not available", "未知", "不详", "不明", "暂无", "无"};

const Reflection& Of(const v1::SourceRecord&) { return *v1::SourceRecord::GetReflection(); }

bool IsBlank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_isascii(byte) && !absl::ascii_isalnum(byte);
}

absl::string_view WithoutBlanks(absl::string_view text) {
  for (size_t size = text.size() + 1; text.size() < size;) {
    size = text.size();
    while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
    while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
    for (const absl::string_view blank : kWideBlanks) {
      absl::ConsumePrefix(&text, blank);
      absl::ConsumeSuffix(&text, blank);
    }
  }
  return text;
}

void AppendPart(absl::string_view part, absl::string_view separator, std::string& text) {
  if (part.empty()) return;
  absl::StrAppend(&text, text.empty() ? "" : separator, part);
}

std::string TextOfMedium(const v1::ContactMedium& medium) {
  std::string text = medium.value();
  AppendPart(medium.postal_code(), ", ", text);
  AppendPart(medium.city(), ", ", text);
  AppendPart(medium.state_or_province(), ", ", text);
  return text;
}

std::string ComparableMedium(const v1::ContactMedium& medium) {
  std::string value;
  if (medium.type() == v1::CONTACT_MEDIUM_TYPE_PHONE) {
    value = NormalizeIdentifier(v1::IDENTIFIER_TYPE_MSISDN, medium.value());
  } else if (medium.type() == v1::CONTACT_MEDIUM_TYPE_EMAIL) {
    value = NormalizeIdentifier(v1::IDENTIFIER_TYPE_EMAIL, medium.value());
  } else {
    value = FoldName(TextOfMedium(medium));
  }
  return absl::StrCat(medium.type(), " ", value);
}

// Dates, codes and many names: FoldName does no more to them than FoldPlainWords, at many times the
// cost.
bool IsPlainWords(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == ' ' || c == '-' || absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

std::string FoldPlainWords(absl::string_view text) {
  std::string folded;
  for (const char c : text) {
    if (c != ' ' && c != '-') {
      folded.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    } else if (!folded.empty() && folded.back() != ' ') {
      folded.push_back(' ');
    }
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

template <typename T, typename Text>
std::vector<std::string> Texts(const google::protobuf::RepeatedPtrField<T>& values, Text text_of) {
  std::vector<std::string> texts;
  texts.reserve(static_cast<size_t>(values.size()));
  for (const T& value : values) texts.push_back(text_of(value));
  return texts;
}

std::string JoinedSet(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return absl::StrJoin(values, absl::string_view("\0", 1));
}

const std::string& StringOf(const v1::SourceRecord& record, const ProfileField& field,
                            std::string& scratch) {
  return Of(record).GetStringReference(record, field.source, &scratch);
}

template <typename T>
bool AnySaysSomething(const google::protobuf::RepeatedPtrField<T>& values) {
  return std::any_of(values.begin(), values.end(),
                     [](const T& value) { return SaysSomething(value.value()); });
}

}  // namespace

bool ProfileField::HasLength() const {
  return source->is_repeated() ||
         (source->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !HasOrder());
}

bool ProfileField::HasOrder() const {
  return source->number() == v1::SourceRecord::kBirthDateFieldNumber ||
         source->number() == v1::SourceRecord::kCustomerSinceTimeFieldNumber;
}

absl::Span<const ProfileField> ProfileFields() {
  static const auto* const fields = [] {
    auto* list = new std::vector<ProfileField>;
    const auto* profile = v1::CustomerProfile::descriptor();
    for (int i = 0; i < profile->field_count(); ++i) {
      const auto* source =
          v1::SourceRecord::descriptor()->FindFieldByName(profile->field(i)->name());
      if (source != nullptr) list->push_back({profile->field(i), source, list->size()});
    }
    return list;
  }();
  return *fields;
}

const ProfileField* FindProfileField(absl::string_view name) {
  for (const ProfileField& field : ProfileFields()) {
    if (field.name() == name) return &field;
  }
  return nullptr;
}

bool SaysSomething(absl::string_view text) {
  const absl::string_view bare = WithoutBlanks(text);
  if (bare.empty()) return false;
  for (const absl::string_view placeholder : kPlaceholders) {
    if (absl::EqualsIgnoreCase(bare, placeholder)) return false;
  }
  return true;
}

bool Sets(const v1::SourceRecord& record, const ProfileField& field) {
  return field.source->is_repeated() ? Of(record).FieldSize(record, field.source) > 0
                                     : Of(record).HasField(record, field.source);
}

bool States(const v1::SourceRecord& record, const ProfileField& field) {
  switch (field.source->number()) {
    case v1::SourceRecord::kContactMediaFieldNumber:
      return AnySaysSomething(record.contact_media());
    case v1::SourceRecord::kIdentificationsFieldNumber:
      return AnySaysSomething(record.identifications());
    default:
      break;
  }
  if (!Sets(record, field)) return false;
  if (field.source->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return true;
  std::string scratch;
  const std::string& text = StringOf(record, field, scratch);
  if (field.source->number() == v1::SourceRecord::kBirthDateFieldNumber && text == kNoBirthDate) {
    return false;
  }
  return SaysSomething(text);
}

std::string TextOf(const v1::SourceRecord& record, const ProfileField& field) {
  switch (field.source->number()) {
    case v1::SourceRecord::kContactMediaFieldNumber:
      return absl::StrJoin(Texts(record.contact_media(), TextOfMedium), "; ");
    case v1::SourceRecord::kIdentificationsFieldNumber:
      return absl::StrJoin(
          Texts(record.identifications(),
                [](const v1::PartyIdentification& document) { return document.value(); }),
          "; ");
    case v1::SourceRecord::kCustomerSinceTimeFieldNumber:
      return google::protobuf::util::TimeUtil::ToString(record.customer_since_time());
    default:
      break;
  }
  if (field.source->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return Of(record).GetEnum(record, field.source)->name();
  }
  return Of(record).GetString(record, field.source);
}

std::string ComparableValue(const v1::SourceRecord& record, const ProfileField& field) {
  switch (field.source->number()) {
    case v1::SourceRecord::kContactMediaFieldNumber:
      return JoinedSet(Texts(record.contact_media(), ComparableMedium));
    case v1::SourceRecord::kIdentificationsFieldNumber:
      return JoinedSet(Texts(record.identifications(), [](const v1::PartyIdentification& document) {
        return absl::StrCat(document.type(), " ",
                            NormalizeIdentifier(document.type(), document.value()));
      }));
    default:
      break;
  }
  if (field.source->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return absl::StrCat(Of(record).GetEnumValue(record, field.source));
  }
  if (field.source->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return TextOf(record, field);
  std::string scratch;
  const std::string& text = StringOf(record, field, scratch);
  return IsPlainWords(text) ? FoldPlainWords(text) : FoldName(text);
}

int64_t LengthOf(const v1::SourceRecord& record, const ProfileField& field) {
  if (field.source->is_repeated()) return Of(record).FieldSize(record, field.source);
  std::string scratch;
  const absl::string_view text = absl::StripAsciiWhitespace(StringOf(record, field, scratch));
  // Every byte of UTF-8 but those that continue a character.
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

int64_t OrderOf(const v1::SourceRecord& record, const ProfileField& field) {
  if (field.source->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return MicrosOf(record.customer_since_time());
  }
  int64_t digits = 0;  // YYYY-MM-DD
  std::string scratch;
  for (const char c : StringOf(record, field, scratch)) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) digits = digits * 10 + (c - '0');
  }
  return digits;
}

}  // namespace yilan::core
