// The fields of a profile, and what a source record says about each.
//
// A field of CustomerProfile takes its values from the field of SourceRecord with the same name and
// type. All functions are pure and thread-safe.
//
//   for (const ProfileField& field : ProfileFields()) {
//     if (States(record, field)) std::cout << field.name() << ": " << TextOf(record, field);
//   }
#ifndef YILAN_CORE_SURVIVORSHIP_PROFILE_FIELDS_H_
#define YILAN_CORE_SURVIVORSHIP_PROFILE_FIELDS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

// One field of the profile, and where source records state it.
struct ProfileField {
  const google::protobuf::FieldDescriptor* target = nullptr;
  const google::protobuf::FieldDescriptor* source = nullptr;
  size_t index = 0;  // Its place in ProfileFields().

  const std::string& name() const { return target->name(); }
  // Whether its values are texts or lists, which have a length, or dates and times, which have an
  // order.
  bool HasLength() const;
  bool HasOrder() const;
};

// In the order of CustomerProfile.
absl::Span<const ProfileField> ProfileFields();
// Nothing when there is no such field.
const ProfileField* FindProfileField(absl::string_view name);

// Whether a text says something: "", " - ", "N/A", "unknown" and 不详 do not. Upper and lower case
// are the same.
bool SaysSomething(absl::string_view text);

// Whether the field is set in the record, to whatever.
bool Sets(const v1::SourceRecord& record, const ProfileField& field);
// Whether the record says something about the field: it is set, for a text to one that says
// something and, for a birth date, not to 1900-01-01, and a list has an element that does.
bool States(const v1::SourceRecord& record, const ProfileField& field);

// The value as text, for people: elements of a list are separated by "; ".
std::string TextOf(const v1::SourceRecord& record, const ProfileField& field);
// Equal for values that differ only in how they are written: in case, width, blanks and
// punctuation, and for lists in their order. Not for people.
std::string ComparableValue(const v1::SourceRecord& record, const ProfileField& field);
// How long the value is: characters of a text, elements of a list. HasLength() holds.
int64_t LengthOf(const v1::SourceRecord& record, const ProfileField& field);
// A number that is greater for later dates and times. HasOrder() holds.
int64_t OrderOf(const v1::SourceRecord& record, const ProfileField& field);

}  // namespace yilan::core

#endif  // YILAN_CORE_SURVIVORSHIP_PROFILE_FIELDS_H_
