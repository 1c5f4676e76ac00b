// yilan-server: see --help.
#include <unistd.h>

#include <cstdio>

#include "base/log.h"
#include "server/config/command_line.h"
#include "server/move_store.h"
#include "server/serve.h"

int main(int argc, char** argv) {
  using namespace yilan::server;  // NOLINT: there is nothing else here.
  const ParsedCommandLine parsed = ParseCommandLine(argc, argv);
  if (!parsed.command_line.has_value()) return parsed.exit_code;
  const CommandLine& command_line = *parsed.command_line;
  if (command_line.print_config) {
    std::fputs(PrintConfig(command_line.loaded).c_str(), stdout);
    return kExitOk;
  }
  const Config& config = command_line.loaded.config;
  switch (command_line.command) {
    case Command::kServe:
      break;
    case Command::kCheck:
      return Check(config, command_line.digest_only);
    case Command::kMigrate:
      return Migrate(config, command_line.migrate_to, command_line.dry_run);
    case Command::kSchema:
      return ShowSchema(config);
    case Command::kCopy:
    case Command::kBackup:
    case Command::kRestore:
      BlockEndSignals();
      return command_line.command == Command::kCopy     ? CopyStore(config, command_line.move)
             : command_line.command == Command::kBackup ? BackupStore(config, command_line.move)
                                                        : RestoreStore(config, command_line.move);
  }
  BlockEndSignals();
  yilan::Log log(STDERR_FILENO, config.log_level);
  return Serve(config, log);
}
