// Data directories of MariaDB, made once and copied.
#ifndef YILAN_TESTS_MYSQL_MARIADB_TEMPLATE_H_
#define YILAN_TESTS_MYSQL_MARIADB_TEMPLATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace yilan {

// The accounts in it: `user`, who may do anything in databases named yilan…, from anywhere, and
// root@localhost with `root_password`. No others.
struct MariaDbAccounts {
  std::string user;
  std::string password;
  std::string root_password;
};

// Makes `directory`/data, a data directory with these accounts and no database besides the
// server's own. It is a copy of a template in the build directory, which is made where it is
// missing or mariadbd, the accounts or the way of making it have changed. Any number of processes
// may call it at once: one makes the template, and the others wait.
absl::Status MakeMariaDbData(const std::string& directory, const MariaDbAccounts& accounts);

}  // namespace yilan

#endif  // YILAN_TESTS_MYSQL_MARIADB_TEMPLATE_H_
