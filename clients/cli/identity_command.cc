#include "clients/cli/identity_command.h"

#include "clients/cli/commands.h"

namespace yilan::cli {

void AddIdentityCommand(CLI::App& app, Context& context) {
  CLI::App* identity = app.add_subcommand(
      "identity", "Who is who: what made one customer of many records, and stewards' decisions");
  identity->require_subcommand(1);
  AddIdentityExplainCommands(*identity, context);
  AddIdentityReviewCommands(*identity, context);
  AddIdentityStewardshipCommands(*identity, context);
  AddIdentityLinksCommands(*identity, context);
  AddIdentityModelCommands(*identity, context);
}

}  // namespace yilan::cli
