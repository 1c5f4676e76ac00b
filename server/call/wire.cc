#include "server/call/wire.h"

#include <utility>

#include "core/validation/parse.h"
#include "grpc/slice.h"

namespace yilan::server {
namespace {

void ReleaseShared(void* shared) { delete static_cast<core::SharedBytes*>(shared); }

}  // namespace

grpc::Slice OnePiece(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok()) bytes.DumpToSingleSlice(&slice);
  return slice;
}

absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  const grpc::Slice slice = OnePiece(bytes);
  return core::ParseMessage(ViewOf(slice), message);
}

grpc::ByteBuffer SerializeMessage(const google::protobuf::Message& message) {
  const size_t size = message.ByteSizeLong();
  grpc_slice bytes = grpc_slice_malloc(size);
  message.SerializeWithCachedSizesToArray(GRPC_SLICE_START_PTR(bytes));
  const grpc::Slice slice(bytes, grpc::Slice::STEAL_REF);
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ReferTo(core::SharedBytes bytes) {
  auto* shared = new core::SharedBytes(std::move(bytes));
  // gRPC never writes to a slice that it is given to send.
  const grpc::Slice slice(const_cast<char*>((*shared)->data()), (*shared)->size(), ReleaseShared,
                          shared);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace yilan::server
