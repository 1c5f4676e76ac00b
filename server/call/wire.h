// Between messages and gRPC's byte buffers.
#ifndef YILAN_SERVER_CALL_WIRE_H_
#define YILAN_SERVER_CALL_WIRE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/views/views.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace yilan::server {

// Reads `bytes` into `message`, which is empty. MALFORMED_MESSAGE when they are not such a message;
// INVALID_FIELDS, with the field, when they are but for a string that is not UTF-8.
absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message);

// Refers to `bytes` and holds them; nothing is copied.
grpc::ByteBuffer ReferTo(core::SharedBytes bytes);

// The contents in one piece, which is copied only if it was in several.
grpc::Slice OnePiece(const grpc::ByteBuffer& bytes);
inline absl::string_view ViewOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

// The path of the first string in the encoded message that is not UTF-8: "lines[2].text". Empty
// when there is none, or the bytes are no message at all.
std::string FindInvalidUtf8(const google::protobuf::Descriptor& descriptor,
                            absl::string_view bytes);

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_WIRE_H_
