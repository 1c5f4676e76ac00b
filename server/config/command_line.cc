#include "server/config/command_line.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "server/config/completion.h"
#include "server/version.h"

namespace yilan::server {
namespace {

constexpr char kFooter[] =
    "Every setting can also be given in the environment (--max-in-flight as YILAN_MAX_IN_FLIGHT) "
    "and\n"
    "in the file of --config (as \"max-in-flight: 100\"). A flag goes before the environment, "
    "that\n"
    "before the file. Secrets are in files that settings name, never in flags.\n"
    "\n"
    "Exit codes: 0 ended as asked; 1 cannot serve (store or address), or check found damage;\n"
    "2 a wrong flag, variable or file; 3 calls were cut off at the end of the drain timeout, or a\n"
    "copy, backup or restore was stopped: the same command goes on with it.\n";

// What one sub-command takes from the command line.
struct Flags {
  std::map<std::string, std::string> values;
  std::string config_file;
  bool print_config = false;
};

// The settings that a command which moves a store has a use for; it takes the others too, so that
// it can be given the file of a server, but does not show them.
bool HelpsMoving(absl::string_view name) {
  return name == "storage" || name == "mysql-password-file" || name == "storage-cache-bytes";
}

void AddFlags(CLI::App& app, Flags& flags, bool moves) {
  for (const Setting& setting : AllSettings()) {
    if (setting.secret) continue;
    const std::string name = absl::StrCat("--", setting.name);
    std::string& value = flags.values[setting.name];
    std::string help = setting.help;
    if (setting.value_name != nullptr && *setting.default_value != '\0') {
      absl::StrAppend(&help, " [", setting.default_value, "]");
    }
    CLI::Option* option = nullptr;
    if (setting.value_name == nullptr) {
      option = app.add_flag(name, value, help);
    } else {
      option = app.add_option(name, value, help)->type_name(setting.value_name);
    }
    option->take_last();
    if (setting.hidden || (moves && !HelpsMoving(setting.name))) option->group("");
  }
  app.add_option("--config", flags.config_file, "Read settings from this YAML file")
      ->type_name("FILE");
  app.add_flag("--print-config", flags.print_config,
               "Print the effective settings and where each came from, and end");
}

int Fail(absl::string_view message) {
  std::fprintf(stderr, "yilan-server: %s\n", std::string(message).c_str());
  return kExitUsage;
}

}  // namespace

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app("Serves Yilan, the customer data platform, over gRPC.", "yilan-server");
  app.set_version_flag("--version", absl::StrCat("yilan-server ", kVersion));
  app.footer(kFooter);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  struct Verb {
    Command command;
    CLI::App* app;
    Flags flags;
  };
  std::deque<Verb> verbs;
  const auto add = [&](Command command, const char* name, const char* help) {
    Verb& verb = verbs.emplace_back(Verb{command, app.add_subcommand(name, help), {}});
    AddFlags(
        *verb.app, verb.flags,
        command == Command::kCopy || command == Command::kBackup || command == Command::kRestore);
    verb.app->footer(kFooter);
    return verb.app;
  };
  add(Command::kServe, "serve", "Serve until SIGTERM or SIGINT");
  bool digest_only = false;
  add(Command::kCheck, "check",
      "Read the whole store and verify it; no server may run on a directory meanwhile")
      ->add_flag("--digest", digest_only,
                 "Verify nothing, and print the digest only: equal stores have the same");
  int migrate_to = 0;
  bool dry_run = false;
  CLI::App* migrate = add(Command::kMigrate, "migrate",
                          "Make or bring up to date the tables of a mysql storage; servers go on");
  migrate->add_option("--to", migrate_to, "Up to this schema, not the newest")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, 9999));
  migrate->add_flag("--dry-run", dry_run, "Only say what would be done");
  add(Command::kSchema, "schema", "Say which schema a mysql storage has");
  MoveOptions move;
  CLI::App* copy = add(Command::kCopy, "copy",
                       "Copy a whole store into an empty one, of any backend, while it is written");
  copy->add_option("--from", move.from, "What is copied; servers go on, but for a directory")
      ->type_name("STORAGE")
      ->required();
  copy->add_option("--to", move.to, "Where to; empty, or left by the same command that was stopped")
      ->type_name("STORAGE")
      ->required();
  copy->add_option("--from-mysql-password-file", move.from_password_file,
                   "The password of --from, if it is another")
      ->type_name("FILE");
  copy->add_option("--to-mysql-password-file", move.to_password_file,
                   "The password of --to, if it is another")
      ->type_name("FILE");
  copy->add_flag("--follow", move.follow,
                 "Once caught up, go on copying what is written until SIGINT or SIGTERM");
  CLI::App* backup =
      add(Command::kBackup, "backup", "Back a whole store up to one file, while it is written");
  CLI::App* restore =
      add(Command::kRestore, "restore", "Bring a backup into an empty store, of any backend");
  for (CLI::App* const each : {backup, restore}) {
    each->add_option("--file", move.file,
                     each == backup ? "Where to; FILE.part until it is whole" : "The backup")
        ->type_name("FILE")
        ->required();
  }
  std::string shell;
  CLI::App* completion =
      app.add_subcommand("completion", "Print a script that completes command lines");
  completion->add_option("SHELL", shell, "bash")->required()->check(CLI::IsMember({"bash"}));
  // CLI11 would only say that a command is missing.
  if (argc > 1 && argv[1][0] != '-' && !completion->check_name(argv[1]) &&
      std::none_of(verbs.begin(), verbs.end(),
                   [&](const Verb& verb) { return verb.app->check_name(argv[1]); })) {
    return {.exit_code = Fail(absl::StrCat(
                "no such command: \"", argv[1],
                "\"; there are serve, check, migrate, schema, copy, backup, restore and "
                "completion"))};
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return {.exit_code = app.exit(done)};
  } catch (const CLI::ParseError& error) {
    return {.exit_code = Fail(absl::StrCat(error.what(), "; see yilan-server --help"))};
  }

  if (completion->parsed()) {
    std::fputs(BashCompletion().c_str(), stdout);
    return {.exit_code = kExitOk};
  }
  const Verb& verb = *std::find_if(verbs.begin(), verbs.end(),
                                   [](const Verb& each) { return each.app->parsed(); });
  const Flags& flags = verb.flags;
  const CLI::App& used = *verb.app;
  GivenValues given;
  for (const auto& [name, value] : flags.values) {
    const std::string flag = absl::StrCat("--", name);
    if (used.get_option(flag)->count() > 0) given[name] = {value, absl::StrCat("flag ", flag)};
  }
  const GivenValues environment =
      ReadEnvironment([](const char* name) { return std::getenv(name); });
  GivenValues file;
  std::string config_file = flags.config_file;
  if (const char* path = std::getenv("YILAN_CONFIG"); config_file.empty() && path != nullptr) {
    config_file = path;
  }
  if (!config_file.empty()) {
    auto read = ReadConfigFile(config_file);
    if (!read.ok()) return {.exit_code = Fail(read.status().message())};
    file = *std::move(read);
  }
  auto loaded = MergeConfig(given, environment, file);
  if (!loaded.ok()) return {.exit_code = Fail(loaded.status().message())};
  for (const auto& [flag, storage] : {std::pair("from", &move.from), {"to", &move.to}}) {
    const absl::Status status = CheckStorage(*storage);
    if (!storage->empty() && !status.ok()) {
      return {.exit_code = Fail(absl::StrCat("--", flag, ": ", status.message()))};
    }
  }
  return {.command_line = CommandLine{.command = verb.command,
                                      .loaded = *std::move(loaded),
                                      .migrate_to = migrate_to,
                                      .digest_only = digest_only,
                                      .move = move,
                                      .dry_run = dry_run,
                                      .print_config = flags.print_config}};
}

}  // namespace yilan::server
