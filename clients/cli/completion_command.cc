#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/commands.h"
#include "clients/cli/customer_argument.h"

namespace yilan::cli {
namespace {

std::string JoinPath(const std::string& path, const std::string& name) {
  return path.empty() ? name : absl::StrCat(path, " ", name);
}

// Calls `visit` for a command and all below it, with the path of each: "quarantine list".
template <typename Visitor>
void VisitCommands(const CLI::App& command, const std::string& path, Visitor visit) {
  visit(command, path);
  for (const CLI::App* child : command.get_subcommands({})) {
    VisitCommands(*child, JoinPath(path, child->get_name()), visit);
  }
}

// The long options of a command.
std::string OptionsOf(const CLI::App& command) {
  std::vector<std::string> options;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (name != "help") options.push_back("--" + name);
    }
  }
  return absl::StrJoin(options, " ");
}

std::string SubcommandsOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* child : command.get_subcommands({})) names.push_back(child->get_name());
  return absl::StrJoin(names, " ");
}

constexpr char kScript[] =
    R"script(# bash completion for yilan; load it with: source <(yilan completion bash)
_yilan() {
  local current=${COMP_WORDS[COMP_CWORD]} previous= path= words= word i
  [ "$COMP_CWORD" -gt 0 ] && previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $previous in
    --mapping|-m|--tls-ca|--tls-cert|--tls-key|--token-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --work-dir) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W 'csv jsonl facts' -- "$current")); return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case "|@PATHS@|" in
      *"|${path:+$path }$word|"*) path="${path:+$path }$word" ;;
    esac
  done
  if [[ $current == -* ]]; then
    case $path in
@OPTIONS@    esac
    words="$words @GLOBAL@ --help"
  else
    case $path in
@SUBCOMMANDS@      view|timeline|search|'identity explain'|'identity history'|'identity preview-merge'|\
      'identity merge'|'identity not-duplicate') words='@IDENTIFIERS@' ;;
      completion) words=bash ;;
      import) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _yilan yilan
)script";

std::string BashScript(const CLI::App& app) {
  std::vector<std::string> paths;
  std::string options;
  std::string subcommands;
  VisitCommands(app, "", [&](const CLI::App& command, const std::string& path) {
    if (!path.empty()) {
      paths.push_back(path);
      absl::StrAppend(&options, "      '", path, "') words='", OptionsOf(command), "' ;;\n");
    }
    const std::string names = SubcommandsOf(command);
    if (!names.empty()) {
      absl::StrAppend(&subcommands, "      '", path, "') words='", names, "' ;;\n");
    }
  });
  std::vector<std::string> identifiers;
  for (const std::string& word : IdentifierWords()) identifiers.push_back(word + ":");
  return absl::StrReplaceAll(kScript, {{"@PATHS@", absl::StrJoin(paths, "|")},
                                       {"@OPTIONS@", options},
                                       {"@SUBCOMMANDS@", subcommands},
                                       {"@GLOBAL@", OptionsOf(app)},
                                       {"@IDENTIFIERS@", absl::StrJoin(identifiers, " ")}});
}

}  // namespace

void AddCompletionCommand(CLI::App& app, Context& context) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "Print a script that completes command lines");
  command->add_option("shell", *shell, "bash: source <(yilan completion bash)")
      ->required()
      ->check(CLI::IsMember({"bash"}))
      ->type_name("SHELL");
  command->callback([shell, &app, &context] { context.Print(BashScript(app)); });
}

}  // namespace yilan::cli
