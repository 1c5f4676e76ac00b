// What is known of the place where output goes.
#ifndef YILAN_CLIENTS_CLI_TERMINAL_H_
#define YILAN_CLIENTS_CLI_TERMINAL_H_

#include <cstdio>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace yilan::cli {

enum class ColorMode { kAuto, kAlways, kNever };

// How to make a piece of text stand out.
enum class Emphasis { kNone, kStrong, kWeak, kBad, kGood, kWarning };

// How to write for a reader. A value type.
struct Terminal {
  bool color = false;
  // Columns; 0 for no limit, as in a file or pipe.
  int width = 0;
  // In which times are shown.
  absl::TimeZone zone = absl::UTCTimeZone();

  // `text` with the escape sequences for an emphasis, if there are colours.
  std::string Emphasized(absl::string_view text, Emphasis emphasis) const;
};

// Describes `stream`. Colours by itself on a terminal that has them, unless NO_COLOR is set
// (https://no-color.org).
Terminal TerminalOf(std::FILE* stream, ColorMode mode, absl::TimeZone zone);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_TERMINAL_H_
