#include "clients/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace yilan::cli {
namespace {

constexpr int kUsualWidth = 80;
constexpr int kNarrowest = 40;

absl::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int WidthOf(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col < kNarrowest ? kNarrowest : size.ws_col;
  }
  int columns = 0;
  if (absl::SimpleAtoi(Variable("COLUMNS"), &columns) && columns >= kNarrowest) return columns;
  return kUsualWidth;
}

absl::string_view Sequence(Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::kNone:
      return "";
    case Emphasis::kStrong:
      return "\x1b[1m";
    case Emphasis::kWeak:
      return "\x1b[2m";
    case Emphasis::kBad:
      return "\x1b[1;31m";
    case Emphasis::kGood:
      return "\x1b[32m";
    case Emphasis::kWarning:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace

std::string Terminal::Emphasized(absl::string_view text, Emphasis emphasis) const {
  if (!color || emphasis == Emphasis::kNone || text.empty()) return std::string(text);
  return absl::StrCat(Sequence(emphasis), text, "\x1b[0m");
}

Terminal TerminalOf(std::FILE* stream, ColorMode mode, absl::TimeZone zone) {
  Terminal terminal;
  terminal.zone = zone;
  const int descriptor = fileno(stream);
  const bool is_terminal = isatty(descriptor) != 0;
  if (is_terminal) terminal.width = WidthOf(descriptor);
  switch (mode) {
    case ColorMode::kAuto:
      terminal.color = is_terminal && Variable("NO_COLOR").empty() && Variable("TERM") != "dumb";
      break;
    case ColorMode::kAlways:
      terminal.color = true;
      break;
    case ColorMode::kNever:
      break;
  }
  return terminal;
}

}  // namespace yilan::cli
