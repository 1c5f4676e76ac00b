#include "server/call/stream_call.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/validation/field_rules.h"
#include "core/validation/parse.h"
#include "server/call/call_log.h"
#include "server/call/error_status.h"
#include "server/call/wire.h"

namespace yilan::server {

bool OpenStreams::Add(StreamCall& stream) {
  MutexLock lock(mutex_);
  if (closed_ || streams_.size() >= max_) return false;
  streams_.insert(&stream);
  return true;
}

void OpenStreams::Remove(StreamCall& stream) {
  MutexLock lock(mutex_);
  streams_.erase(&stream);
  changed_.SignalAll();
}

size_t OpenStreams::size() const {
  MutexLock lock(mutex_);
  return streams_.size();
}

void OpenStreams::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  // A stream removes itself under this lock before it is gone.
  for (StreamCall* stream : streams_) stream->ShutDown();
}

bool OpenStreams::WaitUntilEmpty(absl::Time until) {
  MutexLock lock(mutex_);
  while (!streams_.empty()) {
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    changed_.WaitFor(mutex_, left);
  }
  return true;
}

void StreamCall::ArmOne(const CallSurroundings& surroundings, OpenStreams& streams, Poller& poller,
                        const BoundMethod& method) {
  auto* call = new StreamCall(surroundings, streams, poller, method);
  call->context_.AsyncNotifyWhenDone(static_cast<Tag*>(&call->done_));
  method.service->RequestStream(method.index, call->context_, call->stream_, poller.queue(),
                                static_cast<Tag*>(&call->arrived_));
}

StreamCall::StreamCall(const CallSurroundings& surroundings, OpenStreams& streams, Poller& poller,
                       const BoundMethod& method)
    : surroundings_(surroundings),
      streams_(streams),
      poller_(poller),
      method_(method),
      stream_(&context_),
      arrived_(*this, &StreamCall::OnArrival),
      read_(*this, &StreamCall::OnRead),
      written_(*this, &StreamCall::OnWritten),
      finished_(*this, &StreamCall::OnFinished),
      done_(*this, &StreamCall::OnDone) {}

void StreamCall::OnArrival(bool ok) {
  if (!ok) {  // The server shuts down.
    delete this;
    return;
  }
  ArmOne(surroundings_, streams_, poller_, method_);
  arrival_ = gpr_now(GPR_CLOCK_MONOTONIC);
  poller_.cells(method_.metric).Started();
  absl::Status status = Begin();
  MutexLock lock(mutex_);
  if (!status.ok()) end_ = std::move(status);
  Advance();
}

absl::Status StreamCall::Begin() {
  const Method& method = *method_.method;
  if (method.open_stream || method.open_parts) {
    RETURN_IF_ERROR(surroundings_.gate.Enter(method, arrival_, ArrivedCall(context_),
                                             poller_.identity(), caller_));
  }
  if (method.open_stream) {
    answering_ = method_.method->open_stream(*caller_.platform);
  }
  if (!streams_.Add(*this)) {
    return surroundings_.gate.closed() ? ShuttingDownError() : BusyError("streams open");
  }
  listed_ = true;
  return absl::OkStatus();
}

void StreamCall::OnRead(bool ok) {
  grpc::ByteBuffer message;
  bool over = false;
  {
    MutexLock lock(mutex_);
    reading_ = false;
    message.Swap(&incoming_);
    const bool one_message = !method_.method->open_stream;
    if (!ok || one_message) no_more_input_ = true;
    if (!end_.has_value() && !is_done_) {
      const size_t max = surroundings_.gate.options().max_message_bytes;
      if (ok && message.Length() > max) {
        end_ = TooLargeError(message.Length(), max);
      } else if (!ok && one_message) {
        end_ = MalformedError(method_.method->request->GetTypeName());
      } else if (ok && !method_.method->open_watch) {
        unserved_.push_back(message);
      }
      Advance();
    }
    over = IsOver();
  }
  if (over) return End();
  if (ok && method_.method->open_watch) OpenWatch(message);
}

void StreamCall::OpenWatch(const grpc::ByteBuffer& message) {
  const std::unique_ptr<Message> request(method_.method->request->New());
  const grpc::Slice bytes = OnePiece(message);
  absl::Status status = core::ParseMessage(ViewOf(bytes), *request);
  if (status.ok()) {
    auto watch = method_.method->open_watch(
        *request, [this](core::SharedBytes news) { Tell(std::move(news)); });
    status = watch.status();
    if (status.ok()) watch_ = *std::move(watch);
  }
  if (status.ok()) return;
  MutexLock lock(mutex_);
  end_ = std::move(status);
  Advance();
}

void StreamCall::Tell(core::SharedBytes news) {
  MutexLock lock(mutex_);
  news_ = std::move(news);
  Advance();
}

void StreamCall::ShutDown() {
  MutexLock lock(mutex_);
  if (end_.has_value()) return;
  end_ = ShuttingDownError();
  unserved_.clear();
  Advance();
}

bool StreamCall::Abandoned() const {
  MutexLock lock(mutex_);
  return is_done_;
}

