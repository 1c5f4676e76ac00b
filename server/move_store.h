// The commands of yilan-server that move a whole store: copy, backup, restore.
#ifndef YILAN_SERVER_MOVE_STORE_H_
#define YILAN_SERVER_MOVE_STORE_H_

#include <string>

#include "server/config/config.h"

namespace yilan::server {

// What the flags of these commands say.
struct MoveOptions {
  std::string from;
  std::string to;
  std::string from_password_file;  // Where it differs from mysql-password-file.
  std::string to_password_file;
  std::string file;
  bool follow = false;
};

// Each shows its progress on stderr and what was moved on stdout, and returns the exit code. SIGINT
// and SIGTERM stop it so that the same command goes on where it was (kExitCutOff); a second one
// ends the process at once. BlockEndSignals() comes first.
int CopyStore(const Config& config, const MoveOptions& options);
int BackupStore(const Config& config, const MoveOptions& options);
int RestoreStore(const Config& config, const MoveOptions& options);

}  // namespace yilan::server

#endif  // YILAN_SERVER_MOVE_STORE_H_
