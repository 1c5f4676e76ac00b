// The rules of a message type, compiled: what CheckFieldRules has to look at, and nothing else.
//
// Plans live for ever, as the descriptors of generated code do. A message type from a descriptor
// pool of its own may be used only if that pool lives for ever too.
#ifndef YILAN_CORE_VALIDATION_MESSAGE_PLAN_H_
#define YILAN_CORE_VALIDATION_MESSAGE_PLAN_H_

#include <re2/re2.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace yilan::core {

struct MessagePlan;

// One field that has something to check.
struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  google::protobuf::FieldDescriptor::CppType type;
  bool is_text = false;  // A string, not bytes.
  bool repeated = false;
  bool has_presence = false;  // Messages, members of oneofs and optional fields.
  bool required = false;
  bool limited = false;  // A number with a lowest or highest value.
  uint32_t max_bytes = std::numeric_limits<uint32_t>::max();
  int max_items = 0;
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
  std::unique_ptr<RE2> pattern;
  std::string form;  // What to write, in words: "a UUID", "one of ACTIVE, CLOSED".
  const MessagePlan* nested = nullptr;
  // Fields of `nested` that may be left out here.
  std::vector<const google::protobuf::FieldDescriptor*> optional;
};

struct MessagePlan {
  // Messages that have rules of their own, beyond those of their fields.
  enum class Special { kNone, kTimestamp, kTimePeriod, kFieldMask };

  // Asking a generated message for its reflection goes through a once-flag in the descriptor pool,
  // which would be a quarter of all the work; `reflection` is that of `generated_class`.
  const google::protobuf::Reflection& ReflectionOf(const google::protobuf::Message& message) const {
    return generated_class != nullptr && typeid(message) == *generated_class
               ? *reflection
               : *message.GetReflection();
  }

  Special special = Special::kNone;
  const std::type_info* generated_class = nullptr;  // None for types that are made at run time.
  const google::protobuf::Reflection* reflection = nullptr;
  std::vector<FieldPlan> fields;  // In the order of their declaration.
  std::vector<const google::protobuf::FieldDescriptor*> output_only;
  // Message fields that are not output only, but have output-only fields below them.
  std::vector<const FieldPlan*> above_output_only;
  bool has_output_only() const { return !output_only.empty() || !above_output_only.empty(); }
};

// The plan of a message type. Compiled at the first call for the type, together with those of all
// messages below it; from then on one look-up without a lock. Thread-safe.
const MessagePlan& PlanOf(const google::protobuf::Descriptor* descriptor);

}  // namespace yilan::core

#endif  // YILAN_CORE_VALIDATION_MESSAGE_PLAN_H_
