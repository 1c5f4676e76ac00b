#include "tests/bench/server_process.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace yilan::bench {

ServerFigures ServerFigures::Parse(const std::string& line) {
  ServerFigures figures;
  for (const absl::string_view part : absl::StrSplit(line, ' ', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    figures.values_[std::string(pair.first)] = std::string(pair.second);
  }
  return figures;
}

double ServerFigures::Number(const std::string& name) const {
  return std::strtod(Text(name).c_str(), nullptr);
}

std::string ServerFigures::Text(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? "" : it->second;
}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    std::vector<std::string> arguments) {
  arguments.insert(
      arguments.begin(),
      (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench_server").string());
  ASSIGN_OR_RETURN(ChildProcess process, ChildProcess::Start(std::move(arguments), /*pipes=*/true));
  std::unique_ptr<ServerProcess> server(new ServerProcess(std::move(process)));
  ASSIGN_OR_RETURN(server->started_, server->ReadLine());
  return server;
}

ServerProcess::ServerProcess(ChildProcess process)
    : process_(std::move(process)),
      in_(fdopen(process_.input(), "w")),
      out_(fdopen(process_.output(), "r")) {}

ServerProcess::~ServerProcess() { Stop().IgnoreError(); }

absl::StatusOr<ServerFigures> ServerProcess::ReadLine() {
  char* line = nullptr;
  size_t capacity = 0;
  const ssize_t size = getline(&line, &capacity, out_);
  std::string text(line != nullptr && size > 0 ? line : "");
  free(line);
  if (text.empty()) return absl::UnavailableError("bench_server has ended; see above");
  absl::StripTrailingAsciiWhitespace(&text);
  return ServerFigures::Parse(text);
}

absl::StatusOr<ServerFigures> ServerProcess::Ask() {
  std::fputs("\n", in_);
  std::fflush(in_);
  return ReadLine();
}

absl::Status ServerProcess::Stop() {
  if (in_ != nullptr) std::fclose(in_);
  in_ = nullptr;
  const absl::Status status = process_.Wait();
  if (out_ != nullptr) std::fclose(out_);
  out_ = nullptr;
  return status;
}

}  // namespace yilan::bench
