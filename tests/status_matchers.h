// Matchers for absl::Status and absl::StatusOr.
//
//   EXPECT_THAT(store.CheckReady({}), IsOk());
//   EXPECT_THAT(reader.Get(key), StatusIs(absl::StatusCode::kNotFound));
#ifndef YILAN_TESTS_STATUS_MATCHERS_H_
#define YILAN_TESTS_STATUS_MATCHERS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

namespace yilan {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Matches a Status or StatusOr with this code.
MATCHER_P(StatusIs, code, "has the code " + absl::StatusCodeToString(code)) {
  *result_listener << "which is " << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

// Matches a Status or StatusOr that is OK.
inline auto IsOk() { return StatusIs(absl::StatusCode::kOk); }

}  // namespace yilan

#endif  // YILAN_TESTS_STATUS_MATCHERS_H_
