// Calls to a Yilan server: a thin client over the generated code, that retries what can be retried.
//
//   yilan::client::ClientOptions options;
//   options.address = "localhost:50051";
//   auto client = yilan::client::Client::Create(options);
//   if (!client.ok()) …
//   yilan::v1::GetCustomerViewRequest request;
//   request.mutable_customer()->set_customer_id("01HF7YAT00TSV4RRFFQ69G5FAV");
//   auto response =
//       (*client)->Call<&yilan::v1::CustomerViewService::Stub::GetCustomerView>(request);
//   if (!response.ok()) std::cerr << response.status().message;
//   Use(response->customer_view());
//
// What a call does beyond the generated stub:
// - a `request_id` that is empty is filled with a random UUID, the same for all tries, so that a
//   write that is tried again is done once;
// - it has a deadline, retries included;
// - it is tried again when the connection fails (gRPC's retry policy on UNAVAILABLE) and when the
//   server asks for it (RetryInfo: busy, contention), after the time the server names;
// - the error comes back with its reason, field violations and metadata.
#ifndef YILAN_CLIENT_CLIENT_H_
#define YILAN_CLIENT_CLIENT_H_

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "yilan/client/status.h"
#include "yilan/v1/billing_service.grpc.pb.h"
#include "yilan/v1/care_service.grpc.pb.h"
#include "yilan/v1/customer_service.grpc.pb.h"
#include "yilan/v1/customer_view_service.grpc.pb.h"
#include "yilan/v1/identity_service.grpc.pb.h"
#include "yilan/v1/ingest_service.grpc.pb.h"
#include "yilan/v1/network_service.grpc.pb.h"
#include "yilan/v1/quality_service.grpc.pb.h"

namespace yilan::client {

// How to encrypt. All are PEM text, not file names.
struct TlsOptions {
  // Who may sign the server's certificate; the system's authorities when empty.
  std::string root_certificates;
  // The client's own certificate and key, where the server asks for one: both or neither.
  std::string certificate;
  std::string private_key;
  // The name that the server's certificate must carry, if it is not the host of the address.
  std::string server_name;
};

struct ClientOptions {
  // "host:port" or "unix:PATH".
  std::string address;
  // Plaintext when unset, which is refused for addresses of other machines unless
  // `allow_plaintext` is set: customer data does not travel in the clear by oversight.
  std::optional<TlsOptions> tls;
  bool allow_plaintext = false;
  // Sent with each call as "authorization: Bearer …" unless empty.
  std::string bearer_token;
  // From the start of a call to its end, retries included.
  absl::Duration deadline = absl::Seconds(10);
  // How often a call is tried again when the server asks for it.
  int max_retries = 4;
  // Largest answer that is taken.
  int max_response_bytes = 64 << 20;
};

// Takes apart the type of a method of a generated stub that answers with a stream.
template <typename Method>
struct ServerStreamMethod;
template <typename StubType, typename RequestType, typename ResponseType>
struct ServerStreamMethod<std::unique_ptr<grpc::ClientReader<ResponseType>> (StubType::*)(
    grpc::ClientContext*, const RequestType&)> {
  using Stub = StubType;
  using Request = RequestType;
  using Response = ResponseType;
};

// Differs from call to call.
struct CallOptions {
  // ClientOptions.deadline when unset.
  std::optional<absl::Duration> deadline;
};

// A random (version 4) UUID, as request ids are. Thread-safe.
std::string NewRequestId();

// Takes apart the type of a method of a generated stub.
template <typename Method>
struct UnaryMethod;
template <typename StubType, typename RequestType, typename ResponseType>
struct UnaryMethod<grpc::Status (StubType::*)(grpc::ClientContext*, const RequestType&,
                                              ResponseType*)> {
  using Stub = StubType;
  using Request = RequestType;
  using Response = ResponseType;
};

// Thread-safe. Connects with the first call, and again whenever the connection was lost.
class Client {
 public:
  // Errors: INVALID_ARGUMENT when the options make no sense together, FAILED_PRECONDITION for
  // plaintext to another machine. Does not connect.
  static Result<std::unique_ptr<Client>> Create(const ClientOptions& options);

  // Makes one unary call; see above. Errors: those documented at the RPC; UNAVAILABLE when the
  // server cannot be reached; DEADLINE_EXCEEDED.
  template <auto kMethod>
  Result<typename UnaryMethod<decltype(kMethod)>::Response> Call(
      typename UnaryMethod<decltype(kMethod)>::Request request, const CallOptions& options = {}) {
    using Method = UnaryMethod<decltype(kMethod)>;
    if constexpr (requires { request.set_request_id(std::string()); }) {
      if (request.request_id().empty()) request.set_request_id(NewRequestId());
    }
    typename Method::Stub& stub = *std::get<std::unique_ptr<typename Method::Stub>>(stubs_);
    typename Method::Response response;
    Status status = Try(options, [&](grpc::ClientContext& context) {
      response.Clear();
      return (stub.*kMethod)(&context, request, &response);
    });
    if (!status.ok()) return status;
    return response;
  }

  // Reads the stream that answers `request` to its end: `visit` sees every message, and may end
  // the stream by returning false, which gives CANCELLED. It has no deadline unless `options`
  // states one, as long as the connection lives: one that has died is noticed within a minute.
  // Tried again, as Call is, only while nothing was visited.
  template <auto kMethod>
  Status ReadStream(
      const typename ServerStreamMethod<decltype(kMethod)>::Request& request,
      absl::FunctionRef<bool(const typename ServerStreamMethod<decltype(kMethod)>::Response&)>
          visit,
      const CallOptions& options = {}) {
    using Method = ServerStreamMethod<decltype(kMethod)>;
    typename Method::Stub& stub = *std::get<std::unique_ptr<typename Method::Stub>>(stubs_);
    bool visited = false;
    return Try(
        {.deadline = options.deadline.value_or(absl::InfiniteDuration())},
        [&](grpc::ClientContext& context) {
          const auto reader = (stub.*kMethod)(&context, request);
          typename Method::Response response;
          bool wanted = true;
          while (wanted && reader->Read(&response)) {
            visited = true;
            wanted = visit(response);
          }
          if (!wanted) context.TryCancel();
          return reader->Finish();
        },
        visited);
  }

  // Adds what every call of this client carries: for calls made through a stub of one's own.
  void Prepare(grpc::ClientContext& context) const;

  // The channel, for stubs of one's own.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  v1::IngestService::Stub& ingest_stub() const {
    return *std::get<std::unique_ptr<v1::IngestService::Stub>>(stubs_);
  }

 private:
  Client(const ClientOptions& options, std::shared_ptr<grpc::Channel> channel);

  // Until the server does not ask for another try, or `*begun` says that there may be none.
  Status Try(const CallOptions& options, absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call,
             const bool& begun = kNotBegun) const;
  static constexpr bool kNotBegun = false;

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  std::tuple<std::unique_ptr<v1::BillingService::Stub>, std::unique_ptr<v1::CareService::Stub>,
             std::unique_ptr<v1::CustomerService::Stub>,
             std::unique_ptr<v1::CustomerViewService::Stub>,
             std::unique_ptr<v1::IdentityService::Stub>, std::unique_ptr<v1::IngestService::Stub>,
             std::unique_ptr<v1::NetworkService::Stub>, std::unique_ptr<v1::QualityService::Stub>>
      stubs_;
};

}  // namespace yilan::client

#endif  // YILAN_CLIENT_CLIENT_H_
