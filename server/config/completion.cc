#include "server/config/completion.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/config/config.h"

namespace yilan::server {
namespace {

constexpr char kScript[] =
    R"script(# bash completion for yilan-server; load it with: source <(yilan-server completion bash)
_yilan_server() {
  local current=${COMP_WORDS[COMP_CWORD]} previous= words=
  [ "$COMP_CWORD" -gt 0 ] && previous=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $previous in
    @FILES@) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --storage|--from|--to) COMPREPLY=($(compgen -W 'memory: rocksdb: mysql:' -- "$current")); return ;;
    --reflection) COMPREPLY=($(compgen -W 'auto on off' -- "$current")); return ;;
    --log-level) COMPREPLY=($(compgen -W 'debug info warning error' -- "$current")); return ;;
    @VALUES@) return ;;
  esac
  case ${COMP_WORDS[1]} in
    serve|schema) words='@FLAGS@' ;;
    check) words='@FLAGS@ --digest' ;;
    migrate) words='@FLAGS@ --to --dry-run' ;;
    copy) words='@FLAGS@ --from --to --from-mysql-password-file --to-mysql-password-file --follow' ;;
    backup|restore) words='@FLAGS@ --file' ;;
    completion) words=bash ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words='serve check migrate schema copy backup restore completion --help --version'
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _yilan_server yilan-server
)script";

void Append(const std::string& word, const char* separator, std::string& words) {
  absl::StrAppend(&words, words.empty() ? "" : separator, word);
}

}  // namespace

std::string BashCompletion() {
  std::string flags = "--help --config --print-config";
  std::string files = "--config|--file|--from-mysql-password-file|--to-mysql-password-file";
  std::string values;
  for (const Setting& setting : AllSettings()) {
    if (setting.hidden || setting.secret) continue;
    const std::string flag = absl::StrCat("--", setting.name);
    Append(flag, " ", flags);
    if (setting.value_name == nullptr) continue;
    if (absl::string_view(setting.value_name) == "FILE") {
      Append(flag, "|", files);
    } else {
      Append(flag, "|", values);
    }
  }
  return absl::StrReplaceAll(kScript,
                             {{"@FILES@", files}, {"@VALUES@", values}, {"@FLAGS@", flags}});
}

}  // namespace yilan::server
