#include "clients/simulate/calendar.h"

#include "absl/strings/str_format.h"

namespace yilan::simulate {
namespace {

constexpr absl::CivilDay kEpoch(1970, 1, 1);
constexpr Seconds kEastOfGreenwich = 8 * kHour;

}  // namespace

Seconds StartOf(absl::CivilDay day) { return (day - kEpoch) * kDay - kEastOfGreenwich; }

absl::CivilDay DayOf(Seconds time) {
  const Seconds local = time + kEastOfGreenwich;
  return kEpoch + (local >= 0 ? local / kDay : (local - kDay + 1) / kDay);
}

void SetTime(Seconds time, google::protobuf::Timestamp& out) { out.set_seconds(time); }

void SetPeriod(Seconds start, Seconds end, v1::TimePeriod& out) {
  SetTime(start, *out.mutable_start_time());
  if (end != 0) SetTime(end, *out.mutable_end_time());
}

std::string YearMonth(absl::CivilDay day) {
  return absl::StrFormat("%02d%02d", day.year() % 100, day.month());
}

}  // namespace yilan::simulate
