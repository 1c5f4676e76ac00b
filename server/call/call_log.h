// One line of the log per call: always for a call that failed, for the others at debug.
#ifndef YILAN_SERVER_CALL_CALL_LOG_H_
#define YILAN_SERVER_CALL_CALL_LOG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/log.h"

namespace yilan::server {

// What the log says of a call. No content of the request but its id, which is a UUID.
struct CallRecord {
  absl::string_view path;  // "/yilan.v1.BillingService/GetPayment"
  absl::string_view client;
  absl::string_view request_id;   // Empty when it has none.
  absl::string_view traceparent;  // The W3C header, as it came; empty when there was none.
  const absl::Status& status;
  int64_t nanos = 0;
};

// Errors that are the server's are warnings or errors, those that are the caller's are information.
Severity SeverityOf(absl::StatusCode code);

// Writes the line if the log wants it.
void LogCall(Log& log, const CallRecord& call);

// The trace id in a traceparent header (https://www.w3.org/TR/trace-context/): 32 hexadecimal
// digits; empty when the header is not one.
absl::string_view TraceId(absl::string_view traceparent);

// Whether `text` is a UUID, and so fit for the log.
bool IsUuid(absl::string_view text);

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_CALL_LOG_H_
