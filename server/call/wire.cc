#include "server/call/wire.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/errors.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpc/slice.h"
#include "server/call/gate.h"

namespace yilan::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

constexpr int kMaxDepth = 100;  // As protobuf's own parser.

std::string FindInvalidUtf8(const Descriptor& descriptor, absl::string_view bytes, int depth) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  std::map<int, int> seen;  // Elements of repeated fields so far.
  while (const uint32_t tag = input.ReadTag()) {
    const FieldDescriptor* field =
        descriptor.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&input, tag)) return "";
      continue;
    }
    uint32_t length = 0;
    const int at = input.ReadVarint32(&length) ? input.CurrentPosition() : -1;
    if (at < 0 || !input.Skip(static_cast<int>(length))) return "";
    if (field == nullptr) continue;
    const absl::string_view value = bytes.substr(static_cast<size_t>(at), length);
    std::string path = field->name();
    if (field->is_repeated()) absl::StrAppend(&path, "[", seen[field->number()]++, "]");
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (!google::protobuf::internal::IsStructurallyValidUTF8(value.data(),
                                                               static_cast<int>(value.size())))
        return path;
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE && depth < kMaxDepth) {
      const std::string inner = FindInvalidUtf8(*field->message_type(), value, depth + 1);
      if (!inner.empty()) return absl::StrCat(path, ".", inner);
    }
  }
  return "";
}

void ReleaseShared(void* shared) { delete static_cast<core::SharedBytes*>(shared); }

}  // namespace

std::string FindInvalidUtf8(const Descriptor& descriptor, absl::string_view bytes) {
  return FindInvalidUtf8(descriptor, bytes, 0);
}

grpc::Slice OnePiece(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok()) bytes.DumpToSingleSlice(&slice);
  return slice;
}

absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  const grpc::Slice slice = OnePiece(bytes);
  if (message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return absl::OkStatus();
  }
  const std::string path = FindInvalidUtf8(*message.GetDescriptor(), ViewOf(slice));
  if (path.empty()) return MalformedError(message.GetTypeName());
  core::Violations violations;
  violations.Add(path, "is not UTF-8; encode it so");
  return violations.ToStatus();
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
