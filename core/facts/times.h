// Times between messages and the store.
#ifndef YILAN_CORE_FACTS_TIMES_H_
#define YILAN_CORE_FACTS_TIMES_H_

#include <algorithm>

#include "base/clock.h"
#include "google/protobuf/timestamp.pb.h"
#include "yilan/v1/time_period.pb.h"

namespace yilan::core {

// Finer parts than a microsecond are cut off. `time` is in the range that FieldRules admit.
inline TimeMicros MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000000 + time.nanos() / 1000;
}

inline void SetTimestamp(TimeMicros micros, google::protobuf::Timestamp& time) {
  int64_t seconds = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    --seconds;
    rest += 1000000;
  }
  time.set_seconds(seconds);
  time.set_nanos(static_cast<int32_t>(rest * 1000));
}

inline TimeMicros StartOf(const v1::TimePeriod& period) {
  return period.has_start_time() ? MicrosOf(period.start_time()) : kMinTime;
}
inline TimeMicros EndOf(const v1::TimePeriod& period) {
  return period.has_end_time() ? MicrosOf(period.end_time()) : kMaxTime;
}

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_TIMES_H_
