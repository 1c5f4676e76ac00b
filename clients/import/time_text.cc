#include "clients/import/time_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "base/status_macros.h"

namespace yilan {
namespace {

constexpr absl::string_view kUnixSeconds = "unix_seconds";
constexpr absl::string_view kUnixMillis = "unix_millis";
constexpr absl::string_view kUnixMicros = "unix_micros";
// No calendar goes further, and products with it do not overflow.
constexpr int64_t kLongestShift = 4'000'000;

bool InRange(absl::Time time) {
  static const absl::Time first = absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone());
  static const absl::Time limit =
      absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone());
  return time >= first && time < limit;
}

bool ParseUnix(absl::string_view text, absl::string_view format, absl::Time& time) {
  int64_t count = 0;
  if (!absl::SimpleAtoi(text, &count)) return false;
  if (format == kUnixSeconds) {
    time = absl::FromUnixSeconds(count);
  } else if (format == kUnixMillis) {
    time = absl::FromUnixMillis(count);
  } else {
    time = absl::FromUnixMicros(count);
  }
  return true;
}

bool IsUnix(absl::string_view format) {
  return format == kUnixSeconds || format == kUnixMillis || format == kUnixMicros;
}

// `date` moved by months, kept within the month it lands in.
absl::CivilDay PlusMonths(absl::CivilDay date, int64_t months) {
  const absl::CivilMonth month = absl::CivilMonth(date) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  return std::min(absl::CivilDay(month) + (date.day() - 1), last);
}

}  // namespace

const std::vector<std::string>& UsualTimeFormats() {
  static const auto& formats =
      *new std::vector<std::string>{"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M:%E*S",
                                    "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d %H:%M", "%Y-%m-%d"};
  return formats;
}

absl::Status CheckTimeFormat(absl::string_view format) {
  if (IsUnix(format)) return absl::OkStatus();
  // Conversions that a date can be read with.
  constexpr absl::string_view kKnown = "YmdHMSyjeBbhAaIpTDFRzZnt%sE";
  bool any = false;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i == format.size() || kKnown.find(format[i]) == absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "has an unknown conversion `%", i < format.size() ? format.substr(i, 1) : "",
          "`; write for example %Y-%m-%d %H:%M:%S, or unix_seconds, unix_millis, unix_micros"));
    }
    any = true;
  }
  if (any) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "has no conversion; write for example %Y-%m-%d %H:%M:%S, or unix_seconds, unix_millis, "
      "unix_micros");
}

std::string ReadingFormat(absl::string_view format) {
  return absl::StrReplaceAll(format, {{"%%", "%%"}, {"%Y", "%E4Y"}});
}

absl::StatusOr<absl::Time> ParseTimeText(absl::string_view text,
                                         const std::vector<std::string>& formats,
                                         absl::TimeZone zone) {
  for (const std::string& format : formats) {
    absl::Time time;
    std::string ignored;
    const bool read = IsUnix(format) ? ParseUnix(text, format, time)
                                     : absl::ParseTime(format, text, zone, &time, &ignored);
    if (!read) continue;
    // absl::ParseTime reads "infinite-future" too.
    if (!InRange(time)) return absl::InvalidArgumentError("is not within the years 1 to 9999");
    return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("is not a time written as ",
                   formats.size() == 1 ? absl::StrReplaceAll(formats.front(), {{"%E4Y", "%Y"}})
                                       : "2024-02-29 13:45:00",
                   formats.size() == 1 ? "" : "; say how it is written with `format`"));
}

absl::StatusOr<absl::TimeZone> ParseTimeZone(absl::string_view name) {
  absl::TimeZone zone;
  if (absl::StartsWith(name, "+") || absl::StartsWith(name, "-")) {
    absl::Time offset;
    std::string ignored;
    if (absl::ParseTime("%Y-%m-%d%Ez", absl::StrCat("2000-01-01", name), &offset, &ignored)) {
      const absl::Time midnight = absl::FromCivil(absl::CivilDay(2000, 1, 1), absl::UTCTimeZone());
      return absl::FixedTimeZone(static_cast<int>(absl::ToInt64Seconds(midnight - offset)));
    }
  } else if (!absl::StartsWith(name, "/") && !absl::StrContains(name, "..") &&
             !absl::StartsWith(name, "file:") && absl::LoadTimeZone(name, &zone)) {
    return zone;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`", name, "` is not a time zone; write Asia/Shanghai, America/New_York, UTC or +08:00"));
}

absl::StatusOr<absl::Time> ShiftTime(absl::Time time, absl::string_view by, absl::TimeZone zone) {
  const absl::Status invalid = absl::InvalidArgumentError(
      "cannot be shifted; write the shift as `3 days` or `-12 months` (hours, days, weeks, months, "
      "years)");
  absl::string_view text = absl::StripAsciiWhitespace(by);
  const size_t number_end = text.find_first_not_of("+-0123456789");
  int64_t count = 0;
  if (number_end == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(0, number_end), &count) || std::abs(count) > kLongestShift) {
    return invalid;
  }
  absl::string_view unit = absl::StripLeadingAsciiWhitespace(text.substr(number_end));
  absl::ConsumeSuffix(&unit, "s");

  absl::Time shifted;
  if (unit == "hour") {
    shifted = time + absl::Hours(count);
  } else {
    const absl::CivilSecond civil = absl::ToCivilSecond(time, zone);
    absl::CivilDay date(civil);
    if (unit == "day") {
      date += count;
    } else if (unit == "week") {
      date += 7 * count;
    } else if (unit == "month") {
      date = PlusMonths(date, count);
    } else if (unit == "year") {
      date = PlusMonths(date, 12 * count);
    } else {
      return invalid;
    }
    const absl::Duration fraction = time - absl::FromCivil(civil, zone);
    shifted = absl::FromCivil(absl::CivilSecond(date.year(), date.month(), date.day(), civil.hour(),
                                                civil.minute(), civil.second()),
                              zone);
    // Only what is below a second: in the repeated hour the difference is the hour itself.
    if (fraction > absl::ZeroDuration() && fraction < absl::Seconds(1)) shifted += fraction;
  }
  if (!InRange(shifted)) return absl::InvalidArgumentError("is shifted out of the years 1 to 9999");
  return shifted;
}

}  // namespace yilan
