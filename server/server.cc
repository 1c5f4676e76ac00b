#include "server/server.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/bench_floor.h"
#include "server/call/call_adapter.h"
#include "server/health.h"
#include "server/housekeeper.h"
#include "server/listener.h"
#include "server/metrics/call_metrics.h"
#include "server/metrics/metric_sources.h"
#include "server/metrics/metrics_endpoint.h"
#include "server/metrics/server_metrics.h"
#include "server/pending_resolver.h"
#include "server/services/services.h"
#include "server/settings_refresher.h"
#include "server/token_platforms.h"

namespace yilan::server {
namespace {

std::vector<ServiceMethods> ServicesWith(HealthStates& health) {
  std::vector<ServiceMethods> services = AllServiceMethods();
  services.push_back(health.Methods());
  return services;
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const std::optional<TlsOptions>& tls) {
  if (!tls.has_value()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      tls->client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                             : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({tls->key, tls->certificate});
  options.pem_root_certs = tls->client_ca;
  return grpc::SslServerCredentials(options);
}

AdapterOptions AdapterOptionsOf(const ServerOptions& options) {
  const bool local =
      !options.tls.has_value() && (!options.listen.has_value() || options.listen->IsLocal());
  return {.pollers = options.pollers,
          .unnamed_client = local ? kLocalClient : kAnonymousClient,
          .certificates = options.tls.has_value() && !options.tls->client_ca.empty()};
}

// What a gRPC server should and should not do by itself.
void Configure(const ServerOptions& options, grpc::ServerBuilder& builder) {
  // The adapter refuses messages that are too large, with a reason, which gRPC does not give.
  builder.SetMaxReceiveMessageSize(-1);
  builder.SetMaxSendMessageSize(-1);
  // A few compressed bytes could become gigabytes before anybody looks at their number: the adapter
  // gets messages as they came, and refuses those that are compressed.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  // A message is in memory as a whole before its size can be refused: this bounds all of them
  // together, by resetting the streams that take most.
  builder.SetResourceQuota(grpc::ResourceQuota("calls").Resize(options.max_buffer_bytes));
  builder.AddChannelArgument(
      GRPC_ARG_MAX_CONCURRENT_STREAMS,
      static_cast<int>(std::min<size_t>(options.gate.max_in_flight, 1 << 20)));
  // Clients may ping every 10 s to keep idle connections through firewalls.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Finds peers that are gone without a word.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  // Reflection and channelz are gRPC's own synchronous services; they are rarely called.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

// What expires has lived for days: an hour more does no harm.
constexpr absl::Duration kHousekeepingInterval = absl::Hours(1);

// Takes gRPC's own services off one server: once they are linked or initialized, every server of
// the process has them.
class WithoutIntrospection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) {
      return plugin->name() == "proto_server_reflection" || plugin->name() == "channelz_service";
    });
  }
};

}  // namespace

// In the order in which they are made; they end in the opposite order.
struct Server::Parts {
  Parts(const ServerOptions& server_options, storage::RecordStore& record_store,
        const Clock& wall_clock, IdGenerator& id_generator, Log& server_log)
      : options(server_options),
        store(record_store),
        log(server_log),
        executor(options.executor),
        call_metrics(std::make_shared<CallMetrics>()) {
    const auto parallel = [this](size_t count, const std::function<void(size_t)>& task) {
      executor.RunParallel(count, task);
    };
    if (options.isolate_by_token) {
      tokens = std::make_unique<TokenPlatforms>(wall_clock, id_generator, options.view_cache_bytes,
                                                parallel, options.max_tokens);
    } else {
      platform = std::make_unique<core::Platform>(store, wall_clock, id_generator,
                                                  options.view_cache_bytes, parallel);
      one_platform = std::make_unique<OnePlatform>(*platform);
    }
    gate = std::make_unique<Gate>(options.gate, platforms(), Authorizer());
    adapter = std::make_unique<CallAdapter>(AdapterOptionsOf(options), *gate, executor,
                                            *call_metrics, log, ServicesWith(health));
    health.AddServices(adapter->ServiceNames());
  }

  PlatformSource& platforms() {
    if (tokens != nullptr) return *tokens;
    return *one_platform;
  }

  absl::Status Listen();
  absl::Status ServeMetrics();

  const ServerOptions options;
  storage::RecordStore& store;
  Log& log;
  Executor executor;
  std::unique_ptr<TokenPlatforms> tokens;
  std::unique_ptr<core::Platform> platform;
  std::unique_ptr<OnePlatform> one_platform;
  std::unique_ptr<Gate> gate;
  const std::shared_ptr<CallMetrics> call_metrics;
  HealthStates health;
  std::unique_ptr<CallAdapter> adapter;
  std::unique_ptr<BenchFloor> bench_floor;
  std::unique_ptr<grpc::Server> grpc_server;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<HealthChecker> health_checker;
  std::unique_ptr<Housekeeper> housekeeper;
  std::unique_ptr<SettingsRefresher> settings_refresher;
  std::unique_ptr<PendingResolver> pending_resolver;
  std::unique_ptr<MetricsEndpoint> metrics_endpoint;
};

