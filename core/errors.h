// Errors as callers see them: an absl::Status that carries the details of google.rpc.Status as
// payloads.
//
// Every error that leaves core/ has exactly one ErrorInfo, with a reason of yilan.v1.ErrorReason
// and domain "yilan"; BadRequest and RetryInfo come beside it where they apply. The server puts the
// payloads into the trailer as they are. Messages carry no personal data.
//
//   return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_FACT_NOT_FOUND, "no such
//   bill; …"); Violations violations; violations.Add("customer_bill.amount", "is missing; state
//   what is to be paid"); RETURN_IF_ERROR(violations.ToStatus());
#ifndef YILAN_CORE_ERRORS_H_
#define YILAN_CORE_ERRORS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "yilan/v1/error_reason.pb.h"

namespace yilan::core {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// An error with its ErrorInfo; with a RetryInfo too if `retry_after` is positive.
absl::Status ErrorWithReason(absl::StatusCode code, v1::ErrorReason reason,
                             absl::string_view message, const Metadata& metadata = {},
                             absl::Duration retry_after = absl::ZeroDuration());

// The error that callers get for an error of the store: its code, and the reason that belongs to
// it. An error that has a reason already, and OK, pass unchanged.
absl::Status FromStore(const absl::Status& status);

// The reason of an error, UNSPECIFIED when it has none.
v1::ErrorReason ReasonOf(const absl::Status& status);

// The metadata of an error's ErrorInfo, sorted by key.
Metadata MetadataOf(const absl::Status& status);

// The name of a reason as ErrorInfo carries it: "FACT_NOT_FOUND".
std::string ReasonName(v1::ErrorReason reason);

// The type URLs under which the payloads are attached.
inline constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";
inline constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

// One broken rule: the path of the field, and what is wrong with it.
struct Violation {
  std::string field;
  std::string description;
};

// Collects everything that is wrong with a request, so that the caller learns it all at once.
class Violations {
 public:
  // Keeps the first kMaxReported; the rest is counted in the message of the status.
  void Add(std::string field, std::string description);
  bool empty() const { return count_ == 0; }
  const std::vector<Violation>& list() const { return list_; }
  // OK when there are none; else INVALID_ARGUMENT with reason INVALID_FIELDS and a BadRequest.
  absl::Status ToStatus() const;

  static constexpr size_t kMaxReported = 100;

 private:
  std::vector<Violation> list_;
  size_t count_ = 0;
};

// The violations of an INVALID_FIELDS status; for any other error, one that has no field and the
// message of the status.
std::vector<Violation> ViolationsOf(const absl::Status& status);

}  // namespace yilan::core

#endif  // YILAN_CORE_ERRORS_H_
