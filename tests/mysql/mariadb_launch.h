// Starting mariadbd on a directory.
#ifndef YILAN_TESTS_MYSQL_MARIADB_LAUNCH_H_
#define YILAN_TESTS_MYSQL_MARIADB_LAUNCH_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/mysql/kept_process.h"

namespace yilan {

// The path of mariadbd; NOT_FOUND, saying what to install, when there is none.
absl::StatusOr<std::string> FindMariaDbd();

// What decides the form of a data directory, for mariadbd and mariadb-install-db alike: a template
// made with other values is another template.
std::vector<std::string> MariaDbDataFlags();

struct LaunchOptions {
  // The only configuration file that it reads; none if empty.
  std::string defaults_file;
  // Who it runs as, where this program is root: then `directory` is given to him.
  std::string os_user = "root";
  // For mariadbd, after all others.
  std::vector<std::string> flags;
};

// The command that does so. Makes what it needs in `directory`.
absl::StatusOr<std::vector<std::string>> MariaDbCommand(const std::string& directory,
                                                        const LaunchOptions& options);

// Runs mariadbd in `directory`, on directory/data, with directory/socket, directory/tmp and
// directory/log, and waits until it takes connections. ABORTED when a port is taken; another error,
// with the end of the log, when it ends or takes no connection in a minute.
absl::StatusOr<std::unique_ptr<KeptProcess>> LaunchMariaDb(const std::string& directory,
                                                           const LaunchOptions& options);

}  // namespace yilan

#endif  // YILAN_TESTS_MYSQL_MARIADB_LAUNCH_H_
