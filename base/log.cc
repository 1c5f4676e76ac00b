#include "base/log.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace yilan {
namespace {

constexpr absl::Duration kPollTime = absl::Milliseconds(50);
constexpr absl::Duration kMaxWaitAtEnd = absl::Seconds(1);

// The length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7); 0
// when there is none.
size_t Utf8Length(absl::string_view text) {
  const auto byte = [text](size_t at) -> uint8_t {
    return at < text.size() ? static_cast<uint8_t>(text[at]) : uint8_t{0};
  };
  const auto follows = [&byte](size_t at) { return (byte(at) & 0xc0) == 0x80; };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<Severity> ParseSeverity(absl::string_view name) {
  for (const Severity severity :
       {Severity::kDebug, Severity::kInfo, Severity::kWarning, Severity::kError}) {
    if (name == SeverityName(severity)) return severity;
  }
  return std::nullopt;
}

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "debug";
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      break;
  }
  return "error";
}

void AppendJsonString(absl::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const char c = text[0];
    if (length == 0) {
      absl::StrAppend(&out, "\\ufffd");
    } else if (length > 1) {
      out.append(text.data(), length);
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<uint8_t>(c));
    } else {
      out.push_back(c);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out.push_back('"');
}

void LogField::AppendTo(std::string& line) const {
  absl::StrAppend(&line, ",\"", name_, "\":");
  if (const auto* text = std::get_if<absl::string_view>(&value_)) {
    AppendJsonString(*text, line);
  } else if (const auto* number = std::get_if<int64_t>(&value_)) {
    absl::StrAppend(&line, *number);
  } else if (const auto* fraction = std::get_if<double>(&value_)) {
    // JSON has no word for infinity or not-a-number.
    absl::StrAppend(&line, std::isfinite(*fraction) ? absl::StrCat(*fraction) : "null");
  } else {
    absl::StrAppend(&line, std::get<bool>(value_) ? "true" : "false");
  }
}

Log::Log(int fd, Severity minimum) : fd_(fd), minimum_(minimum) {
  writer_ = std::thread([this] { WriteLoop(); });
}

Log::~Log() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  writer_.join();
}

void Log::Write(Severity severity, absl::string_view message, absl::Span<const LogField> fields) {
  if (!Enabled(severity)) return;
  std::string line = "{\"time\":\"";
  absl::StrAppend(&line,
                  absl::FormatTime("%E4Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()),
                  "\",\"severity\":\"");
  for (const char c : SeverityName(severity)) line.push_back(static_cast<char>(c - 'a' + 'A'));
  absl::StrAppend(&line, "\",\"message\":");
  AppendJsonString(message, line);
  for (const LogField& field : fields) field.AppendTo(line);

  MutexLock lock(mutex_);
  if (pending_.size() + line.size() > kMaxPending) {
    ++dropped_;
    return;
  }
  if (dropped_ > 0)
    absl::StrAppend(&line, ",\"lines_dropped_before\":", std::exchange(dropped_, 0));
  absl::StrAppend(&pending_, line, "}\n");
  changed_.SignalAll();
}

void Log::Flush() {
  MutexLock lock(mutex_);
  while (!pending_.empty() || writing_) changed_.Wait(mutex_);
}

void Log::WriteLoop() {
  std::string batch;
  while (true) {
    {
      MutexLock lock(mutex_);
      writing_ = false;
      changed_.SignalAll();
      while (pending_.empty() && !stopping_) changed_.Wait(mutex_);
      if (pending_.empty()) return;
      batch.clear();
      batch.swap(pending_);
      writing_ = true;
    }
    if (!WriteOut(batch)) return;
  }
}

bool Log::WriteOut(absl::string_view text) {
  absl::Duration waited_at_end;
  while (!text.empty()) {
    // A pipe that is ready takes this much without blocking.
    pollfd ready = {.fd = fd_, .events = POLLOUT};
    if (poll(&ready, 1, absl::ToInt64Milliseconds(kPollTime)) == 0) {
      MutexLock lock(mutex_);
      if (!stopping_) continue;
      waited_at_end += kPollTime;
      if (waited_at_end < kMaxWaitAtEnd) continue;
      return false;
    }
    const ssize_t written = write(fd_, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written <= 0) return true;  // There is nobody to tell.
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace yilan
