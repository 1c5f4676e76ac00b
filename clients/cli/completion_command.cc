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

// The long options of a command, without those of the program.
std::vector<std::string> OptionsOf(const CLI::App& command) {
  std::vector<std::string> options;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  }
  return options;
}

// One `case` branch for each command: what can follow it.
void AddBranches(const CLI::App& command, const std::string& path, std::string& script) {
  std::vector<std::string> words = OptionsOf(command);
  for (const CLI::App* child : command.get_subcommands({})) {
    if (!child->get_name().empty()) words.push_back(child->get_name());
  }
  absl::StrAppend(&script, "    '", path, "') words='", absl::StrJoin(words, " "), "' ;;\n");
  for (const CLI::App* child : command.get_subcommands({})) {
    if (child->get_name().empty()) continue;
    AddBranches(*child,
                path.empty() ? child->get_name() : absl::StrCat(path, " ", child->get_name()),
                script);
  }
}

// All paths of commands, so that the script can tell a command from an argument.
void AddPaths(const CLI::App& command, const std::string& path, std::vector<std::string>& paths) {
  for (const CLI::App* child : command.get_subcommands({})) {
    if (child->get_name().empty()) continue;
    paths.push_back(path.empty() ? child->get_name() : absl::StrCat(path, " ", child->get_name()));
    AddPaths(*child, paths.back(), paths);
  }
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
    --format) COMPREPLY=($(compgen -W 'csv jsonl' -- "$current")); return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case "|@PATHS@|" in
      *"|${path:+$path }$word|"*) path="${path:+$path }$word" ;;
    esac
  done
  case $path in
@BRANCHES@  esac
  [ -n "$path" ] && words="$words @GLOBAL@"
  case $path in
    view|timeline|search) [[ $current == -* ]] || words="$words @IDENTIFIERS@" ;;
    completion) words="$words bash" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "$path" = import ] && [[ $current != -* ]] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o bashdefault -o default -F _yilan yilan
)script";

std::string BashScript(const CLI::App& app) {
  std::string branches;
  AddBranches(app, "", branches);
  std::vector<std::string> paths;
  AddPaths(app, "", paths);
  std::vector<std::string> identifiers;
  for (const std::string& word : IdentifierWords()) identifiers.push_back(word + ":");
  return absl::StrReplaceAll(kScript, {{"@BRANCHES@", branches},
                                       {"@PATHS@", absl::StrJoin(paths, "|")},
                                       {"@GLOBAL@", absl::StrJoin(OptionsOf(app), " ")},
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
