// Fields of messages as people read them: times, money, enums, found by reflection, so that new
// kinds of fact can be shown without new code.
#ifndef YILAN_CLIENTS_CLI_FIELD_TEXT_H_
#define YILAN_CLIENTS_CLI_FIELD_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace yilan::cli {

// "2024-02-01 13:45", or the date alone at midnight; empty for a time that is not set.
std::string TimeText(const google::protobuf::Timestamp& time, absl::TimeZone zone);
// "in progress" for TROUBLE_TICKET_STATUS_IN_PROGRESS; empty for UNSPECIFIED. A value that this
// program does not know is its number.
std::string EnumText(const google::protobuf::EnumDescriptor& type, int number);
// A name of the contract in words: "customer bills" for "customer_bills".
std::string Words(absl::string_view name);
// The same with a capital, as a title: "Customer bills", "Customer since" for
// "customer_since_time".
std::string Title(absl::string_view name);

// The text of one field; elements of a list are separated by commas. Empty when it is not set.
std::string FieldText(const google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor& field, absl::TimeZone zone);
// The text of the field with this path ("source.key"); of the first of several separated by `|`
// that is set. Empty when there is none.
std::string PathText(const google::protobuf::Message& message, absl::string_view paths,
                     absl::TimeZone zone);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_FIELD_TEXT_H_
