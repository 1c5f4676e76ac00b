// The commands of yilan-server.
#ifndef YILAN_SERVER_SERVE_H_
#define YILAN_SERVER_SERVE_H_

#include "base/log.h"
#include "server/config/config.h"

namespace yilan::server {

// Serves until SIGTERM or SIGINT, drains, and returns the exit code. A second signal ends the
// process at once. The calling thread and those made later have the two signals blocked.
int Serve(const Config& config, Log& log);

// Verifies the store, prints what it found, and returns the exit code.
int Check(const Config& config);

}  // namespace yilan::server

#endif  // YILAN_SERVER_SERVE_H_
