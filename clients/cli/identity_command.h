// The subcommands of `yilan identity`, a file for each group: what IdentityService does, for people
// and scripts.
//
// A new group: write identity_FOO_commands.cc with its function, declare it here, call it in
// identity_command.cc, and add the file to CMakeLists.txt.
#ifndef YILAN_CLIENTS_CLI_IDENTITY_COMMAND_H_
#define YILAN_CLIENTS_CLI_IDENTITY_COMMAND_H_

#include <CLI/CLI.hpp>

#include "clients/cli/context.h"

namespace yilan::cli {

// match, explain, preview-merge.
void AddIdentityExplainCommands(CLI::App& identity, Context& context);
// pairs, links, suspects.
void AddIdentityLinksCommands(CLI::App& identity, Context& context);
// review list, review claim, review resolve.
void AddIdentityReviewCommands(CLI::App& identity, Context& context);
// train, models, preview-model, activate-model.
void AddIdentityModelCommands(CLI::App& identity, Context& context);
// merge, unmerge, not-duplicate, history.
void AddIdentityStewardshipCommands(CLI::App& identity, Context& context);

}  // namespace yilan::cli

#endif  // YILAN_CLIENTS_CLI_IDENTITY_COMMAND_H_
