// MariaDB is killed, stopped or loses its connections, under checked clients.
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/faults/mysql_fault_test.h"

namespace yilan::faults {
namespace {

TEST_F(MySqlFaultTest, ClientsOfAHealthyDatabaseSeeNothingWrong) {
  StartDatabase();
  StartServer();
  StartClients();
  AwaitWrites(500);
  const history::Report report = StopAndCheck();
  EXPECT_EQ(report.failed_reads, 0u);
}

}  // namespace
}  // namespace yilan::faults
