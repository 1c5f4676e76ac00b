// Times as source systems write them. Thread-safe.
#ifndef YILAN_CLIENTS_IMPORT_TIME_TEXT_H_
#define YILAN_CLIENTS_IMPORT_TIME_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace yilan {

// Formats that are tried when a mapping names none: RFC 3339, the same without a time zone, with a
// blank for the T, and a date alone.
const std::vector<std::string>& UsualTimeFormats();

// Whether `format` can be used: one of absl::ParseTime's (as strftime has them; %Ez for +08:00), or
// unix_seconds, unix_millis, unix_micros. Errors: INVALID_ARGUMENT.
absl::Status CheckTimeFormat(absl::string_view format);

// A format as ParseTimeText wants it: with years of four digits, so that %Y%m%d reads 20240229.
std::string ReadingFormat(absl::string_view format);

// Reads `text` by the first format that fits. A time without an offset is one of `zone`; a time
// that the clocks skip there counts as if they had not been turned yet, and one that comes twice
// is the first. Errors: INVALID_ARGUMENT, with a message that fits behind the name of a field; also
// for times outside the years 1 to 9999.
absl::StatusOr<absl::Time> ParseTimeText(absl::string_view text,
                                         const std::vector<std::string>& formats,
                                         absl::TimeZone zone);

// A zone by its name ("Asia/Shanghai", "UTC") or offset ("+08:00"). Errors: INVALID_ARGUMENT.
absl::StatusOr<absl::TimeZone> ParseTimeZone(absl::string_view name);

// Moves a time by "3 days", "-12 months", "1 year" … (hours, days, weeks, months, years) on the
// calendar of `zone`; a day that the month does not have becomes its last. Errors:
// INVALID_ARGUMENT.
absl::StatusOr<absl::Time> ShiftTime(absl::Time time, absl::string_view by, absl::TimeZone zone);

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_TIME_TEXT_H_
