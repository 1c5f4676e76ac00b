#include "tests/mysql/mariadb_template.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "tests/mysql/kept_process.h"
#include "tests/mysql/mariadb_launch.h"

namespace yilan {
namespace {

namespace fs = std::filesystem;

// The statements of --init-file, one a line.
std::string AccountStatements(const MariaDbAccounts& accounts) {
  return absl::StrCat(
      "CREATE USER '", accounts.user, "'@'%' IDENTIFIED BY '", accounts.password, "';\n",
      "GRANT ALL ON `yilan%`.* TO '", accounts.user, "'@'%';\n",
      // Those of the machine's name and of addresses have no password.
      "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';\n",
      "DELETE FROM mysql.proxies_priv WHERE Host <> 'localhost';\n", "FLUSH PRIVILEGES;\n",
      "ALTER USER root@localhost IDENTIFIED BY '", accounts.root_password, "';\n",
      "DROP DATABASE sys;\n");  // A hundred files to copy, for people to look at.
}

std::vector<std::string> InstallCommand(const std::string& data) {
  std::vector<std::string> command = {
      "mariadb-install-db", "--no-defaults",
      "--datadir=" + data,  "--auth-root-authentication-method=normal",
      "--skip-test-db",     "--skip-name-resolve"};
  if (geteuid() == 0) command.emplace_back("--user=root");
  const std::vector<std::string> flags = MariaDbDataFlags();
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

// What the template depends on, as a file name. The program's size and date stand for its version,
// which it takes as long to tell as to start.
absl::StatusOr<std::string> TemplateName(const MariaDbAccounts& accounts) {
  ASSIGN_OR_RETURN(const std::string mariadbd, FindMariaDbd());
  struct stat file {};
  if (stat(mariadbd.c_str(), &file) != 0) return absl::InternalError(std::strerror(errno));
  const std::string recipe =
      absl::StrCat(absl::StrJoin(InstallCommand(""), "\n"), AccountStatements(accounts));
  return absl::StrCat(geteuid(), "-", file.st_size, "-", file.st_mtime, "-",
                      absl::Hex(std::hash<std::string>()(recipe)));
}

// Holds an exclusive lock on a file, against other processes, and other threads of this one.
class FileLock {
 public:
  explicit FileLock(const std::string& path)
      : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    while (fd_ >= 0 && flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FileLock() {
    if (fd_ >= 0) close(fd_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool held() const { return fd_ >= 0; }

 private:
  const int fd_;
};

// Makes directory/data from nothing.
absl::Status Initialise(const std::string& directory, const MariaDbAccounts& accounts) {
  const std::string log = directory + "/log";
  RETURN_IF_ERROR(RunToEnd(InstallCommand(directory + "/data"), log));
  const std::string statements = directory + "/accounts.sql";
  std::ofstream(statements) << AccountStatements(accounts);
  ASSIGN_OR_RETURN(
      const std::unique_ptr<KeptProcess> server,
      LaunchMariaDb(directory, {.flags = {"--skip-networking", "--init-file=" + statements}}));
  // A clean end leaves nothing to recover to each copy.
  server->Signal(SIGTERM);
  const std::optional<int> code = server->WaitFor(absl::Minutes(1));
  if (code != 0) return absl::InternalError("mariadbd does not end cleanly; see " + log);
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeMariaDbData(const std::string& directory, const MariaDbAccounts& accounts) {
  ASSIGN_OR_RETURN(const std::string name, TemplateName(accounts));
  const std::string templates = YILAN_MARIADB_TEMPLATES;
  const std::string ready = absl::StrCat(templates, "/", name);
  std::error_code error;
  if (!fs::exists(ready, error)) {
    fs::create_directories(templates, error);
    const FileLock lock(templates + "/lock");
    if (!lock.held()) {
      return absl::PermissionDeniedError(
          absl::StrCat(templates, ": cannot be written; run the tests as who built them"));
    }
    if (!fs::exists(ready, error)) {  // Another may have made it meanwhile.
      // In the test's directory, whose name is short enough for a socket; then to the build
      // directory, there to appear at once and whole.
      const std::string making = directory + "/template";
      fs::create_directory(making, error);
      RETURN_IF_ERROR(Initialise(making, accounts));
      const std::string partial = ready + ".partial";
      fs::remove_all(partial, error);  // Of one that was killed here.
      RETURN_IF_ERROR(
          RunToEnd({"cp", "-r", "--reflink=auto", "--sparse=always", making + "/data", partial},
                   directory + "/log"));
      fs::rename(partial, ready, error);
      if (error) return absl::InternalError(absl::StrCat(ready, ": ", error.message()));
      fs::remove_all(making, error);
    }
  }
  return RunToEnd({"cp", "-r", "--reflink=auto", "--sparse=always", ready, directory + "/data"},
                  directory + "/log");
}

}  // namespace yilan
