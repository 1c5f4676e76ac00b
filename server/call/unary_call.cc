#include "server/call/unary_call.h"

#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/validation/field_rules.h"
#include "server/call/call_log.h"
#include "server/call/error_status.h"
#include "server/call/metadata.h"
#include "server/call/wire.h"

namespace yilan::server {
namespace {

absl::Status Validate(const Message& request) {
  core::Violations violations;
  core::CheckFieldRules(request, "", violations);
  return violations.ToStatus();
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
  context_.emplace();
  writer_.emplace(&*context_);
  context_->AsyncNotifyWhenDone(static_cast<Tag*>(&done_));
  method.service->RequestUnary(method.index, *context_, request_, *writer_, poller_.queue(),
                               static_cast<Tag*>(this));
}

void UnaryCall::OnEvent(bool ok) {
  if (active_) return OnPartEnded();
  if (!ok) {  // The server shuts down; of a call that never began there is no other notice.
    delete this;
    return;
  }
  active_ = true;
  parts_ = 2;
  ArmOne(surroundings_, poller_, *method_);
  OnArrival();
}

void UnaryCall::OnArrival() {
  arrival_ = gpr_now(GPR_CLOCK_MONOTONIC);
  poller_.cells(method_->metric).Started();
  if (method_->method->handle_open) return AnswerOpen();
  if (absl::Status status = Admit(); !status.ok()) return Answer(std::move(status));
  if (method_->method->try_at_once && ServeAtOnce()) return;
  if (!surroundings_.executor.Submit(*this)) return Answer(BusyError("calls waiting"));
}

absl::Status UnaryCall::Admit() {
  const GateOptions& options = surroundings_.gate.options();
  const bool full = poller_.in_flight() >= options.max_in_flight / surroundings_.pollers;
  poller_.CallBegan();
  counted_ = true;
  RETURN_IF_ERROR(
      surroundings_.gate.Enter(*method_->method, arrival_, *context_, poller_.identity(), caller_));
  if (full) return BusyError("calls in flight");
  if (const size_t size = request_.Length(); size > options.max_message_bytes) {
    return TooLargeError(size, options.max_message_bytes);
  }
  return absl::OkStatus();
}

void UnaryCall::AnswerOpen() {
  google::protobuf::Arena& arena = poller_.arena();
  Message* request = method_->method->request->New(&arena);
  absl::Status status = ParseMessage(request_, *request);
  if (status.ok()) {
    auto answer = method_->method->handle_open(*request);
    status = answer.status();
    if (status.ok()) response_ = ReferTo(*std::move(answer));
  }
  arena.Reset();
  Answer(std::move(status));
}

bool UnaryCall::ServeAtOnce() {
  google::protobuf::Arena& arena = poller_.arena();
  Message* request = method_->method->request->New(&arena);
  absl::Status status = ParseMessage(request_, *request);
  if (status.ok()) status = Validate(*request);
  if (status.ok()) {
    auto answer = method_->method->try_at_once(*caller_.platform, caller_.call, *request);
    if (!answer.has_value()) {
      arena.Reset();
      return false;
    }
    status = answer->status();
    if (status.ok()) response_ = ReferTo(*std::move(*answer));
  }
  arena.Reset();
  Answer(std::move(status));
  return true;
}

absl::Status UnaryCall::Serve(google::protobuf::Arena& arena) {
  const Method& method = *method_->method;
  Message* request = method.request->New(&arena);
  RETURN_IF_ERROR(ParseMessage(request_, *request));
  request_.Clear();
  if (method.request_id != nullptr) {
    request_id_ = request->GetReflection()->GetString(*request, method.request_id);
    if (!IsUuid(request_id_)) request_id_.clear();
  }
  RETURN_IF_ERROR(Validate(*request));
  if (method.handle_bytes) {
    ASSIGN_OR_RETURN(core::SharedBytes bytes,
                     method.handle_bytes(*caller_.platform, caller_.call, *request));
    response_ = ReferTo(std::move(bytes));
    return absl::OkStatus();
  }
  Message* response = method.response->New(&arena);
  RETURN_IF_ERROR(method.handle(*caller_.platform, caller_.call, *request, *response));
  response_ = SerializeMessage(*response);
  return absl::OkStatus();
}

bool UnaryCall::Abandoned() const {
  return cancelled_.load(std::memory_order_acquire) || caller_.call.deadline <= absl::Now();
}

void UnaryCall::Run(google::protobuf::Arena& arena) { Answer(Serve(arena)); }

void UnaryCall::Drop() {
  // A call whose deadline has passed is cancelled by gRPC as well.
  Answer(caller_.call.deadline <= absl::Now() ? DeadlineError() : CancelledError());
}

void UnaryCall::Answer(absl::Status status) {
  status_ = std::move(status);
  Tag* const sent = this;
  if (status_.ok()) {
    writer_->Finish(response_, grpc::Status::OK, sent);
  } else {
    writer_->FinishWithError(ToGrpcStatus(status_), sent);
  }
}

void UnaryCall::OnDone() {
  if (context_->IsCancelled()) cancelled_.store(true, std::memory_order_release);
  OnPartEnded();
}

void UnaryCall::OnPartEnded() {
  if (--parts_ > 0) return;
  RecordEnd();
  Recycle();
}

void UnaryCall::RecordEnd() {
  // What the caller saw: gRPC tells it that the deadline passed, or it gave up itself.
  if (status_.ok() && cancelled_.load(std::memory_order_relaxed)) {
    status_ = caller_.call.deadline <= absl::Now() ? DeadlineError() : CancelledError();
  }
  const int64_t nanos = NanosSince(arrival_);
  poller_.cells(method_->metric).Handled(static_cast<grpc::StatusCode>(status_.code()), nanos);
  if (surroundings_.log.Enabled(SeverityOf(status_.code()))) {
    LogCall(surroundings_.log, {.path = method_->method->path,
                                .client = caller_.call.client,
                                .request_id = request_id_,
                                .traceparent = MetadataValue(*context_, "traceparent"),
                                .status = status_,
                                .nanos = nanos});
  }
  if (!counted_) return;
  poller_.CallEnded();
  if (surroundings_.gate.closed() && poller_.in_flight() == 0) surroundings_.on_idle();
}

void UnaryCall::Recycle() {
  writer_.reset();
  context_.reset();
  request_.Clear();
  response_.Clear();
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
