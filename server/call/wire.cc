#include "server/call/wire.h"

#include <utility>

namespace yilan::server {
namespace {

void ReleaseShared(void* shared) { delete static_cast<core::SharedBytes*>(shared); }

}  // namespace

grpc_slice SerializeToSlice(const google::protobuf::Message& message) {
  const size_t size = message.ByteSizeLong();
  grpc_slice bytes = grpc_slice_malloc(size);
  message.SerializeWithCachedSizesToArray(GRPC_SLICE_START_PTR(bytes));
  return bytes;
}

grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message) {
  return BufferOf(SerializeToSlice(message));
}

grpc_slice ReferTo(core::SharedBytes bytes) {
  auto* shared = new core::SharedBytes(std::move(bytes));
  // gRPC never writes to a slice that it is given to send.
  return grpc_slice_new_with_user_data(const_cast<char*>((*shared)->data()), (*shared)->size(),
                                       ReleaseShared, shared);
}

grpc::ByteBuffer BufferOf(grpc_slice slice) {
  const grpc::Slice owner(slice, grpc::Slice::STEAL_REF);
  return grpc::ByteBuffer(&owner, 1);
}

grpc::Slice OnePiece(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok()) bytes.DumpToSingleSlice(&slice);
  return slice;
}

}  // namespace yilan::server
