#include "server/call/call_log.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "core/errors.h"

namespace yilan::server {
namespace {

bool IsLowerHex(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && !(c >= 'a' && c <= 'f'))
      return false;
  }
  return true;
}

}  // namespace

Severity SeverityOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return Severity::kDebug;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnknown:
      return Severity::kError;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
      return Severity::kWarning;
    default:
      return Severity::kInfo;
  }
}

void LogCall(Log& log, const CallRecord& call) {
  const Severity severity = SeverityOf(call.status.code());
  if (!log.Enabled(severity)) return;
  const std::string reason = core::ReasonName(core::ReasonOf(call.status));
  const std::string code = absl::StatusCodeToString(call.status.code());
  std::vector<LogField> fields = {{"method", call.path},
                                  {"code", code},
                                  {"duration_us", call.nanos / 1000},
                                  {"client", call.client}};
  if (!call.status.ok()) fields.emplace_back("reason", reason);
  if (!call.request_id.empty()) fields.emplace_back("request_id", call.request_id);
  if (const auto trace_id = TraceId(call.traceparent); !trace_id.empty()) {
    fields.emplace_back("trace_id", trace_id);
  }
  // Only what went wrong within the server needs its message here; the others quote the request.
  if (severity == Severity::kError) fields.emplace_back("error", call.status.message());
  log.Write(severity, call.status.ok() ? "call" : "call failed", fields);
}

absl::string_view TraceId(absl::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" flags
  if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-') return {};
  const absl::string_view id = traceparent.substr(3, 32);
  return IsLowerHex(id) ? id : absl::string_view();
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i])))
      return false;
  }
  return true;
}

}  // namespace yilan::server
