// --as-of: the moment at which a number or address is looked up.
#ifndef YILAN_CLIENTS_CLI_AS_OF_H_
#define YILAN_CLIENTS_CLI_AS_OF_H_

#include <string>

#include <CLI/CLI.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/context.h"
#include "clients/import/time_text.h"

namespace yilan::cli {

// Adds the option to a command; its text goes to `text`, which outlives the command.
inline void AddAsOfOption(CLI::App& command, std::string& text) {
  command
      .add_option("--as-of", text,
                  "Who held the number or address then, as numbers are given to somebody else: "
                  "2024-02-01, or 2024-02-01T13:45:00+08:00; now by default")
      ->type_name("TIME");
}

// Puts the moment into a request; an empty text is now. False when it is no time, which was
// reported.
template <typename Request>
bool SetAsOf(const std::string& text, Context& context, Request& request) {
  if (text.empty()) return true;
  const auto time = ParseTimeText(text, UsualTimeFormats(), context.Out().zone);
  if (!time.ok()) {
    context.Fail(kUnusable, "--as-of " + std::string(time.status().message()));
    return false;
  }
  const int64_t micros = absl::ToUnixMicros(*time);
  const int64_t seconds = absl::ToUnixSeconds(*time);
  request.mutable_as_of_time()->set_seconds(seconds);
  request.mutable_as_of_time()->set_nanos(
      static_cast<int32_t>((micros - seconds * 1000000) * 1000));
  return true;
}

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_AS_OF_H_
