#include "tests/mysql/mariadb_launch.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_macros.h"

namespace yilan {
namespace {

constexpr absl::Duration kStartTimeout = absl::Minutes(1);  // Many tests at a time.
constexpr int kRetryMs = 2;
constexpr std::size_t kLogTail = 3000;

// What the server said since `offset` of its log.
std::string ReadFrom(const std::string& path, std::uintmax_t offset) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Waits until the server sends its greeting, which it does once it is ready; false when the process
// ended or the time was up first.
bool WaitForGreeting(const KeptProcess& process, const sockaddr_un& address) {
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (absl::Now() < deadline) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const bool connected =
        connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    // Not listening yet: the wait is for the end of the process, and short.
    pollfd waits[] = {{.fd = process.pid_fd(), .events = POLLIN},
                      {.fd = connected ? fd : -1, .events = POLLIN}};
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    poll(waits, 2, connected ? static_cast<int>(left) : kRetryMs);
    char byte = 0;
    const bool greeted = connected && recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
    close(fd);
    if (greeted) return true;
    if ((waits[0].revents & POLLIN) != 0) return false;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::string> FindMariaDbd() {
  const char* path = std::getenv("PATH");
  // Debian puts it where only root's PATH leads.
  const std::string folders = absl::StrCat(path == nullptr ? "" : path, ":/usr/sbin");
  for (const absl::string_view folder : absl::StrSplit(folders, ':', absl::SkipEmpty())) {
    const std::string file = absl::StrCat(folder, "/mariadbd");
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return absl::NotFoundError(
      "mariadbd is not installed; script/bootstrap installs it (package mariadb-server)");
}

std::vector<std::string> MariaDbDataFlags() {
  return {"--innodb-log-file-size=8M", "--innodb-buffer-pool-size=64M",
          "--character-set-server=utf8mb4"};
}

absl::StatusOr<std::vector<std::string>> MariaDbCommand(const std::string& directory,
                                                        const LaunchOptions& options) {
  ASSIGN_OR_RETURN(const std::string mariadbd, FindMariaDbd());
  std::error_code error;
  std::filesystem::create_directory(directory + "/tmp", error);
  std::vector<std::string> command;
  const bool other_user = geteuid() == 0 && options.os_user != "root";
  if (other_user) {
    RETURN_IF_ERROR(
        RunToEnd({"chown", "-R", options.os_user + ":", directory}, directory + "/log"));
    // Not mariadbd's own --user: a process that changes its user outlives the test.
    command = {"setpriv",       "--reuid=" + options.os_user, "--regid=" + options.os_user,
               "--init-groups", "--pdeathsig=KILL",           "--"};
  }
  const std::string defaults =
      options.defaults_file.empty() ? "--no-defaults" : "--defaults-file=" + options.defaults_file;
  for (const std::string& argument :
       {mariadbd, defaults,  // Must be first.
        "--datadir=" + directory + "/data", "--tmpdir=" + directory + "/tmp",
        "--pid-file=" + directory + "/pid", "--socket=" + directory + "/socket",
        std::string("--skip-name-resolve")}) {
    command.push_back(argument);
  }
  if (geteuid() == 0 && !other_user) command.emplace_back("--user=root");  // Only when told.
  const std::vector<std::string> data_flags = MariaDbDataFlags();
  command.insert(command.end(), data_flags.begin(), data_flags.end());
  command.insert(command.end(), options.flags.begin(), options.flags.end());
  return command;
}

absl::StatusOr<std::unique_ptr<KeptProcess>> LaunchMariaDb(const std::string& directory,
                                                           const LaunchOptions& options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket_path = directory + "/socket";
  if (socket_path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(
        socket_path, ": too long for a unix socket; set TMPDIR to a shorter directory"));
  }
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);

  ASSIGN_OR_RETURN(const std::vector<std::string> command, MariaDbCommand(directory, options));
  const std::string log = directory + "/log";
  std::error_code error;
  const std::uintmax_t logged =
      std::filesystem::exists(log) ? std::filesystem::file_size(log, error) : 0;
  ASSIGN_OR_RETURN(std::unique_ptr<KeptProcess> process, KeptProcess::Start(command, log));
  if (WaitForGreeting(*process, address)) return process;

  const std::optional<int> code = process->WaitFor(absl::ZeroDuration());
  std::string said = ReadFrom(log, logged);
  if (said.size() > kLogTail) said.erase(0, said.size() - kLogTail);
  const std::string what = absl::StrCat(
      "mariadbd ", code.has_value() ? absl::StrCat("ended with ", *code) : "takes no connection",
      "; it said:\n", said);
  if (absl::StrContains(said, "Address already in use")) return absl::AbortedError(what);
  return absl::InternalError(what);
}

}  // namespace yilan
