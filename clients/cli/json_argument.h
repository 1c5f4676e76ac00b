// Messages on the command line.
#ifndef YILAN_CLIENTS_CLI_JSON_ARGUMENT_H_
#define YILAN_CLIENTS_CLI_JSON_ARGUMENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "clients/cli/context.h"
#include "google/protobuf/message.h"

namespace yilan::cli {

// Reads a message from JSON, or with @ before it from the named file, or for @- from standard
// input. False when that fails, which was reported with `what`: "the fact".
bool ReadJsonArgument(const std::string& argument, absl::string_view what, Context& context,
                      google::protobuf::Message& message);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_JSON_ARGUMENT_H_
