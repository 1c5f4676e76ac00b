// Calls of any method with any bytes.
#ifndef YILAN_TESTS_RAW_CALL_H_
#define YILAN_TESTS_RAW_CALL_H_

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace yilan {

struct RawAnswer {
  grpc::Status status;
  std::string bytes;
};

// Sends one message as it is and awaits the answer: "/package.Service/Method".
inline RawAnswer CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                         const std::string& bytes, grpc::ClientContext& context) {
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  RawAnswer answer;
  const auto call = stub.PrepareUnaryCall(&context, path, request, &queue);
  call->StartCall();
  call->Finish(&response, &answer.status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (response.Valid() && response.Dump(&slices).ok()) {
    for (const grpc::Slice& part : slices) {
      answer.bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return answer;
}
inline RawAnswer CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                         const std::string& bytes) {
  grpc::ClientContext context;
  return CallRaw(channel, path, bytes, context);
}

}  // namespace yilan

#endif  // YILAN_TESTS_RAW_CALL_H_
