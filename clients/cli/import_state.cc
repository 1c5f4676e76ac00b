#include "clients/cli/import_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace yilan::cli {
namespace {

constexpr int kFormat = 1;

// The numbers of a state, each with its name in the file.
template <typename State, typename Visitor>
void VisitNumbers(State& state, Visitor visit) {
  visit("mapping_fingerprint", state.mapping_fingerprint);
  visit("offset", state.position.offset);
  visit("line", state.position.line);
  visit("row", state.position.row);
  visit("prefix_fingerprint", state.position.fingerprint);
  visit("rejected_bytes", state.rejected_bytes);
  visit("rows", state.counts.rows);
  visit("rejected_rows", state.counts.rejected_rows);
  visit("facts", state.counts.facts);
  visit("created", state.counts.created);
  visit("updated", state.counts.updated);
  visit("duplicates", state.counts.duplicates);
  visit("superseded", state.counts.superseded);
  visit("deleted", state.counts.deleted);
  visit("rejected_facts", state.counts.rejected_facts);
  visit("identity_conflicts", state.counts.identity_conflicts);
}

}  // namespace

absl::StatusOr<std::optional<ImportState>> LoadImportState(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::optional<ImportState>();
  const nlohmann::json json = nlohmann::json::parse(std::istreambuf_iterator<char>(file), {},
                                                    nullptr, /*allow_exceptions=*/false);
  const absl::Status broken = absl::DataLossError(absl::StrCat(
      path, " is not the state of an import; remove it, or begin anew with --restart"));
  if (!json.is_object() || json.value("format", nlohmann::json()) != kFormat) return broken;
  ImportState state;
  const auto server = json.find("server");
  if (server == json.end() || !server->is_string()) return broken;
  state.server = server->get<std::string>();
  bool complete = true;
  VisitNumbers(state, [&](const char* name, auto& number) {
    const auto value = json.find(name);
    if (value == json.end() || !value->is_number_integer()) {
      complete = false;
    } else {
      number = value->get<std::remove_reference_t<decltype(number)>>();
    }
  });
  if (!complete) return broken;
  return std::optional<ImportState>(std::move(state));
}

absl::Status SaveImportState(const ImportState& state, const std::string& path) {
  nlohmann::ordered_json json;
  json["format"] = kFormat;
  json["server"] = state.server;
  VisitNumbers(state, [&](const char* name, const auto& number) { json[name] = number; });
  const std::string text =
      json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";

  const std::string draft = path + ".new";
  const auto error = [&draft](int number) {
    return absl::UnavailableError(absl::StrCat("cannot write ", draft, ": ", std::strerror(number),
                                               "; say where to with --work-dir"));
  };
  const int descriptor = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return error(errno);
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) break;
    if (count > 0) written += static_cast<size_t>(count);
  }
  const bool sound = written == text.size() && fsync(descriptor) == 0;
  const int number = errno;
  close(descriptor);
  if (!sound) return error(number);
  if (std::rename(draft.c_str(), path.c_str()) != 0) return error(errno);
  return absl::OkStatus();
}

}  // namespace yilan::cli
