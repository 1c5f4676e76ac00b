#include <map>
#include <string>

#include "clients/cli/commands.h"
#include "clients/import/time_text.h"

namespace yilan::cli {

void BuildCommandLine(CLI::App& app, Context& context) {
  GlobalOptions& options = context.options;
  app.name("yilan");
  app.description(
      "Yilan on the command line: load files, and read all that is known of a customer.");
  app.require_subcommand(1);
  // Options of the program may stand behind the subcommand too.
  app.fallthrough();
  app.footer(std::string(kExitCodeHelp) +
             "\nEnvironment: YILAN_SERVER (as --server), YILAN_TOKEN (a bearer token), NO_COLOR.");

  app.add_option("--server", options.server, "The server: HOST:PORT or unix:PATH")
      ->envname("YILAN_SERVER")
      ->capture_default_str()
      ->type_name("ADDRESS");
  app.add_flag("--tls", options.tls, "Encrypt, and trust the system's authorities");
  app.add_option("--tls-ca", options.tls_ca, "Encrypt, and trust these authorities")
      ->type_name("FILE");
  app.add_option("--tls-cert", options.tls_cert, "Certificate to show to the server")
      ->type_name("FILE");
  app.add_option("--tls-key", options.tls_key, "Its private key")->type_name("FILE");
  app.add_option("--tls-server-name", options.tls_server_name,
                 "Name in the server's certificate, if it is not the host")
      ->type_name("NAME");
  app.add_option("--token-file", options.token_file, "File with a bearer token")->type_name("FILE");
  app.add_flag("--insecure", options.insecure, "Allow plaintext to other machines");
  app.add_option("--timeout", options.timeout_seconds, "For one call, in seconds")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("SECONDS");
  static const std::map<std::string, ColorMode> modes = {
      {"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}};
  app.add_option("--color", options.color, "auto (on a terminal, unless NO_COLOR), always or never")
      ->transform(CLI::CheckedTransformer(modes).description(""))
      ->type_name("WHEN");
  app.add_option("--time-zone", options.time_zone,
                 "In which times are shown; the machine's by default")
      ->check([](const std::string& name) {
        const auto zone = ParseTimeZone(name);
        return zone.ok() ? "" : std::string(zone.status().message());
      })
      ->type_name("ZONE");

  AddImportCommand(app, context);
  AddViewCommand(app, context);
  AddSearchCommand(app, context);
  AddTimelineCommand(app, context);
  AddStatsCommand(app, context);
  AddQualityCommand(app, context);
  AddQuarantineCommand(app, context);
  AddSurvivorshipCommand(app, context);
  AddIdentityCommand(app, context);
  AddSimulateCommand(app, context);
  AddCompletionCommand(app, context);
}

}  // namespace yilan::cli
