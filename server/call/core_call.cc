#include "server/call/core_call.h"

#include <cstdio>
#include <cstdlib>

#include "grpc/byte_buffer.h"
#include "grpc/byte_buffer_reader.h"

namespace yilan::server {
namespace {

constexpr char kDetailsKey[] = "grpc-status-details-bin";

grpc_slice SliceOver(const std::string& text) {
  return grpc_slice_from_copied_buffer(text.data(), text.size());
}

grpc_op OpOf(grpc_op_type type) {
  grpc_op op{};
  op.op = type;
  return op;
}

}  // namespace

CoreCall::CoreCall() : joined_(grpc_empty_slice()) { grpc_metadata_array_init(&metadata_); }

CoreCall::~CoreCall() {
  Clear();
  grpc_metadata_array_destroy(&metadata_);
}

bool CoreCall::Request(grpc_server* server, void* registered_method, grpc_completion_queue* queue,
                       CoreTag& arrived) {
  return grpc_server_request_registered_call(server, registered_method, &call_, &deadline_,
                                             &metadata_, &payload_, queue, queue,
                                             &arrived) == GRPC_CALL_OK;
}

size_t CoreCall::message_size() const {
  return payload_ == nullptr ? 0 : payload_->data.raw.slice_buffer.length;
}

absl::string_view CoreCall::MessageBytes() {
  if (payload_ == nullptr) return {};
  const grpc_slice_buffer& slices = payload_->data.raw.slice_buffer;
  const grpc_slice* slice = slices.slices;
  if (slices.count != 1) {
    grpc_byte_buffer_reader reader;
    grpc_byte_buffer_reader_init(&reader, payload_);
    grpc_slice_unref(joined_);
    joined_ = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    slice = &joined_;
  }
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(*slice)), GRPC_SLICE_LENGTH(*slice)};
}

void CoreCall::WatchEnd(CoreTag& over) {
  watched_ = true;
  grpc_op op = OpOf(GRPC_OP_RECV_CLOSE_ON_SERVER);
  op.data.recv_close_on_server.cancelled = &cancelled_;
  Start(&op, 1, over);
}

void CoreCall::SendAnswer(grpc_slice answer, CoreTag& sent) {
  answer_ = grpc_raw_byte_buffer_create(&answer, 1);
  grpc_slice_unref(answer);
  grpc_op ops[] = {OpOf(GRPC_OP_SEND_INITIAL_METADATA), OpOf(GRPC_OP_SEND_MESSAGE),
                   OpOf(GRPC_OP_SEND_STATUS_FROM_SERVER), OpOf(GRPC_OP_RECV_CLOSE_ON_SERVER)};
  ops[1].data.send_message.send_message = answer_;
  ops[2].data.send_status_from_server.status = GRPC_STATUS_OK;
  ops[3].data.recv_close_on_server.cancelled = &cancelled_;
  Start(ops, watched_ ? 3 : 4, sent);
}

void CoreCall::SendError(const grpc::Status& status, CoreTag& sent) {
  grpc_slice message = SliceOver(status.error_message());
  grpc_metadata details{};
  details.key = grpc_slice_from_static_string(kDetailsKey);
  details.value = SliceOver(status.error_details());
  grpc_op ops[] = {OpOf(GRPC_OP_SEND_INITIAL_METADATA), OpOf(GRPC_OP_SEND_STATUS_FROM_SERVER),
                   OpOf(GRPC_OP_RECV_CLOSE_ON_SERVER)};
  auto& send = ops[1].data.send_status_from_server;
  send.status = static_cast<grpc_status_code>(status.error_code());
  send.status_details = &message;
  send.trailing_metadata_count = 1;
  send.trailing_metadata = &details;
  ops[2].data.recv_close_on_server.cancelled = &cancelled_;
  Start(ops, watched_ ? 2 : 3, sent);
  grpc_slice_unref(message);
  grpc_slice_unref(details.value);
}

void CoreCall::Start(const grpc_op* ops, size_t count, CoreTag& tag) {
  if (grpc_call_start_batch(call_, ops, count, &tag, nullptr) == GRPC_CALL_OK) return;
  // Only a batch that breaks the rules of the interface is refused: a defect of this class.
  std::fprintf(stderr, "yilan-server: gRPC refused a batch\n");
  std::abort();
}

void CoreCall::Clear() {
  if (answer_ != nullptr) grpc_byte_buffer_destroy(answer_);
  if (payload_ != nullptr) grpc_byte_buffer_destroy(payload_);
  grpc_slice_unref(joined_);
  if (call_ != nullptr) grpc_call_unref(call_);
  answer_ = nullptr;
  payload_ = nullptr;
  joined_ = grpc_empty_slice();
  call_ = nullptr;
  metadata_.count = 0;  // The array is used again; its elements belonged to the call.
  cancelled_ = 0;
  watched_ = false;
}

}  // namespace yilan::server
