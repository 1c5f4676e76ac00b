// The commands of yilan-server.
#ifndef YILAN_SERVER_SERVE_H_
#define YILAN_SERVER_SERVE_H_

#include "base/log.h"
#include "server/config/config.h"

namespace yilan::server {

// Keeps SIGTERM and SIGINT for Serve: to be called before any thread is made, which would be killed
// by them.
void BlockEndSignals();

// Serves until SIGTERM or SIGINT, drains, and returns the exit code. A second signal ends the
// process at once.
int Serve(const Config& config, Log& log);

// Verifies the store, prints what it found, and returns the exit code.
int Check(const Config& config);

}  // namespace yilan::server

#endif  // YILAN_SERVER_SERVE_H_
