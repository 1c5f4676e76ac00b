#include "core/errors.h"

#include <algorithm>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"

namespace yilan::core {
namespace {

struct StoreError {
  v1::ErrorReason reason;
  absl::Duration retry_after;
};

StoreError StoreErrorOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kAborted:
      return {v1::ERROR_REASON_WRITE_CONTENTION, absl::Milliseconds(50)};
    case absl::StatusCode::kResourceExhausted:
      return {v1::ERROR_REASON_STORE_FULL, absl::ZeroDuration()};
    case absl::StatusCode::kUnavailable:
      return {v1::ERROR_REASON_STORE_UNAVAILABLE, absl::Seconds(1)};
    case absl::StatusCode::kDeadlineExceeded:
      return {v1::ERROR_REASON_DEADLINE_PASSED, absl::ZeroDuration()};
    case absl::StatusCode::kCancelled:
      return {v1::ERROR_REASON_CALL_CANCELLED, absl::ZeroDuration()};
    case absl::StatusCode::kUnknown:
      return {v1::ERROR_REASON_OUTCOME_UNKNOWN, absl::ZeroDuration()};
    case absl::StatusCode::kDataLoss:
      return {v1::ERROR_REASON_STORED_DATA_DAMAGED, absl::ZeroDuration()};
    default:
      return {v1::ERROR_REASON_INTERNAL, absl::ZeroDuration()};
  }
}

// Empty when there is none.
google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kErrorInfoUrl);
  google::rpc::ErrorInfo info;
  if (payload.has_value() && !info.ParseFromString(std::string(*payload))) info.Clear();
  return info;
}

}  // namespace

absl::Status ErrorWithReason(absl::StatusCode code, v1::ErrorReason reason,
                             absl::string_view message, const Metadata& metadata,
                             absl::Duration retry_after) {
  absl::Status status(code, message);
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonName(reason));
  info.set_domain("yilan");
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  if (retry_after > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(retry_after));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(retry_after % absl::Seconds(1))));
    status.SetPayload(kRetryInfoUrl, absl::Cord(retry.SerializeAsString()));
  }
  return status;
}

absl::Status FromStore(const absl::Status& status) {
  if (status.ok() || status.GetPayload(kErrorInfoUrl).has_value()) return status;
  const StoreError error = StoreErrorOf(status.code());
  // Codes without a reason of their own mean that core used the store wrongly.
  const absl::StatusCode code =
      error.reason == v1::ERROR_REASON_INTERNAL ? absl::StatusCode::kInternal : status.code();
  absl::Status reported =
      ErrorWithReason(code, error.reason, status.message(), {}, error.retry_after);
  status.ForEachPayload([&reported](absl::string_view type, const absl::Cord& payload) {
    reported.SetPayload(type, payload);
  });
  return reported;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", InfoOf(status).reason()), &reason);
  return reason;
}

Metadata MetadataOf(const absl::Status& status) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  Metadata metadata(info.metadata().begin(), info.metadata().end());
  std::sort(metadata.begin(), metadata.end());
  return metadata;
}

std::string ReasonName(v1::ErrorReason reason) {
  return std::string(absl::StripPrefix(v1::ErrorReason_Name(reason), "ERROR_REASON_"));
}

void Violations::Add(std::string field, std::string description) {
  if (++count_ <= kMaxReported) list_.push_back({std::move(field), std::move(description)});
}

absl::Status Violations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  google::rpc::BadRequest bad_request;
  for (const Violation& violation : list_) {
    auto* field = bad_request.add_field_violations();
    field->set_field(violation.field);
    field->set_description(violation.description);
  }
  const Violation& first = list_.front();
  std::string message =
      absl::StrCat(first.field, first.field.empty() ? "" : ": ", first.description);
  if (count_ > 1) absl::StrAppend(&message, " (and ", count_ - 1, " more)");
  absl::Status status =
      ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_FIELDS, message);
  status.SetPayload(kBadRequestUrl, absl::Cord(bad_request.SerializeAsString()));
  return status;
}

std::vector<Violation> ViolationsOf(const absl::Status& status) {
  std::vector<Violation> violations;
  const auto payload = status.GetPayload(kBadRequestUrl);
  google::rpc::BadRequest bad_request;
  if (payload.has_value() && bad_request.ParseFromString(std::string(*payload))) {
    for (const auto& field : bad_request.field_violations()) {
      violations.push_back({field.field(), field.description()});
    }
  }
  if (violations.empty()) violations.push_back({"", std::string(status.message())});
  return violations;
}

}  // namespace yilan::core