absl::Status Server::Parts::Listen() {
  // Binding comes first: an address that is taken is the likeliest of errors.
  if (options.listen.has_value()) {
    ASSIGN_OR_RETURN(listener, Listener::Bind(*options.listen, options.max_connections, log));
  }
  grpc::EnableDefaultHealthCheckService(false);  // It has no descriptor, which breaks reflection.
  grpc::channelz::experimental::InitChannelzService();
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  if (!options.reflection) builder.SetOption(std::make_unique<WithoutIntrospection>());
  Configure(options, builder);
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  if (listener != nullptr) {
    acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        CredentialsOf(options.tls));
  }
  adapter->AddTo(builder);
  if (options.bench_floor.has_value()) {
    bench_floor = std::make_unique<BenchFloor>(*options.bench_floor);
    bench_floor->AddTo(builder);
  }
  grpc_server = builder.BuildAndStart();
  if (grpc_server == nullptr) {
    return absl::InvalidArgumentError(options.tls.has_value()
                                          ? "gRPC does not start; the likeliest reason is a "
                                            "certificate, key or client CA that is "
                                            "no PEM or does not fit the others"
                                          : "gRPC does not start");
  }
  if (bench_floor != nullptr) bench_floor->Start(adapter->poller(0));
  adapter->Start(*grpc_server);
  health_checker = std::make_unique<HealthChecker>(
      health, log, [this](absl::Time deadline) { return store.CheckReady({.deadline = deadline}); },
      options.health_interval);
  if (listener != nullptr) listener->Start(std::move(acceptor));
  return absl::OkStatus();
}

absl::Status Server::Parts::ServeMetrics() {
  if (!options.metrics_listen.has_value()) return absl::OkStatus();
  const auto server_metrics = std::make_shared<ServerMetrics>(std::vector<ServerMetrics::Source>{
      WriteProcessMetrics, ExecutorMetrics(executor), AdapterMetrics(*adapter),
      ListenerMetrics(listener.get()), StoreMetrics(store, health),
      platform != nullptr ? ViewCacheMetrics(platform->views) : TokenMetrics(*tokens),
      IdentityMetrics(pending_resolver.get())});
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables = options.more_metrics;
  collectables.push_back(call_metrics);
  collectables.push_back(server_metrics);
  ASSIGN_OR_RETURN(metrics_endpoint,
                   MetricsEndpoint::Start(*options.metrics_listen, std::move(collectables)));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      storage::RecordStore& store,
                                                      const Clock& clock, IdGenerator& ids,
                                                      Log& log) {
  auto parts = std::make_unique<Parts>(options, store, clock, ids, log);
  std::unique_ptr<Server> server(new Server(std::move(parts)));
  RETURN_IF_ERROR(server->parts_->Listen());
  if (server->parts_->platform != nullptr) {
    server->parts_->pending_resolver =
        std::make_unique<PendingResolver>(*server->parts_->platform, log, options.pending_interval);
  }
  RETURN_IF_ERROR(server->parts_->ServeMetrics());
  server->parts_->housekeeper =
      std::make_unique<Housekeeper>(store, clock, log, core::Retention(), kHousekeepingInterval);
  // Only a store that is far away has other servers.
  if (server->parts_->platform != nullptr && !store.IsLocal()) {
    server->parts_->settings_refresher = std::make_unique<SettingsRefresher>(
        *server->parts_->platform, log, options.settings_interval);
  }
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Drain(); }

bool Server::Drain() {
  Parts& parts = *parts_;
  if (parts.grpc_server == nullptr) return true;
  const absl::Time until = absl::Now() + parts.options.drain_timeout;
  if (parts.health_checker != nullptr) parts.health_checker->Stop();
  parts.housekeeper.reset();
  parts.settings_refresher.reset();
  if (parts.listener != nullptr) parts.listener->Close();
  const bool drained = parts.adapter->Drain(until);
  parts.grpc_server->Shutdown(std::chrono::system_clock::now());
  parts.adapter->Stop();
  parts.metrics_endpoint.reset();
  parts.pending_resolver.reset();
  parts.grpc_server.reset();
  return drained;
}

std::optional<Address> Server::address() const {
  if (parts_->listener == nullptr) return std::nullopt;
  return parts_->listener->address();
}

std::optional<int> Server::metrics_port() const {
  if (parts_->metrics_endpoint == nullptr) return std::nullopt;
  return parts_->metrics_endpoint->address().port;
}

std::shared_ptr<grpc::Channel> Server::InProcessChannel() {
  return parts_->grpc_server->InProcessChannel(grpc::ChannelArguments());
}

core::Platform& Server::platform() { return *parts_->platform; }

}  // namespace yilan::server