void StreamCall::Run(google::protobuf::Arena&) {
  grpc::ByteBuffer message;
  bool of_use = true;
  {
    MutexLock lock(mutex_);
    if (!unserved_.empty()) {
      message = unserved_.front();
      unserved_.pop_front();
    } else {
      of_use = more_parts_ && !end_.has_value();  // Else ShutDown was quicker.
    }
  }
  absl::StatusOr<Part> part = Part();
  if (of_use && method_.method->open_parts) {
    part = MakePart(message);
  } else if (of_use) {
    absl::StatusOr<grpc::ByteBuffer> answer = ServeMessage(message);
    if (answer.ok()) {
      part->bytes = *std::move(answer);
    } else {
      part = std::move(answer).status();
    }
  }
  bool over = false;
  {
    MutexLock lock(mutex_);
    serving_ = false;
    more_parts_ = part.ok() && part->more;
    if (part.ok() && part->bytes.has_value()) unsent_.push_back(*std::move(part->bytes));
    if (!end_.has_value()) {
      if (!part.ok()) {
        end_ = part.status();
      } else if (method_.method->open_parts && !more_parts_) {
        end_ = absl::OkStatus();
      }
    }
    Advance();
    over = IsOver();
  }
  if (over) End();
}

core::Call StreamCall::CallNow() const {
  core::Call call = caller_.call;
  call.deadline = std::min(call.deadline, absl::Now() + surroundings_.gate.options().max_deadline);
  return call;
}

absl::StatusOr<StreamCall::Part> StreamCall::MakePart(const grpc::ByteBuffer& request) {
  const Method& method = *method_.method;
  if (request.Valid()) {
    const std::unique_ptr<Message> message(method.request->New());
    const grpc::Slice bytes = OnePiece(request);
    RETURN_IF_ERROR(core::ParseMessage(ViewOf(bytes), *message));
    core::Violations violations;
    core::CheckFieldRules(*message, "", violations);
    RETURN_IF_ERROR(violations.ToStatus());
    ASSIGN_OR_RETURN(parts_, method.open_parts(*caller_.platform, *message));
  }
  const std::unique_ptr<Message> response(method.response->New());
  Part part;
  ASSIGN_OR_RETURN(part.more, parts_(CallNow(), *response));
  const size_t size = response->ByteSizeLong();
  const size_t max = surroundings_.gate.options().max_answer_bytes;
  if (size > max) return AnswerTooLargeError(size, max);
  if (size > 0) part.bytes = SerializeMessage(*response);
  return part;
}

absl::StatusOr<grpc::ByteBuffer> StreamCall::ServeMessage(const grpc::ByteBuffer& message) {
  const grpc::Slice bytes = OnePiece(message);
  return answering_->Take(CallNow(), ViewOf(bytes));
}

void StreamCall::Drop() {
  bool over = false;
  {
    MutexLock lock(mutex_);
    serving_ = false;
    over = IsOver();
  }
  if (over) End();
}

void StreamCall::OnWritten(bool) {
  bool over = false;
  {
    MutexLock lock(mutex_);
    writing_ = false;
    Advance();
    over = IsOver();
  }
  if (over) End();
}

void StreamCall::OnFinished(bool) {
  bool over = false;
  {
    MutexLock lock(mutex_);
    is_finished_ = true;
    over = IsOver();
  }
  if (over) End();
}

void StreamCall::OnDone(bool) {
  absl::Status status;
  bool over = false;
  {
    MutexLock lock(mutex_);
    is_done_ = true;
    if (context_.IsCancelled()) {
      status = caller_.call.deadline <= absl::Now() ? DeadlineError() : CancelledError();
    } else if (end_.has_value()) {
      status = *end_;
    }
    over = IsOver();
  }
  const int64_t nanos = NanosSince(arrival_);
  poller_.cells(method_.metric).Handled(static_cast<grpc::StatusCode>(status.code()), nanos);
  LogCall(surroundings_.log, {.path = method_.method->path,
                              .client = caller_.call.client,
                              .request_id = {},
                              .traceparent = ArrivedCall(context_).Metadata("traceparent"),
                              .status = status,
                              .nanos = nanos});
  if (over) End();
}

void StreamCall::Advance() {
  if (is_done_ || finishing_) return;
  if (!end_.has_value()) {
    if (!reading_ && !no_more_input_ && unserved_.size() < kMaxUnserved) {
      reading_ = true;
      stream_.Read(&incoming_, static_cast<Tag*>(&read_));
    }
    if (!serving_ && (!unserved_.empty() || more_parts_) && unsent_.size() < kMaxUnsent) {
      serving_ = true;
      surroundings_.executor.SubmitAlways(*this);
    }
    if (answering_ != nullptr && no_more_input_ && unserved_.empty() && !serving_) {
      end_ = absl::OkStatus();
    }
  }
  if (!writing_ && (!unsent_.empty() || news_ != nullptr)) {
    writing_ = true;
    if (news_ != nullptr) {
      stream_.Write(BufferOf(ReferTo(std::exchange(news_, nullptr))), static_cast<Tag*>(&written_));
    } else {
      stream_.Write(unsent_.front(), static_cast<Tag*>(&written_));
      unsent_.pop_front();
    }
  }
  if (end_.has_value() && !serving_ && !writing_) {
    finishing_ = true;
    stream_.Finish(ToGrpcStatus(*end_), static_cast<Tag*>(&finished_));
  }
}

void StreamCall::End() {
  if (watch_ != nullptr) watch_->Stop();
  if (listed_) streams_.Remove(*this);
  delete this;
}

}  // namespace yilan::server
