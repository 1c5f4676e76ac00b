// yilan: the command-line client.
#include <cstdio>
#include <string>
#include <vector>

#include "clients/cli/commands.h"

int main(int argc, char** argv) {
  yilan::cli::Context context;
  CLI::App app;
  yilan::cli::BuildCommandLine(app, context);
  // The library reports by exceptions what the command line is: help, or a mistake.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> unknown = app.remaining();
    if (app.get_subcommands().empty() && !unknown.empty()) {
      std::fprintf(stderr,
                   "There is no command or option %s\nRun with --help for more information.\n",
                   unknown.front().c_str());
      return yilan::cli::kUnusable;
    }
    return app.exit(error) == 0 ? yilan::cli::kDone : yilan::cli::kUnusable;
  }
  return context.exit_code();
}
