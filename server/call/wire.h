// Between messages and gRPC's byte buffers.
#ifndef YILAN_SERVER_CALL_WIRE_H_
#define YILAN_SERVER_CALL_WIRE_H_

#include "absl/strings/string_view.h"
#include "core/views/views.h"
#include "google/protobuf/message.h"
#include "grpc/slice.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace yilan::server {

// The bytes of a message, owned by who gets them.
grpc_slice SerializeToSlice(const google::protobuf::Message& message);
grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message);

// Refers to `bytes` and holds them; nothing is copied.
grpc_slice ReferTo(core::SharedBytes bytes);

grpc::ByteBuffer BufferOf(grpc_slice slice);  // Takes the slice.

// The contents in one piece, which is copied only if it was in several.
grpc::Slice OnePiece(const grpc::ByteBuffer& bytes);
inline absl::string_view ViewOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_WIRE_H_
