#include "server/call/gate.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "grpc/support/time.h"

namespace yilan::server {
namespace {

using core::ErrorWithReason;

// How long until the deadline that the caller set; infinite when it set none.
absl::Duration TimeLeft(gpr_timespec deadline, gpr_timespec now) {
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return absl::InfiniteDuration();
  }
  if (deadline.clock_type != now.clock_type) {
    deadline = gpr_convert_clock_type(deadline, now.clock_type);
  }
  return absl::Seconds(deadline.tv_sec - now.tv_sec) +
         absl::Nanoseconds(deadline.tv_nsec - now.tv_nsec);
}

}  // namespace

absl::Status Gate::Enter(const Method& method, gpr_timespec now, const ArrivedCall& arrived,
                         ClientIdentity& identity, Caller& caller) const {
  if (closed()) return ShuttingDownError();
  absl::Duration left = TimeLeft(arrived.deadline(), now);
  if (left <= absl::ZeroDuration()) return DeadlineError();
  if (!method.streams()) {
    if (left == absl::InfiniteDuration()) left = options_.default_deadline;
    left = std::min(left, options_.max_deadline);
  }
  caller.call.deadline =
      left == absl::InfiniteDuration() ? absl::InfiniteFuture() : absl::Now() + left;
  RETURN_IF_ERROR(identity.Identify(arrived.call(), caller.call.client));
  RETURN_IF_ERROR(platforms_.Find(arrived, caller));
  if (authorize_) return authorize_(caller.call, method);
  return absl::OkStatus();
}

int64_t NanosSince(gpr_timespec start) {
  const gpr_timespec elapsed = gpr_time_sub(gpr_now(GPR_CLOCK_MONOTONIC), start);
  return elapsed.tv_sec * 1'000'000'000 + elapsed.tv_nsec;
}

absl::Status ShuttingDownError() {
  return ErrorWithReason(absl::StatusCode::kUnavailable, v1::ERROR_REASON_SHUTTING_DOWN,
                         "the server is shutting down; call another one, or this one again when it "
                         "is back",
                         {}, absl::Seconds(1));
}

absl::Status BusyError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_SERVER_BUSY,
                         absl::StrCat("the server has as many ", what,
                                      " as it takes; try again after the time in RetryInfo"),
                         {}, absl::Milliseconds(100));
}

absl::Status TooLargeError(size_t bytes, size_t max_bytes) {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_TOO_LARGE,
                         absl::StrCat("the message has ", bytes, " bytes, more than the ",
                                      max_bytes, " that the server takes; send less at a time"),
                         {{"bytes", absl::StrCat(bytes)}, {"max_bytes", absl::StrCat(max_bytes)}});
}

absl::Status AnswerTooLargeError(size_t bytes, size_t max_bytes) {
  return ErrorWithReason(
      absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_TOO_LARGE,
      absl::StrCat("the answer has ", bytes, " bytes, more than the ", max_bytes,
                   " that are sent; ask for less at a time: fewer sections or customers, smaller "
                   "limits or pages"),
      {{"bytes", absl::StrCat(bytes)}, {"max_bytes", absl::StrCat(max_bytes)}});
}

absl::Status MalformedError(absl::string_view message_name) {
  return ErrorWithReason(
      absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_MALFORMED_MESSAGE,
      absl::StrCat("the bytes are not a ", message_name,
                   "; use code generated from this server's protos, and UTF-8 in every string"));
}

absl::Status CompressedError() {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_MALFORMED_MESSAGE,
                         "the message is compressed, which this server does not take: a few bytes "
                         "could become gigabytes; send it uncompressed");
}

absl::Status DeadlineError() {
  return ErrorWithReason(absl::StatusCode::kDeadlineExceeded, v1::ERROR_REASON_DEADLINE_PASSED,
                         "the deadline passed before the work was begun; nothing was done");
}

absl::Status CancelledError() {
  return ErrorWithReason(absl::StatusCode::kCancelled, v1::ERROR_REASON_CALL_CANCELLED,
                         "the caller gave up before the work was begun; nothing was done");
}

}  // namespace yilan::server
