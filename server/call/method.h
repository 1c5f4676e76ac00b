// What the adapter needs to know of an RPC: its descriptor, and the function of core that serves
// it.
//
//   ServiceMethods methods(v1::GetCustomerRequest::descriptor()->file(), "CustomerService");
//   methods.Serve<v1::GetCustomerRequest, v1::GetCustomerResponse>(
//       "GetCustomer", [](core::Platform& platform, const core::Call& call, const auto& request,
//                         auto& response) { return platform.customers.Get(call, request, response);
//                         });
#ifndef YILAN_SERVER_CALL_METHOD_H_
#define YILAN_SERVER_CALL_METHOD_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/call.h"
#include "core/platform.h"
#include "core/views/views.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace yilan::server {

using google::protobuf::Message;

// Fills `response`, or returns the error of the call. The request was validated.
using MessageHandler = std::function<absl::Status(core::Platform&, const core::Call&,
                                                  const Message& request, Message& response)>;
// Answers with the bytes of the response.
using BytesHandler = std::function<absl::StatusOr<core::SharedBytes>(
    core::Platform&, const core::Call&, const Message& request)>;
// Answers at once, on the thread that polls, or not at all: then the other handler of the method is
// run where it may block.
using AtOnceHandler = std::function<std::optional<absl::StatusOr<core::SharedBytes>>(
    core::Platform&, const core::Call&, const Message& request)>;

// Answers anybody at once, also while the server drains: for the health service. Needs no platform.
using OpenHandler = std::function<absl::StatusOr<core::SharedBytes>(const Message& request)>;

// A stream on which the server answers every message of the caller with one of its own, in order.
// Not thread-safe, and not called by two threads at once; may block.
class AnsweringStream {
 public:
  virtual ~AnsweringStream() = default;
  // An error ends the stream.
  virtual absl::StatusOr<grpc::ByteBuffer> Take(const core::Call& call,
                                                absl::string_view message) = 0;
};
using StreamFactory = std::function<std::unique_ptr<AnsweringStream>(core::Platform&)>;

// A stream on which the server tells news to a caller that sent one message, until one of them ends
// it. Open to anybody, as OpenHandler.
class Watch {
 public:
  virtual ~Watch() = default;
  // Stops the news; none is told afterwards.
  virtual void Stop() = 0;
};
// Begins a watch: `tell` may be called from any thread until Stop has returned, also within the
// factory. Only the newest of several that are told while the caller does not read is sent.
using WatchFactory = std::function<absl::StatusOr<std::unique_ptr<Watch>>(
    const Message& request, std::function<void(core::SharedBytes)> tell)>;

// Tells a caller that sent one message all that it asked for, in parts: fills the next part, and
// says whether there are more. A part that stays empty is not sent. Not called by two threads at
// once; may block as long as one part takes. Parts are made as the caller reads them, so that
// neither memory nor a worker is held by one who reads slowly; between two parts nothing is held at
// all.
using PartSource = std::function<absl::StatusOr<bool>(const core::Call&, Message& part)>;
// The request was validated.
using PartsFactory =
    std::function<absl::StatusOr<PartSource>(core::Platform&, const Message& request)>;

// One RPC. Exactly one of `handle`, `handle_bytes`, `handle_open` and the streams is set.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  MessageHandler handle;
  BytesHandler handle_bytes;
  AtOnceHandler try_at_once;  // Optional, beside either.
  OpenHandler handle_open;
  StreamFactory open_stream;
  WatchFactory open_watch;
  PartsFactory open_parts;

  bool streams() const { return open_stream || open_watch || open_parts; }

  // What follows from the descriptor.
  std::string path;                   // "/yilan.v1.CustomerService/GetCustomer"
  const Message* request = nullptr;   // Prototypes.
  const Message* response = nullptr;  //
  const google::protobuf::FieldDescriptor* request_id = nullptr;  // Field of the request, if any.
};

// The methods of one proto service. All of them must be bound before the server starts.
class ServiceMethods {
 public:
  // `file` is the file that declares the service.
  ServiceMethods(const google::protobuf::FileDescriptor* file, absl::string_view name);

  // Binds by name; the name must be a method of the service.
  Method& Serve(absl::string_view name, MessageHandler handler);
  Method& ServeBytes(absl::string_view name, BytesHandler handler);
  Method& ServeOpen(absl::string_view name, OpenHandler handler);
  Method& ServeStream(absl::string_view name, StreamFactory factory);
  Method& ServeWatch(absl::string_view name, WatchFactory factory);
  Method& ServeParts(absl::string_view name, PartsFactory factory);
  template <typename Request, typename Response, typename Handler>
  Method& Serve(absl::string_view name, Handler handler) {
    return Serve(name,
                 [handler = std::move(handler)](core::Platform& platform, const core::Call& call,
                                                const Message& request, Message& response) {
                   return handler(platform, call, static_cast<const Request&>(request),
                                  static_cast<Response&>(response));
                 });
  }
  // `open` gives, for a platform and a request, an object or an error; the object's
  // Next(call, response) is the PartSource.
  template <typename Request, typename Response, typename Open>
  Method& ServeParts(absl::string_view name, Open open) {
    return ServeParts(
        name,
        [open = std::move(open)](core::Platform& platform,
                                 const Message& request) -> absl::StatusOr<PartSource> {
          auto source = open(platform, static_cast<const Request&>(request));
          if (!source.ok()) return source.status();
          return [source = *std::move(source)](const core::Call& call, Message& part) mutable {
            return source.Next(call, static_cast<Response&>(part));
          };
        });
  }
  // Binds the methods Upsert…, Get…, List… and Delete… that are not bound yet to core::Facts.
  void ServeFacts();

  const google::protobuf::ServiceDescriptor& descriptor() const { return *descriptor_; }
  // In the order of the descriptor.
  const std::vector<std::unique_ptr<Method>>& methods() const { return methods_; }
  // The names of methods without a handler; empty when the service is complete.
  std::vector<std::string> Unbound() const;

 private:
  Method& Find(absl::string_view name);

  const google::protobuf::ServiceDescriptor* const descriptor_;
  std::vector<std::unique_ptr<Method>> methods_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_CALL_METHOD_H_
