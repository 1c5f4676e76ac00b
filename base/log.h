// The log: one JSON object per line and event, for machines first.
//
//   log.Info("listening", {{"address", "127.0.0.1:50051"}, {"workers", 16}});
//   {"time":"2024-05-01T10:00:00.123456Z","severity":"INFO","message":"listening","address":…}
//
// A message says what happened in fixed words; what varies goes into the fields. Neither carries
// personal data: no names, numbers or payloads of customers, no secrets.
//
// Writing a line costs the caller its formatting: a thread of the log's own does the I/O, so that a
// slow terminal or pipe never holds up a call. When that thread falls kMaxPending behind, lines are
// dropped and counted in the next one that is written.
//
// Thread-safe. There is no global log: who logs is given one.
#ifndef YILAN_BASE_LOG_H_
#define YILAN_BASE_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/mutex.h"

namespace yilan {

enum class Severity { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning" or "error"; nothing for anything else.
std::optional<Severity> ParseSeverity(absl::string_view name);
absl::string_view SeverityName(Severity severity);

// Appends `text` to `out` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(absl::string_view text, std::string& out);

// One thing that varies. The name is a JSON-safe constant in snake_case.
class LogField {
 public:
  LogField(const char* name, absl::string_view value) : name_(name), value_(value) {}
  LogField(const char* name, const char* value) : name_(name), value_(absl::string_view(value)) {}
  LogField(const char* name, const std::string& value)
      : name_(name), value_(absl::string_view(value)) {}
  LogField(const char* name, bool value) : name_(name), value_(value) {}
  LogField(const char* name, double value) : name_(name), value_(value) {}
  template <typename T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  LogField(const char* name, T value) : name_(name), value_(static_cast<int64_t>(value)) {}

  void AppendTo(std::string& line) const;

 private:
  absl::string_view name_;
  std::variant<absl::string_view, int64_t, double, bool> value_;
};

class Log {
 public:
  // Writes events of at least `minimum` to the file descriptor, which stays the caller's.
  Log(int fd, Severity minimum);
  // Writes out what is pending, unless nobody has read for a second.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool Enabled(Severity severity) const { return severity >= minimum_; }
  void Write(Severity severity, absl::string_view message, absl::Span<const LogField> fields);

  using Fields = std::initializer_list<LogField>;
  void Debug(absl::string_view message, Fields fields = {}) {
    Write(Severity::kDebug, message, fields);
  }
  void Info(absl::string_view message, Fields fields = {}) {
    Write(Severity::kInfo, message, fields);
  }
  void Warning(absl::string_view message, Fields fields = {}) {
    Write(Severity::kWarning, message, fields);
  }
  void Error(absl::string_view message, Fields fields = {}) {
    Write(Severity::kError, message, fields);
  }

  // Returns when everything written before is out.
  void Flush();

  static constexpr size_t kMaxPending = size_t{1} << 20;  // Bytes.

 private:
  void WriteLoop();
  // False when the log ends and nobody reads.
  bool WriteOut(absl::string_view text);

  const int fd_;
  const Severity minimum_;
  Mutex mutex_;
  CondVar changed_;
  std::string pending_ ABSL_GUARDED_BY(mutex_);
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread writer_;
};

}  // namespace yilan

#endif  // YILAN_BASE_LOG_H_
