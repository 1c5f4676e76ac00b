// Dates of the simulated operator, which keeps Chinese time (UTC+8, no daylight saving).
//
// Everything happens before kToday, a fixed day, so that the output does not depend on the clock.
#ifndef YILAN_CLIENTS_SIMULATE_CALENDAR_H_
#define YILAN_CLIENTS_SIMULATE_CALENDAR_H_

#include <cstdint>
#include <string>

#include "absl/time/civil_time.h"
#include "google/protobuf/timestamp.pb.h"
#include "yilan/v1/time_period.pb.h"

namespace yilan::simulate {

// Seconds since 1970-01-01T00:00:00Z.
using Seconds = int64_t;

inline constexpr Seconds kDay = 86400;
inline constexpr Seconds kHour = 3600;
inline constexpr Seconds kMinute = 60;
inline constexpr int64_t kMinutesAnHour = 60;

// 2026-01-01T00:00:00+08:00.
inline constexpr Seconds kToday = 1767196800;

// Midnight at the beginning of a day.
Seconds StartOf(absl::CivilDay day);
absl::CivilDay DayOf(Seconds time);

void SetTime(Seconds time, google::protobuf::Timestamp& out);
// Without end if `end` is 0.
void SetPeriod(Seconds start, Seconds end, v1::TimePeriod& out);

// "2512" for a day in December 2025.
std::string YearMonth(absl::CivilDay day);

}  // namespace yilan::simulate

#endif  // YILAN_CLIENTS_SIMULATE_CALENDAR_H_
