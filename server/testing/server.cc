#include "yilan/testing/server.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "server/server.h"
#include "storage/memory/memory_store.h"

namespace yilan::testing {
namespace {

std::unique_ptr<server::Server> StartOrDie(const ServerOptions& options,
                                           storage::RecordStore& store, const Clock& clock,
                                           IdGenerator& ids, Log& log) {
  server::ServerOptions server_options;
  if (options.listen) server_options.listen = server::Address{.host = "127.0.0.1", .port = 0};
  server_options.view_cache_bytes = options.view_cache_bytes;
  server_options.executor.workers = 2;
  auto server = server::Server::Start(server_options, store, clock, ids, log);
  if (!server.ok()) {
    std::fprintf(stderr, "yilan::testing::Server: %s\n", server.status().ToString().c_str());
    std::abort();
  }
  return *std::move(server);
}

}  // namespace

struct Server::Parts {
  explicit Parts(const ServerOptions& options)
      : clock(absl::ToUnixMicros(options.now)),
        ids(clock, options.seed),
        log(STDERR_FILENO, Severity::kError),
        store(storage::NewMemoryStore()),
        server(StartOrDie(options, *store, clock, ids, log)) {}

  ManualClock clock;
  IdGenerator ids;
  Log log;
  const std::unique_ptr<storage::RecordStore> store;
  const std::unique_ptr<server::Server> server;
};

Server::Server(const ServerOptions& options) : parts_(std::make_unique<Parts>(options)) {}
Server::~Server() = default;

std::shared_ptr<grpc::Channel> Server::Channel() { return parts_->server->InProcessChannel(); }

std::string Server::Address() const {
  const auto address = parts_->server->address();
  return address.has_value() ? address->ToString() : "";
}

absl::Time Server::Now() const { return absl::FromUnixMicros(parts_->clock.Now()); }
void Server::SetTime(absl::Time now) { parts_->clock.Set(absl::ToUnixMicros(now)); }
void Server::Advance(absl::Duration by) { parts_->clock.Advance(by); }

}  // namespace yilan::testing
