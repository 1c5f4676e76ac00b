// Checks messages against the rules that are written beside their fields (yilan.v1.FieldRules).
//
// One walker for every message. It reports all violations, each with the path of its field in the
// caller's terms
// ("customer_bill.lines[2].amount"). It also refuses in any string: NUL, bytes that are not UTF-8,
// and more than max_bytes; enum values that are not defined; timestamps outside years 1 to 9999 and
// periods that end before they start; repeated fields with too many items; field masks with unknown
// paths are the business of the caller, who knows the message they are for.
//
// The rules of a message type are compiled once and then read without locks. Thread-safe.
#ifndef YILAN_CORE_VALIDATION_FIELD_RULES_H_
#define YILAN_CORE_VALIDATION_FIELD_RULES_H_

#include "absl/strings/string_view.h"
#include "core/errors.h"
#include "google/protobuf/message.h"

namespace yilan::core {

// Adds what is wrong with `message` to `violations`; paths begin with `path`, which may be empty.
void CheckFieldRules(const google::protobuf::Message& message, absl::string_view path,
                     Violations& violations);

// Clears the fields that only the server sets, so that a message that was read can be written back.
void ClearOutputOnlyFields(google::protobuf::Message& message);

}  // namespace yilan::core

#endif  // YILAN_CORE_VALIDATION_FIELD_RULES_H_
