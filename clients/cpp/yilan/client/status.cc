#include "yilan/client/status.h"

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace yilan::client {

std::string Status::ToString() const {
  return absl::StrCat(absl::StatusCodeToString(code), reason.empty() ? "" : " (", reason,
                      reason.empty() ? "" : ")", message.empty() ? "" : ": ", message);
}

Status ErrorOf(absl::StatusCode code, std::string message) {
  Status status;
  status.code = code;
  status.message = std::move(message);
  return status;
}

Status StatusFromGrpc(const grpc::Status& grpc_status) {
  // The codes of gRPC and abseil are the same numbers.
  Status status =
      ErrorOf(static_cast<absl::StatusCode>(grpc_status.error_code()), grpc_status.error_message());
  google::rpc::Status details;
  if (status.ok() || !details.ParseFromString(grpc_status.error_details())) return status;
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info)) {
      status.reason = info.reason();
      status.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (detail.Is<google::rpc::BadRequest>() && detail.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        status.violations.push_back({violation.field(), violation.description()});
      }
    } else if (detail.Is<google::rpc::RetryInfo>() && detail.UnpackTo(&retry)) {
      status.retry_delay = absl::Seconds(retry.retry_delay().seconds()) +
                           absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  return status;
}

}  // namespace yilan::client
