#include "clients/cli/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/text/currency.h"
#include "clients/text/utf8.h"

namespace yilan::cli {
namespace {

constexpr absl::Duration kBarInterval = absl::Milliseconds(100);
constexpr absl::Duration kLineInterval = absl::Seconds(5);
constexpr int kLongestBar = 30;
constexpr char kClearLine[] = "\r\x1b[K";

double Share(const ProgressFigures& figures) {
  if (figures.bytes_total == 0) return 1;
  return std::min(
      1.0, static_cast<double>(figures.bytes_done) / static_cast<double>(figures.bytes_total));
}

std::string Remaining(absl::Duration remaining) {
  if (remaining == absl::InfiniteDuration()) return "-:--";
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(remaining, absl::Seconds(1)));
  if (seconds >= 3600) {
    return absl::StrFormat("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
  return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
}

}  // namespace

std::string ProgressLine(const ProgressFigures& figures) {
  return absl::StrCat(
      absl::StrFormat("%3d %%", static_cast<int>(Share(figures) * 100)), "  ",
      FormatCount(figures.rows), " ", figures.unit, "  ", FormatCount(figures.facts), " facts  ",
      FormatCount(std::llround(figures.facts_per_second)), "/s  ETA ", Remaining(figures.remaining),
      "  rejected ", FormatCount(figures.rejected_rows));
}

std::string ProgressBar(const ProgressFigures& figures, const Terminal& terminal) {
  const std::string line = ProgressLine(figures);
  const int room = terminal.width - DisplayWidth(line) - 4;
  const int length = std::min(room, kLongestBar);
  if (length < 5) return Shortened(line, terminal.width);
  const int filled = static_cast<int>(Share(figures) * length);
  std::string bar(static_cast<size_t>(filled), '=');
  if (filled < length) bar += '>';
  bar.resize(static_cast<size_t>(length), ' ');
  return absl::StrCat("[", terminal.Emphasized(bar, Emphasis::kGood), "] ", line);
}

Progress::Progress(std::FILE* stream, const Terminal& terminal, bool quiet, absl::Time start,
                   uint64_t bytes_before, int64_t facts_before)
    : stream_(stream),
      terminal_(terminal),
      quiet_(quiet),
      start_(start),
      bytes_before_(bytes_before),
      facts_before_(facts_before),
      next_(start) {}

void Progress::Show(ProgressFigures figures, absl::Time now) {
  if (quiet_ || now < next_) return;
  const bool bar = terminal_.width > 0;
  // A log wants to hear first when there is something to tell.
  if (!bar && figures.rows == 0) return;
  next_ = now + (bar ? kBarInterval : kLineInterval);
  const double seconds = std::max(absl::ToDoubleSeconds(now - start_), 1e-3);
  figures.facts_per_second = static_cast<double>(figures.facts - facts_before_) / seconds;
  const double done = static_cast<double>(figures.bytes_done - bytes_before_);
  if (done > 0) {
    figures.remaining = absl::Seconds(
        seconds * static_cast<double>(figures.bytes_total - figures.bytes_done) / done);
  }
  const std::string text = bar ? absl::StrCat(kClearLine, ProgressBar(figures, terminal_))
                               : absl::StrCat(ProgressLine(figures), "\n");
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

void Progress::Clear() {
  if (quiet_ || terminal_.width == 0) return;
  std::fputs(kClearLine, stream_);
  std::fflush(stream_);
}

}  // namespace yilan::cli
