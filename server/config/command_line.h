// The command line of yilan-server.
#ifndef YILAN_SERVER_CONFIG_COMMAND_LINE_H_
#define YILAN_SERVER_CONFIG_COMMAND_LINE_H_

#include <optional>
#include <string>

#include "server/config/config.h"
#include "server/move_store.h"

namespace yilan::server {

// The exit codes of yilan-server, which scripts can trust.
enum ExitCode {
  kExitOk = 0,  // Served until it was told to end; or checked, and all is well.
  kExitFailed =
      1,  // Cannot serve: the store or an address cannot be had; or the check found damage.
  kExitUsage = 2,   // A flag, variable or file that is wrong.
  kExitCutOff = 3,  // Calls were still in flight when the drain timeout ended; or a copy, backup or
                    // restore was stopped, and the same command goes on with it.
};

enum class Command { kServe, kCheck, kMigrate, kSchema, kCopy, kBackup, kRestore };

struct CommandLine {
  Command command = Command::kServe;
  LoadedConfig loaded;
  int migrate_to = 0;  // 0: the newest.
  bool digest_only = false;
  MoveOptions move;
  bool dry_run = false;
  bool print_config = false;
};

// Reads flags, environment and file. Where that ends the program (--help, --version, an error) it
// has printed what there is to say and returns the exit code.
struct ParsedCommandLine {
  std::optional<CommandLine> command_line;
  int exit_code = kExitOk;
};
ParsedCommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace yilan::server

#endif  // YILAN_SERVER_CONFIG_COMMAND_LINE_H_
