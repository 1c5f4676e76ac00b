// The subcommands of `yilan`, one function and one file each.
//
// A new one: write FOO_command.cc with AddFooCommand(), which adds the subcommand to `app` and sets
// its callback; declare it here, call it in main.cc, and add the file to CMakeLists.txt. Help and
// bash completion follow from what it registers. The callback reports through `context`, which
// outlives `app`.
#ifndef YILAN_CLIENTS_CLI_COMMANDS_H_
#define YILAN_CLIENTS_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "clients/cli/context.h"

namespace yilan::cli {

void AddImportCommand(CLI::App& app, Context& context);
void AddViewCommand(CLI::App& app, Context& context);
void AddSearchCommand(CLI::App& app, Context& context);
void AddTimelineCommand(CLI::App& app, Context& context);
void AddStatsCommand(CLI::App& app, Context& context);
void AddQualityCommand(CLI::App& app, Context& context);
void AddQuarantineCommand(CLI::App& app, Context& context);
void AddSurvivorshipCommand(CLI::App& app, Context& context);
void AddIdentityCommand(CLI::App& app, Context& context);
void AddSimulateCommand(CLI::App& app, Context& context);
void AddCompletionCommand(CLI::App& app, Context& context);

// The program with all of them, ready to parse.
void BuildCommandLine(CLI::App& app, Context& context);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_COMMANDS_H_
