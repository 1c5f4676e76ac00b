#include "server/call/unary_call.h"

#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "base/fault_points.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/validation/field_rules.h"
#include "core/validation/parse.h"
#include "server/call/call_log.h"
#include "server/call/error_status.h"
#include "server/call/wire.h"

namespace yilan::server {
namespace {

absl::Status Validate(const Message& request) {
  core::Violations violations;
  core::CheckFieldRules(request, "", violations);
  return violations.ToStatus();
}

absl::StatusOr<grpc_slice> SliceOf(absl::StatusOr<core::SharedBytes> bytes) {
  if (!bytes.ok()) return std::move(bytes).status();
  return ReferTo(*std::move(bytes));
}

}  // namespace

void UnaryCall::ArmOne(const CallSurroundings& surroundings, Poller& poller,
                       const BoundMethod& method) {
  auto& spare = poller.spare_calls();
  std::unique_ptr<UnaryCall> call;
  if (spare.empty()) {
    call = std::make_unique<UnaryCall>(surroundings, poller);
  } else {
    call = std::move(spare.back());
    spare.pop_back();
  }
  // From here on it belongs to the events it waits for; Recycle takes it back.
  call.release()->Arm(method);
}

void UnaryCall::Arm(const BoundMethod& method) {
  method_ = &method;
  if (!call_.Request(surroundings_.server, method.service->RegistrationOf(method),
                     poller_.queue().cq(), event_)) {
    delete this;  // The server shuts down.
  }
}

void UnaryCall::OnEvent(bool ok) {
  if (active_) return OnPartEnded();
  if (!ok) {  // The same, noticed later.
    delete this;
    return;
  }
  active_ = true;
  parts_ = 1;
  ArmOne(surroundings_, poller_, *method_);
  OnArrival();
}

void UnaryCall::OnArrival() {
  arrival_ = gpr_now(GPR_CLOCK_MONOTONIC);
  poller_.cells(method_->metric).Started();
  if (method_->method->handle_open) return AnswerOpen();
  if (absl::Status status = Admit(); !status.ok()) return Answer(std::move(status));
  if (method_->method->try_at_once && ServeAtOnce()) return;
  parts_ = 2;
  call_.WatchEnd(over_);
  if (!surroundings_.executor.Submit(*this)) Answer(BusyError("calls waiting"));
}

absl::Status UnaryCall::Admit() {
  const GateOptions& options = surroundings_.gate.options();
  const bool full = poller_.in_flight() >= options.max_in_flight / surroundings_.pollers;
  poller_.CallBegan();
  counted_ = true;
  RETURN_IF_ERROR(surroundings_.gate.Enter(*method_->method, arrival_, call_.arrived(),
                                           poller_.identity(), caller_));
  if (full) return BusyError("calls in flight");
  if (const size_t size = call_.message_size(); size > options.max_message_bytes) {
    return TooLargeError(size, options.max_message_bytes);
  }
  if (call_.is_compressed()) return CompressedError();
  if (!call_.has_message()) return MalformedError(method_->method->request->GetTypeName());
  return absl::OkStatus();
}

void UnaryCall::AnswerOpen() {
  google::protobuf::Arena& arena = poller_.arena();
  Message* request = method_->method->request->New(&arena);
  absl::Status status = core::ParseMessage(call_.MessageBytes(), *request);
  if (status.ok()) {
    Answer(SliceOf(method_->method->handle_open(*request)));
  } else {
    Answer(std::move(status));
  }
  arena.Reset();
}

bool UnaryCall::ServeAtOnce() {
  const Method& method = *method_->method;
  google::protobuf::Arena& arena = poller_.arena();
  Message* request = method.request->New(&arena);
  absl::Status status = core::ParseMessage(call_.MessageBytes(), *request);
  if (status.ok()) status = Validate(*request);
  bool served = true;
  if (!status.ok()) {
    Answer(std::move(status));
  } else if (auto answer = method.try_at_once(*caller_.platform, caller_.call, *request)) {
    Answer(SliceOf(*std::move(answer)));
  } else {
    served = false;
  }
  arena.Reset();
  return served;
}

absl::StatusOr<grpc_slice> UnaryCall::Serve(google::protobuf::Arena& arena) {
  const Method& method = *method_->method;
  Message* request = method.request->New(&arena);
  RETURN_IF_ERROR(core::ParseMessage(call_.MessageBytes(), *request));
  if (method.request_id != nullptr) {
    request_id_ = request->GetReflection()->GetString(*request, method.request_id);
    if (!IsUuid(request_id_)) request_id_.clear();
  }
  RETURN_IF_ERROR(Validate(*request));
  if (method.handle_bytes) {
    return SliceOf(method.handle_bytes(*caller_.platform, caller_.call, *request));
  }
  Message* response = method.response->New(&arena);
  RETURN_IF_ERROR(method.handle(*caller_.platform, caller_.call, *request, *response));
  return SerializeToSlice(*response);
}

bool UnaryCall::Abandoned() const {
  return cancelled_.load(std::memory_order_acquire) || caller_.call.deadline <= absl::Now();
}

void UnaryCall::Run(google::protobuf::Arena& arena) { Answer(Serve(arena)); }

void UnaryCall::Drop() {
  // A call whose deadline has passed is cancelled by gRPC as well.
  Answer(caller_.call.deadline <= absl::Now() ? DeadlineError() : CancelledError());
}

void UnaryCall::Answer(absl::StatusOr<grpc_slice> answer) {
  // Clients refuse what is longer than they take, and their users could not tell why.
  if (const size_t max = surroundings_.gate.options().max_answer_bytes;
      answer.ok() && GRPC_SLICE_LENGTH(*answer) > max) {
    const size_t bytes = GRPC_SLICE_LENGTH(*answer);
    grpc_slice_unref(*answer);
    answer = AnswerTooLargeError(bytes, max);
  }
  if (answer.ok()) {
    call_.SendAnswer(*answer, event_);
    PassFaultPoint(FaultPoint::kAfterReply);
  } else {
    status_ = answer.status();
    call_.SendError(ToGrpcStatus(status_), event_);
  }
}

void UnaryCall::OnOver() {
  if (call_.cancelled()) cancelled_.store(true, std::memory_order_release);
  OnPartEnded();
}

void UnaryCall::OnPartEnded() {
  if (--parts_ > 0) return;
  RecordEnd();
  Recycle();
}

void UnaryCall::RecordEnd() {
  // What the caller saw: gRPC tells it that the deadline passed, or it gave up itself.
  if (status_.ok() && call_.cancelled()) {
    status_ = caller_.call.deadline <= absl::Now() ? DeadlineError() : CancelledError();
  }
  const int64_t nanos = NanosSince(arrival_);
  poller_.cells(method_->metric).Handled(static_cast<grpc::StatusCode>(status_.code()), nanos);
  if (surroundings_.log.Enabled(SeverityOf(status_.code()))) {
    LogCall(surroundings_.log, {.path = method_->method->path,
                                .client = caller_.call.client,
                                .request_id = request_id_,
                                .traceparent = call_.arrived().Metadata("traceparent"),
                                .status = status_,
                                .nanos = nanos});
  }
  if (!counted_) return;
  poller_.CallEnded();
  if (surroundings_.gate.closed() && poller_.in_flight() == 0) surroundings_.on_idle();
}

void UnaryCall::Recycle() {
  call_.Clear();
  caller_.platform = nullptr;
  caller_.hold.reset();
  status_ = absl::OkStatus();
  request_id_.clear();
  active_ = false;
  counted_ = false;
  cancelled_.store(false, std::memory_order_relaxed);
  poller_.spare_calls().emplace_back(this);
}

}  // namespace yilan::server
