// yilan: the command-line client.
#include <iostream>

#include "clients/cli/commands.h"

int main(int argc, char** argv) {
  yilan::cli::Context context;
  CLI::App app;
  yilan::cli::BuildCommandLine(app, context);
  // The library reports by exceptions what the command line is: help, or a mistake.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? yilan::cli::kDone : yilan::cli::kUnusable;
  }
  return context.exit_code();
}
