#include "yilan/client/client.h"

#include <algorithm>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/ids.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace yilan::client {
namespace {

// Retries of gRPC itself: for connections that fail, on calls that can be repeated. An Ingest
// stream is not replayed by gRPC, which would keep what was sent in memory; IngestSession knows
// better what is finished.
constexpr char kServiceConfig[] = R"({
  "methodConfig": [
    {"name": [{}],
     "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "2s",
                     "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}},
    {"name": [{"service": "yilan.v1.IngestService", "method": "Ingest"}]}
  ]
})";

bool IsLocal(absl::string_view address) {
  if (absl::StartsWith(address, "unix:") || absl::StartsWith(address, "unix-abstract:")) {
    return true;
  }
  for (const absl::string_view scheme : {"dns:///", "dns:", "ipv4:", "ipv6:"}) {
    if (absl::ConsumePrefix(&address, scheme)) break;
  }
  return address == "localhost" || absl::StartsWith(address, "localhost:") ||
         absl::StartsWith(address, "127.") || absl::StartsWith(address, "[::1]");
}

bool ServerAsksForRetry(const Status& status) {
  if (status.retry_delay <= absl::ZeroDuration()) return false;
  return status.code == absl::StatusCode::kResourceExhausted ||
         status.code == absl::StatusCode::kAborted || status.code == absl::StatusCode::kUnavailable;
}

// Between 1 and 1.5 times `delay`, so that callers who were turned away together do not come back
// together.
absl::Duration WithJitter(absl::Duration delay) {
  thread_local std::mt19937 random{std::random_device{}()};
  return delay * std::uniform_real_distribution<double>(1.0, 1.5)(random);
}

}  // namespace

std::string NewRequestId() {
  thread_local SystemClock clock;
  thread_local IdGenerator ids(clock);
  return ids.NextUuid();
}

Result<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  const auto invalid = [](std::string message) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, std::move(message));
  };
  if (options.address.empty()) {
    return invalid("the server's address is missing; state host:port or unix:PATH");
  }
  grpc::ChannelArguments arguments;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (options.tls.has_value()) {
    const TlsOptions& tls = *options.tls;
    if (tls.certificate.empty() != tls.private_key.empty()) {
      return invalid("a client certificate and its private key go together; state both or none");
    }
    credentials = grpc::SslCredentials({tls.root_certificates, tls.private_key, tls.certificate});
    if (!tls.server_name.empty()) arguments.SetSslTargetNameOverride(tls.server_name);
  } else {
    if (!IsLocal(options.address) && !options.allow_plaintext) {
      return ErrorOf(absl::StatusCode::kFailedPrecondition,
                     absl::StrCat("refusing to send customer data in plaintext to ",
                                  options.address, "; use TLS, or allow plaintext explicitly"));
    }
    credentials = grpc::InsecureChannelCredentials();
  }
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetMaxReceiveMessageSize(options.max_response_bytes);
  arguments.SetUserAgentPrefix("yilan-client");
  // A server that restarts is found again soon.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // While calls are open, of which a stream may be silent for long, a peer that is gone is noticed.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 15'000);
  // http_proxy in the environment is not meant for this machine.
  if (IsLocal(options.address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return std::unique_ptr<Client>(
      new Client(options, grpc::CreateCustomChannel(options.address, credentials, arguments)));
}

Client::Client(const ClientOptions& options, std::shared_ptr<grpc::Channel> channel)
    : options_(options),
      channel_(std::move(channel)),
      stubs_(v1::BillingService::NewStub(channel_), v1::CareService::NewStub(channel_),
             v1::CustomerService::NewStub(channel_), v1::CustomerViewService::NewStub(channel_),
             v1::IdentityService::NewStub(channel_), v1::IngestService::NewStub(channel_),
             v1::NetworkService::NewStub(channel_), v1::QualityService::NewStub(channel_)) {}

void Client::Prepare(grpc::ClientContext& context) const {
  if (!options_.bearer_token.empty()) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", options_.bearer_token));
  }
}

Status Client::Try(const CallOptions& options,
                   absl::FunctionRef<grpc::Status(grpc::ClientContext&)> call,
                   const bool& begun) const {
  const absl::Time deadline = absl::Now() + options.deadline.value_or(options_.deadline);
  for (int retries = 0;; ++retries) {
    grpc::ClientContext context;
    Prepare(context);
    context.set_deadline(absl::ToChronoTime(deadline));
    Status status = StatusFromGrpc(call(context));
    if (begun || !ServerAsksForRetry(status) || retries >= options_.max_retries) return status;
    const absl::Duration delay = WithJitter(status.retry_delay);
    // Waiting beyond the deadline would only hide the reason.
    if (absl::Now() + delay >= deadline) return status;
    absl::SleepFor(delay);
  }
}

}  // namespace yilan::client
