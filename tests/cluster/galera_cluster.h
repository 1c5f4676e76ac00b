// Three MariaDB servers that are one Galera cluster, and HAProxy in front of them.
//
//   ASSIGN_OR_RETURN(const auto cluster, GaleraCluster::Start({}));
//   ASSIGN_OR_RETURN(const std::string database, cluster->CreateDatabase());
//   const std::string url = cluster->Url(database);  // With MariaDbServer::password().
//   cluster->node(1).Kill();                         // HAProxy sends its connections to node 2.
//   RETURN_IF_ERROR(cluster->Rejoin(1));             // Node 2 stays the writer.
//
// It runs the configuration of deploy/galera with addresses and directories of its own, and needs
// Debian's packages mariadb-server, galera-4, rsync and haproxy. The servers run as user mysql
// where the test is root (Galera's way to copy a node refuses root). All of it dies with the test.
// Starting takes some six seconds, most of them Galera's: use one cluster per program.
#ifndef YILAN_TESTS_CLUSTER_GALERA_CLUSTER_H_
#define YILAN_TESTS_CLUSTER_GALERA_CLUSTER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/mysql/kept_process.h"
#include "tests/mysql/mariadb_server.h"

namespace yilan {

// A program has one at a time. Methods may be called from any thread, on different nodes at once.
class GaleraCluster {
 public:
  static constexpr int kNodes = 3;  // They count from 1.

  struct Options {
    // As in deploy/galera: a commit is on the writer's disk. False only where no machine crashes:
    // kill -9 loses nothing either way.
    bool durable = true;
    // Galera's own timers in place of those of deploy/galera.
    bool default_timers = false;
    // Without, each node is only reached by itself.
    bool proxy = true;
  };

  // Returns when all nodes are synced and HAProxy has seen it. Node 1 is the writer.
  static absl::StatusOr<std::unique_ptr<GaleraCluster>> Start(const Options& options);
  ~GaleraCluster();
  GaleraCluster(const GaleraCluster&) = delete;
  GaleraCluster& operator=(const GaleraCluster&) = delete;

  // To kill, pause, resume and stop it. To start it again, Rejoin().
  MariaDbServer& node(int number);
  // Starts a node that was killed or stopped, as the system's service does: it finds out what it
  // has, and is given what it lacks; without `keep_data`, everything. Returns when it is synced.
  absl::Status Rejoin(int number, bool keep_data = true);
  // Waits until a node is synced with the cluster, and its members are `members`.
  absl::Status WaitUntilSynced(int number, int members = kNodes);
  // Of SHOW STATUS at a node: Variable("wsrep_local_state_comment") is "Synced".
  absl::StatusOr<std::string> StatusVariable(int number, absl::string_view name);

  // As MariaDbServer's, on all nodes.
  absl::StatusOr<std::string> CreateDatabase();
  // What --storage takes: through HAProxy, and to one node past it.
  std::string Url(absl::string_view database) const;
  std::string NodeUrl(int number, absl::string_view database);

  // The node to which HAProxy sends connections, and whether it thinks that a node takes writes.
  absl::StatusOr<int> Writer() const;
  absl::StatusOr<bool> IsUp(int number) const;
  absl::Status WaitUntilUp(int number, bool up = true) const;
  // Waits until no connection goes to a node through HAProxy.
  absl::Status WaitUntilLeft(int number) const;
  // What HAProxy printed.
  std::string ProxyLog() const;

 private:
  GaleraCluster(const Options& options, std::string directory);

  std::string Address(int number) const;
  std::string NodeFile() const { return directory_ + "/node.cnf"; }
  MariaDbServer::Options ServerOptions(int number) const;
  absl::Status StartNodes();
  absl::Status StartProxy();
  // A column of HAProxy's statistics.
  absl::StatusOr<std::string> ProxyColumn(int number, absl::string_view column) const;
  absl::StatusOr<std::string> AskProxy(absl::string_view command) const;

  const Options options_;
  const std::string directory_;
  std::vector<std::unique_ptr<MariaDbServer>> nodes_;
  std::unique_ptr<KeptProcess> proxy_;
};

}  // namespace yilan

#endif  // YILAN_TESTS_CLUSTER_GALERA_CLUSTER_H_
