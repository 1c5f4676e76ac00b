// What the tests of a failing MySQL share: a database of the test's own, servers on it that come
// back at their addresses, checked clients, and the verdict.
//
//   TEST_F(MySqlFaultTest, …) {
//     StartDatabase({.tcp = true});
//     StartServer();
//     StartClients();
//     AwaitWrites(300);
//     database().Kill();
//     …
//     StopAndCheck();
//   }
#ifndef YILAN_TESTS_FAULTS_MYSQL_FAULT_TEST_H_
#define YILAN_TESTS_FAULTS_MYSQL_FAULT_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "storage/mysql/mysql_store.h"
#include "tests/e2e/server_process.h"
#include "tests/history/checker.h"
#include "tests/history/workload.h"
#include "tests/mysql/mariadb_server.h"

namespace yilan::faults {

// How soon writes must succeed again after a database came back.
inline constexpr absl::Duration kRecovery = absl::Seconds(5);

class MySqlFaultTest : public testing::Test {
 protected:
  MySqlFaultTest();
  ~MySqlFaultTest() override;

  // A durable MariaDB with an empty database that has its schema. It has a synced binary log, if it
  // is durable: without one, InnoDB shows a commit to others before its own log is written, and a
  // crash at that moment takes back what they have seen.
  void StartDatabase(MariaDbServer::Options options = {}, bool binary_log = true);
  MariaDbServer& database() { return *database_; }
  // Ends everything, for a test whose disk ends with it.
  void EndDatabase();
  // What --storage takes; `server_options` are appended: "&max-connections=8".
  std::string Url(const std::string& server_options = "") const;
  // The same over TCP, which StartDatabase must have been told of.
  std::string TcpUrl(const std::string& server_options = "") const;

  // Starts the next server, or with its number one that was killed or stopped, on the port that it
  // had. The options stay with the number.
  struct ServerOptions {
    std::string url;                 // Url() if empty.
    e2e::Environment environment;    // Besides the password.
    std::vector<std::string> flags;  // Besides --storage and --listen.
  };
  size_t StartServer(const ServerOptions& options = {});
  void RestartServer(size_t number = 0, const e2e::Environment& environment = {});
  // Waits until a server has stopped (SIGSTOP), as a fault point makes it; false after a minute.
  bool AwaitStopped(size_t number = 0);
  e2e::ServerProcess& server(size_t number = 0) { return *servers_[number].process; }
  std::vector<std::string> Addresses() const;

  // Starts clients of all servers, with a follower on the database itself; store, and addresses and
  // seed unless they are given, are filled in.
  void StartClients(history::Options options = {});
  history::Workload& clients() { return *clients_; }
  // Waits for so many further acknowledged writes, and fails when that takes longer.
  void AwaitWrites(uint64_t count, absl::Duration timeout = absl::Minutes(3));
  // After the database came back: measures and returns the time until a write succeeds, and fails
  // when it is longer than kRecovery (and a little for a machine on which all writes are slow).
  absl::Duration ExpectRecovery();

  // Stops the clients and compares what they saw with what is stored; `yilan-server check` must
  // find the store sound. The database must be reachable.
  history::Report StopAndCheck();
  // The same without expectations.
  history::Report StopAndReport();
  void ExpectStoreIsSound();

  uint64_t seed() const { return seed_; }
  // KILL, as root, of every connection that Yilan has, but those of `spared`.
  void KillConnections(const std::vector<uint64_t>& spared = {});
  // A status variable of the database: "Max_used_connections".
  uint64_t StatusVariable(const std::string& name);

 private:
  struct Server {
    ServerOptions options;
    int port = 0;
    std::unique_ptr<e2e::ServerProcess> process;
  };

  const uint64_t seed_;
  absl::Duration slowest_write_;  // On the average of one AwaitWrites().
  std::unique_ptr<MariaDbServer> database_;
  std::string schema_;
  std::vector<Server> servers_;
  std::unique_ptr<storage::MySqlStore> store_;  // The followers'.
  std::unique_ptr<history::Workload> clients_;
};

}  // namespace yilan::faults

#endif  // YILAN_TESTS_FAULTS_MYSQL_FAULT_TEST_H_
