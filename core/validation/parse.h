// Bytes from outside into messages, with an error that says what is wrong with them.
//
//   v1::GetCustomerRequest request;
//   RETURN_IF_ERROR(ParseMessage(bytes, request));
//
// Protobuf refuses a message with a string that is not UTF-8 as a whole; the caller who sent it
// needs to know which string.
#ifndef YILAN_CORE_VALIDATION_PARSE_H_
#define YILAN_CORE_VALIDATION_PARSE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace yilan::core {

// Parses `bytes` into `message`, whose contents are undefined after an error. Costs what protobuf
// costs unless there is an error. Errors: INVALID_FIELDS naming each string that is not UTF-8;
// MALFORMED_MESSAGE for any other bytes that are not the message. Thread-safe.
absl::Status ParseMessage(absl::string_view bytes, google::protobuf::Message& message);

}  // namespace yilan::core

#endif  // YILAN_CORE_VALIDATION_PARSE_H_
