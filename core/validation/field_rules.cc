#include "core/validation/field_rules.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <limits>
#include <string>
#include <typeinfo>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "core/validation/message_plan.h"
#include "core/validation/text.h"
#include "yilan/v1/time_period.pb.h"

namespace yilan::core {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

// Deeper messages are refused: the types of the contract end at 7.
constexpr int kMaxDepth = 32;

// More are reported as too many items, and not looked at.
constexpr int kMaxMaskPaths = 1000;

constexpr int64_t kMinSeconds = kMinTime / 1000000;
constexpr int64_t kMaxSeconds = kMaxTime / 1000000;

// Where the walker is. Lives on the stack; the text is made only when something is wrong.
struct Place {
  const Place* above = nullptr;
  absl::string_view name;
  int index = -1;  // Of an element of a repeated field.

  std::string ToString() const {
    std::string path = above == nullptr ? "" : above->ToString();
    absl::StrAppend(&path, path.empty() || name.empty() ? "" : ".", name);
    if (index >= 0) absl::StrAppend(&path, "[", index, "]");
    return path;
  }
};

// 1234567 as "1,234,567".
std::string WithCommas(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string Signed(int64_t number) {
  const uint64_t magnitude =
      number < 0 ? uint64_t{0} - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  return absl::StrCat(number < 0 ? "-" : "", WithCommas(magnitude));
}

bool IsFieldMaskPath(absl::string_view path) {
  bool at_start = true;
  for (const char c : path) {
    if (c == '.') {
      if (at_start) return false;
      at_start = true;
    } else if (absl::ascii_islower(c) || (!at_start && (absl::ascii_isdigit(c) || c == '_'))) {
      at_start = false;
    } else {
      return false;
    }
  }
  return !at_start;
}

// `message`, which has the type of T by name, as a T. One of a class made at run time is copied.
template <typename T>
const T& As(const Message& message, T& copy) {
  if (typeid(message) == typeid(T)) return static_cast<const T&>(message);
  copy.ParsePartialFromString(message.SerializePartialAsString());
  return copy;
}

class Walker {
 public:
  explicit Walker(Violations& violations) : violations_(violations) {}

  // `optional`: fields that may be left out, whatever their rules; null for none.
  void Check(const Message& message, const MessagePlan& plan, const Place& place, int depth,
             const std::vector<const FieldDescriptor*>* optional = nullptr) {
    if (depth > kMaxDepth) {
      Report(place, absl::StrCat("is nested too deeply; at most ", kMaxDepth, " levels are taken"));
      return;
    }
    if (plan.special == MessagePlan::Special::kTimestamp) {
      Timestamp copy;
      CheckTimestamp(As(message, copy), place);
      return;
    }
    if (plan.special == MessagePlan::Special::kTimePeriod) {
      v1::TimePeriod copy;
      CheckPeriod(As(message, copy), place);
      return;
    }
    const Reflection& reflection = plan.ReflectionOf(message);
    for (const FieldPlan& field : plan.fields) {
      const Place here{&place, field.field->name()};
      if (optional != nullptr && !optional->empty() && !field.repeated &&
          !reflection.HasField(message, field.field) &&
          std::find(optional->begin(), optional->end(), field.field) != optional->end()) {
        continue;
      }
      if (field.repeated) {
        CheckRepeated(message, reflection, field, here, depth);
      } else {
        CheckSingle(message, reflection, field, here, depth);
      }
    }
    if (plan.special == MessagePlan::Special::kFieldMask) {
      FieldMask copy;
      CheckFieldMask(As(message, copy), place);
    }
  }

 private:
  void Report(const Place& place, std::string description) {
    violations_.Add(place.ToString(), std::move(description));
  }

  void CheckSingle(const Message& message, const Reflection& reflection, const FieldPlan& plan,
                   const Place& place, int depth) {
    const FieldDescriptor* field = plan.field;
    if (plan.has_presence && !reflection.HasField(message, field)) {
      // A member of a oneof that is not the chosen one is not missing.
      if (plan.required && field->real_containing_oneof() == nullptr) ReportMissing(plan, place);
      return;
    }
    switch (plan.type) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        CheckString(reflection.GetStringReference(message, field, &scratch), plan, place);
        break;
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        CheckEnum(reflection.GetEnumValue(message, field), plan, place);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        CheckNumber(reflection.GetInt32(message, field), plan, place);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        CheckNumber(reflection.GetInt64(message, field), plan, place);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        CheckNumber(reflection.GetUInt32(message, field), plan, place);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        CheckUnsigned(reflection.GetUInt64(message, field), plan, place);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Check(reflection.GetMessage(message, field), *plan.nested, place, depth + 1,
              &plan.optional);
        break;
      default:
        if (plan.required && !reflection.HasField(message, field)) ReportMissing(plan, place);
    }
  }

  void CheckRepeated(const Message& message, const Reflection& reflection, const FieldPlan& plan,
                     const Place& place, int depth) {
    const FieldDescriptor* field = plan.field;
    const int size = reflection.FieldSize(message, field);
    if (size == 0) {
      if (plan.required) Report(place, "is empty; state at least one");
      return;
    }
    int checked = size;
    if (size > plan.max_items) {
      Report(place,
             absl::StrCat("has ", WithCommas(static_cast<uint64_t>(size)), " items; at most ",
                          WithCommas(static_cast<uint64_t>(plan.max_items)), " are taken"));
      checked = plan.max_items;
    }
    Place element = place;
    for (element.index = 0; element.index < checked; ++element.index) {
      const int i = element.index;
      switch (plan.type) {
        case FieldDescriptor::CPPTYPE_STRING: {
          std::string scratch;
          CheckString(reflection.GetRepeatedStringReference(message, field, i, &scratch), plan,
                      element);
          break;
        }
        case FieldDescriptor::CPPTYPE_ENUM:
          CheckEnum(reflection.GetRepeatedEnumValue(message, field, i), plan, element);
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          CheckNumber(reflection.GetRepeatedInt32(message, field, i), plan, element);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          CheckNumber(reflection.GetRepeatedInt64(message, field, i), plan, element);
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
          CheckNumber(reflection.GetRepeatedUInt32(message, field, i), plan, element);
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          CheckUnsigned(reflection.GetRepeatedUInt64(message, field, i), plan, element);
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          Check(reflection.GetRepeatedMessage(message, field, i), *plan.nested, element, depth + 1);
          break;
        default:
          return;
      }
    }
  }

  void ReportMissing(const FieldPlan& plan, const Place& place) {
    Report(place, plan.form.empty() ? "is missing; it must be stated"
                                    : absl::StrCat("is missing; state ", plan.form));
  }

  void CheckString(const std::string& text, const FieldPlan& plan, const Place& place) {
    if (text.empty()) {
      if (plan.required) ReportMissing(plan, place);
      return;
    }
    if (text.size() > plan.max_bytes) {
      Report(place, absl::StrCat("is ", WithCommas(text.size()), " bytes long; at most ",
                                 WithCommas(plan.max_bytes), " are taken"));
      return;
    }
    if (!plan.is_text) return;
    const size_t clean = CleanTextPrefix(text);
    if (clean != text.size()) {
      Report(place, text[clean] == '\0' ? absl::StrCat("has a NUL character at byte ",
                                                       WithCommas(clean), "; take it out")
                                        : absl::StrCat("is not UTF-8 from byte ", WithCommas(clean),
                                                       " on; send text as UTF-8"));
      return;
    }
    if (plan.pattern != nullptr && !RE2::FullMatch(text, *plan.pattern)) {
      Report(place, absl::StrCat("is not in the form asked for; state ", plan.form));
    }
  }

  void CheckEnum(int value, const FieldPlan& plan, const Place& place) {
    if (value == 0) {
      if (plan.required) ReportMissing(plan, place);
      return;
    }
    if (plan.field->enum_type()->FindValueByNumber(value) == nullptr) {
      Report(place, absl::StrCat("is ", value, ", which is not defined; state ", plan.form));
    }
  }

  void CheckNumber(int64_t value, const FieldPlan& plan, const Place& place) {
    if (value == 0 && plan.required) {
      Report(place, "is missing or 0; state another number");
    } else if (value < plan.min) {
      Report(place, absl::StrCat("is too small; at least ", Signed(plan.min), " is taken"));
    } else if (value > plan.max) {
      Report(place, absl::StrCat("is too large; at most ", Signed(plan.max), " is taken"));
    }
  }

  void CheckUnsigned(uint64_t value, const FieldPlan& plan, const Place& place) {
    // No limit is beyond what a signed number holds; what is larger counts as the largest of these
    // unless nothing limits it.
    constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
    if (value > kLargest && plan.max != std::numeric_limits<int64_t>::max()) {
      Report(place, absl::StrCat("is too large; at most ", Signed(plan.max), " is taken"));
    } else {
      CheckNumber(static_cast<int64_t>(std::min(value, kLargest)), plan, place);
    }
  }

  void CheckTimestamp(const Timestamp& time, const Place& place) {
    if (time.seconds() < kMinSeconds || time.seconds() > kMaxSeconds) {
      Report(place, "is outside the years 1 to 9999; state a time within them");
    } else if (time.nanos() < 0 || time.nanos() > 999999999) {
      Report(place, "has nanos outside 0 to 999,999,999; state the fraction of a second in them");
    }
  }

  void CheckPeriod(const v1::TimePeriod& period, const Place& place) {
    const Timestamp& start = period.start_time();
    const Timestamp& end = period.end_time();
    if (period.has_start_time()) CheckTimestamp(start, Place{&place, "start_time"});
    if (period.has_end_time()) CheckTimestamp(end, Place{&place, "end_time"});
    if (!period.has_start_time() || !period.has_end_time()) return;
    // Finer parts than a microsecond are not stored, so they do not make a period either.
    if (std::pair(start.seconds(), start.nanos() / 1000) >=
        std::pair(end.seconds(), end.nanos() / 1000)) {
      Report(Place{&place, "end_time"},
             "is not later than start_time; state a later time, or none if there is no end");
    }
  }

  void CheckFieldMask(const FieldMask& mask, const Place& place) {
    for (int i = 0; i < std::min(mask.paths_size(), kMaxMaskPaths); ++i) {
      const std::string& path = mask.paths(i);
      // What is no text has been reported already.
      if (CleanTextPrefix(path) == path.size() && !IsFieldMaskPath(path)) {
        Report(Place{&place, "paths", i},
               "is not a field path; state names of fields as the .proto files write them, "
               "separated by dots");
      }
    }
  }

  Violations& violations_;
};

void Clear(Message& message, const MessagePlan& plan, int depth) {
  if (depth > kMaxDepth) return;
  const Reflection& reflection = plan.ReflectionOf(message);
  for (const FieldDescriptor* field : plan.output_only) reflection.ClearField(&message, field);
  for (const FieldPlan* above : plan.above_output_only) {
    if (above->repeated) {
      const int size = reflection.FieldSize(message, above->field);
      for (int i = 0; i < size; ++i) {
        Clear(*reflection.MutableRepeatedMessage(&message, above->field, i), *above->nested,
              depth + 1);
      }
    } else if (reflection.HasField(message, above->field)) {
      Clear(*reflection.MutableMessage(&message, above->field), *above->nested, depth + 1);
    }
  }
}

}  // namespace

void CheckFieldRules(const Message& message, absl::string_view path, Violations& violations) {
  Walker(violations).Check(message, PlanOf(message.GetDescriptor()), Place{nullptr, path}, 0);
}

void ClearOutputOnlyFields(Message& message) {
  const MessagePlan& plan = PlanOf(message.GetDescriptor());
  if (plan.has_output_only()) Clear(message, plan, 0);
}

}  // namespace yilan::core
