#include "server/call/unknown_call.h"

#include "core/errors.h"
#include "server/call/error_status.h"

namespace yilan::server {

void UnknownCall::ArmOne(const CallSurroundings& surroundings, grpc::AsyncGenericService& service,
                         Poller& poller, size_t metric) {
  auto* call = new UnknownCall(surroundings, service, poller, metric);
  service.RequestCall(&call->context_, &call->stream_, &poller.queue(), &poller.queue(),
                      static_cast<Tag*>(call));
}

void UnknownCall::OnEvent(bool ok) {
  if (arrived_ || !ok) {
    if (arrived_) {
      poller_.cells(metric_).Handled(grpc::StatusCode::UNIMPLEMENTED, NanosSince(arrival_));
    }
    delete this;
    return;
  }
  arrived_ = true;
  arrival_ = gpr_now(GPR_CLOCK_MONOTONIC);
  ArmOne(surroundings_, service_, poller_, metric_);
  poller_.cells(metric_).Started();
  // The name comes from the caller and may be anything: it is not repeated.
  const absl::Status status =
      surroundings_.gate.closed()
          ? ShuttingDownError()
          : core::ErrorWithReason(absl::StatusCode::kUnimplemented, v1::ERROR_REASON_UNKNOWN_METHOD,
                                  "the server has no such method; reflection lists those it has, "
                                  "and an older server may lack new ones");
  stream_.Finish(ToGrpcStatus(status), static_cast<Tag*>(this));
}

}  // namespace yilan::server
