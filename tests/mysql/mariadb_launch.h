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

// Runs mariadbd in `directory`, on directory/data, with directory/socket, directory/tmp and
// directory/log, and waits until it takes connections. `flags` come last. ABORTED when a port is
// taken; another error, with the end of the log, when it ends or takes no connection in a minute.
absl::StatusOr<std::unique_ptr<KeptProcess>> LaunchMariaDb(const std::string& directory,
                                                           const std::vector<std::string>& flags);

}  // namespace yilan

#endif  // YILAN_TESTS_MYSQL_MARIADB_LAUNCH_H_
