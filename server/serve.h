// The commands of yilan-server.
#ifndef YILAN_SERVER_SERVE_H_
#define YILAN_SERVER_SERVE_H_

#include "absl/status/statusor.h"
#include "base/log.h"
#include "server/config/config.h"
#include "server/open_store.h"
#include "server/server.h"

namespace yilan::server {

// Keeps SIGTERM and SIGINT for Serve: to be called before any thread is made, which would be killed
// by them.
void BlockEndSignals();

// What Serve sets for the whole process; and what it makes of the settings. Apart for programs that
// serve a store of their own, as benchmarks do. `log` outlives gRPC; INVALID_ARGUMENT names the
// setting that is wrong.
void PrepareProcess(Log& log);
absl::StatusOr<ServerOptions> OptionsOf(const Config& config);

// Serves until SIGTERM or SIGINT, drains, and returns the exit code. A second signal ends the
// process at once.
int Serve(const Config& config, Log& log);

// Brings the schema of a mysql storage up to `to` (0: the newest), or says what that would take;
// prints what was done, and returns the exit code.
int Migrate(const Config& config, int to, bool dry_run);
// Prints which schema a mysql storage has, and returns the exit code.
int ShowSchema(const Config& config);

// Verifies the store, prints what it found, and returns the exit code. With `digest_only` it only
// reads the store and prints its digest (storage/transfer/store_digest.h).
int Check(const Config& config, bool digest_only);

// How to open the storage of the settings; the error is that of the password's file.
absl::StatusOr<StorageOptions> StorageOptionsOf(const Config& config);
// Waits for SIGTERM or SIGINT, which are blocked, and returns which it was.
int WaitForEndSignal();

}  // namespace yilan::server

#endif  // YILAN_SERVER_SERVE_H_
