// A whole server over a store: from the socket to the platform.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Server> server,
//                    Server::Start(options, *store, clock, ids, log));
//   …
//   server->Drain();
#ifndef YILAN_SERVER_SERVER_H_
#define YILAN_SERVER_SERVER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "core/platform.h"
#include "grpcpp/channel.h"
#include "prometheus/collectable.h"
#include "server/call/gate.h"
#include "server/config/address.h"
#include "server/executor.h"
#include "storage/record_store.h"

namespace yilan::server {

struct TlsOptions {
  std::string certificate;  // PEM, with its chain.
  std::string key;
  std::string client_ca;  // Empty: clients show no certificate.
};

struct ServerOptions {
  std::optional<Address> listen;  // Nothing: in-process channels only.
  size_t max_connections = 10000;
  size_t max_buffer_bytes = size_t{512} << 20;  // For messages on their way, all calls together.
  std::optional<TlsOptions> tls;
  std::optional<Address> metrics_listen;
  std::vector<std::shared_ptr<prometheus::Collectable>> more_metrics;  // Shown beside the server's.
  GateOptions gate;
  Executor::Options executor;
  int pollers = 1;
  size_t view_cache_bytes = size_t{256} << 20;
  bool reflection = false;  // And channelz.
  bool isolate_by_token = false;
  size_t max_tokens = 256;
  absl::Duration health_interval = absl::Seconds(1);
  absl::Duration settings_interval = absl::Seconds(1);  // See SettingsRefresher.
  absl::Duration pending_interval = absl::Seconds(1);   // See PendingResolver.
  absl::Duration drain_timeout = absl::Seconds(20);
  std::optional<size_t> bench_floor;
};

// Takes calls from Start to Drain. The methods may be called by any thread.
class Server {
 public:
  // `store`, `clock`, `ids` and `log` outlive the server. UNAVAILABLE when an address cannot be
  // had, INVALID_ARGUMENT when certificates cannot be used.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       storage::RecordStore& store,
                                                       const Clock& clock, IdGenerator& ids,
                                                       Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Says NOT_SERVING, accepts no more connections, answers new calls with SHUTTING_DOWN, waits for
  // those in flight up to the drain timeout, and ends. False when calls had to be cut off. Once.
  bool Drain();

  // Where it listens, with the ports that were chosen.
  std::optional<Address> address() const;
  std::optional<int> metrics_port() const;
  // Needs no port.
  std::shared_ptr<grpc::Channel> InProcessChannel();
  // The platform of everybody; not with isolate_by_token.
  core::Platform& platform();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace yilan::server

#endif  // YILAN_SERVER_SERVER_H_
