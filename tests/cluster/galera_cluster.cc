#include "tests/cluster/galera_cluster.h"

#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "tests/mysql/mariadb_launch.h"

namespace yilan {
namespace {

namespace fs = std::filesystem;

constexpr char kFiles[] = YILAN_GALERA_FILES;
constexpr char kOsUser[] = "mysql";
constexpr int kSqlPort = 23306;
constexpr int kProxyPort = 23307;
constexpr int kPeerPort = 23308;
constexpr int kSstPort = 24444;
constexpr int kGroupPort = 24567;
constexpr int kIstPort = 24568;
constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr int kPollMs = 10;

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Until `done` says so; DEADLINE_EXCEEDED with `what` after a minute.
absl::Status WaitUntil(absl::FunctionRef<bool()> done, absl::string_view what) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!done()) {
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat("after a minute, still not: ", what));
    }
    poll(nullptr, 0, kPollMs);
  }
  return absl::OkStatus();
}

// The value of wsrep_provider_options in deploy/galera: on the command line it replaces the file's.
absl::StatusOr<std::string> ProviderOptions(const std::string& file) {
  for (const absl::string_view line : absl::StrSplit(ReadWholeFile(file), '\n')) {
    absl::string_view value = line;
    if (!absl::ConsumePrefix(&value, "wsrep_provider_options = \"")) continue;
    if (absl::ConsumeSuffix(&value, "\"")) return std::string(value);
  }
  return absl::NotFoundError(absl::StrCat(file, ": no line with wsrep_provider_options"));
}

std::string UserName() {
  const passwd* const user = getpwuid(geteuid());
  return user == nullptr ? std::string() : user->pw_name;
}

}  // namespace

GaleraCluster::GaleraCluster(const Options& options, std::string directory)
    : options_(options), directory_(std::move(directory)), nodes_(kNodes) {}

absl::StatusOr<std::unique_ptr<GaleraCluster>> GaleraCluster::Start(const Options& options) {
  std::error_code error;
  std::string directory = fs::temp_directory_path(error).string() + "/yilan_galera_XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) {
    return absl::InternalError(absl::StrCat(directory, ": cannot be made"));
  }
  std::unique_ptr<GaleraCluster> cluster(new GaleraCluster(options, directory));
  // The user of the servers may not be able to read the source tree.
  fs::permissions(directory, fs::perms(0755), error);
  fs::copy_file(absl::StrCat(kFiles, "/yilan-galera.cnf"), cluster->NodeFile(), error);
  fs::permissions(cluster->NodeFile(), fs::perms(0644), error);
  if (error) return absl::InternalError(absl::StrCat(directory, ": ", error.message()));
  RETURN_IF_ERROR(cluster->StartNodes());
  if (options.proxy) RETURN_IF_ERROR(cluster->StartProxy());
  return cluster;
}

GaleraCluster::~GaleraCluster() {
  proxy_.reset();
  // All at once: each would tell the others that it leaves, and wait for them.
  for (const auto& node : nodes_) {
    if (node != nullptr) node->Kill();
  }
  nodes_.clear();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

// Loopback has 2^24 addresses: three for each process, so that ports need not be searched for.
std::string GaleraCluster::Address(int number) const {
  const uint32_t host = (static_cast<uint32_t>(getpid()) << 2) | static_cast<uint32_t>(number);
  return absl::StrCat("127.", (host >> 16) & 255, ".", (host >> 8) & 255, ".", host & 255);
}

MariaDbServer::Options GaleraCluster::ServerOptions(int number) const {
  const absl::StatusOr<std::string> tuned = ProviderOptions(NodeFile());
  const std::string provider_options =
      absl::StrCat(options_.default_timers || !tuned.ok() ? "" : absl::StrCat(*tuned, ";"),
                   "gcache.size=32M;gmcast.listen_addr=tcp://", Address(number), ":", kGroupPort,
                   ";ist.recv_addr=", Address(number), ":", kIstPort);
  std::string members;
  for (int other = 1; other <= kNodes; ++other) {
    absl::StrAppend(&members, other == 1 ? "" : ",", Address(other), ":", kGroupPort);
  }
  return {
      .durable = options_.durable,
      .extra_flags = {"--skip-networking=0", "--bind-address=" + Address(number),
                      absl::StrCat("--port=", kSqlPort),
                      absl::StrCat("--wsrep-node-name=node", number),
                      absl::StrCat("--wsrep-node-address=", Address(number), ":", kGroupPort),
                      absl::StrCat("--wsrep-sst-receive-address=", Address(number), ":", kSstPort),
                      "--wsrep-cluster-address=gcomm://" + members,
                      "--wsrep-provider-options=" + provider_options},
      .defaults_file = NodeFile(),
      .os_user = kOsUser,
      .empty = number != 1};
}

absl::Status GaleraCluster::StartNodes() {
  RETURN_IF_ERROR(ProviderOptions(NodeFile()).status());
  MariaDbServer::Options first = ServerOptions(1);
  first.first_flags = {"--wsrep-new-cluster"};
  ASSIGN_OR_RETURN(nodes_[0], MariaDbServer::Start(first));
  // Who HAProxy asks as.
  RETURN_IF_ERROR(node(1).Execute("CREATE USER yilan_check@'%'").status());
  std::vector<absl::Status> started(kNodes);
  std::vector<std::thread> threads;
  for (int number = 2; number <= kNodes; ++number) {
    threads.emplace_back([this, number, &started] {
      const auto index = static_cast<size_t>(number - 1);
      auto server = MariaDbServer::Start(ServerOptions(number));
      started[index] = server.status();
      if (server.ok()) nodes_[index] = *std::move(server);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : started) RETURN_IF_ERROR(status);
  for (int number = 1; number <= kNodes; ++number) RETURN_IF_ERROR(WaitUntilSynced(number));
  return absl::OkStatus();
}

absl::Status GaleraCluster::StartProxy() {
  std::vector<std::string> command = {
      "env",
      absl::StrCat("PATH=/usr/sbin:", std::getenv("PATH")),
      "YILAN_HAPROXY_SOCKET=" + directory_ + "/proxy",
      "YILAN_HAPROXY_USER=" + UserName(),
      absl::StrCat("YILAN_HAPROXY_LISTEN=", Address(1), ":", kProxyPort),
      absl::StrCat("YILAN_HAPROXY_PEER=", Address(1), ":", kPeerPort)};
  for (int number = 1; number <= kNodes; ++number) {
    command.push_back(absl::StrCat("YILAN_NODE", number, "=", Address(number), ":", kSqlPort));
  }
  for (const absl::string_view argument : {"haproxy", "-db", "-f"}) command.emplace_back(argument);
  command.push_back(absl::StrCat(kFiles, "/haproxy.cfg"));
  ASSIGN_OR_RETURN(proxy_, KeptProcess::Start(command, directory_ + "/proxy.log"));
  for (int number = 1; number <= kNodes; ++number) {
    const absl::Status up = WaitUntilUp(number);
    if (!up.ok()) return absl::InternalError(absl::StrCat(up.message(), "\n", ProxyLog()));
  }
  return absl::OkStatus();
}

MariaDbServer& GaleraCluster::node(int number) { return *nodes_[static_cast<size_t>(number - 1)]; }

absl::Status GaleraCluster::Rejoin(int number, bool keep_data) {
  MariaDbServer& server = node(number);
  server.Kill();
  const std::string data = server.directory() + "/data";
  std::vector<std::string> flags;
  if (keep_data) {
    const MariaDbServer::Options options = ServerOptions(number);
    std::vector<std::string> recover_flags = options.extra_flags;
    recover_flags.emplace_back("--wsrep-recover");
    ASSIGN_OR_RETURN(const std::vector<std::string> recover,
                     MariaDbCommand(server.directory(), {.defaults_file = options.defaults_file,
                                                         .os_user = options.os_user,
                                                         .flags = recover_flags}));
    const std::string log = server.directory() + "/recovery.log";
    RETURN_IF_ERROR(RunToEnd(recover, log));
    constexpr absl::string_view kFound = "Recovered position: ";
    const std::string said = ReadWholeFile(log);
    const size_t found = absl::string_view(said).rfind(kFound);
    if (found == absl::string_view::npos) return absl::InternalError(said);
    const absl::string_view position = absl::string_view(said).substr(found + kFound.size());
    flags.push_back(
        absl::StrCat("--wsrep-start-position=", position.substr(0, position.find_first_of(" \n"))));
  } else {
    std::error_code error;
    fs::remove_all(data, error);
    fs::create_directory(data, error);
    if (error) return absl::InternalError(absl::StrCat(data, ": ", error.message()));
  }
  RETURN_IF_ERROR(server.Restart(flags));
  return WaitUntilSynced(number);
}

absl::StatusOr<std::string> GaleraCluster::StatusVariable(int number, absl::string_view name) {
  ASSIGN_OR_RETURN(const MariaDbServer::Rows rows,
                   node(number).Execute(absl::StrCat("SHOW GLOBAL STATUS LIKE '", name, "'")));
  if (rows.size() != 1) return absl::NotFoundError(name);
  return rows[0][1];
}

absl::Status GaleraCluster::WaitUntilSynced(int number, int members) {
  return WaitUntil(
      [&] {
        // One that was paused thinks at first that it is what it was; a query waits for the others.
        if (!node(number).Execute("SELECT 1").ok()) return false;
        const auto state = StatusVariable(number, "wsrep_local_state_comment");
        const auto size = StatusVariable(number, "wsrep_cluster_size");
        return state.ok() && *state == "Synced" && size.ok() && *size == absl::StrCat(members);
      },
      absl::StrCat("node ", number, " synced with ", members - 1, " others"));
}

absl::StatusOr<std::string> GaleraCluster::CreateDatabase() {
  ASSIGN_OR_RETURN(std::string name, node(1).CreateDatabase());
  // A query waits until a node has what others did; connecting does not.
  for (int number = 2; number <= kNodes; ++number) {
    RETURN_IF_ERROR(node(number).Execute("SELECT 1").status());
  }
  return name;
}

std::string GaleraCluster::Url(absl::string_view database) const {
  return absl::StrCat("mysql://", MariaDbServer::user(), "@", Address(1), ":", kProxyPort, "/",
                      database);
}

std::string GaleraCluster::NodeUrl(int number, absl::string_view database) {
  return node(number).Url(database);
}

absl::StatusOr<std::string> GaleraCluster::AskProxy(absl::string_view command) const {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory_ + "/proxy";
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const std::string line = absl::StrCat(command, "\n");
  std::string answer;
  bool ok = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
            write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  char part[4096];
  while (ok) {
    const ssize_t count = read(fd, part, sizeof(part));
    if (count <= 0) break;
    answer.append(part, static_cast<size_t>(count));
  }
  close(fd);
  if (answer.empty()) return absl::UnavailableError("HAProxy does not answer");
  return answer;
}

absl::StatusOr<int> GaleraCluster::Writer() const {
  ASSIGN_OR_RETURN(const std::string table, AskProxy("show table yilan_writer"));
  constexpr absl::string_view kFound = "server_key=node";
  const size_t found = absl::string_view(table).find(kFound);
  int number = 1;  // Nobody has come yet: it is the first.
  if (found != absl::string_view::npos &&
      !absl::SimpleAtoi(table.substr(found + kFound.size(), 1), &number)) {
    return absl::InternalError(table);
  }
  return number;
}

absl::StatusOr<std::string> GaleraCluster::ProxyColumn(int number, absl::string_view column) const {
  ASSIGN_OR_RETURN(const std::string csv, AskProxy("show stat"));
  std::vector<std::string> names;
  for (const absl::string_view line : absl::StrSplit(csv, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    if (names.empty()) {
      names = cells;
      continue;
    }
    if (cells.size() < 2 || cells[1] != absl::StrCat("node", number)) continue;
    for (size_t i = 0; i < names.size() && i < cells.size(); ++i) {
      if (names[i] == column) return cells[i];
    }
  }
  return absl::NotFoundError(csv);
}

absl::StatusOr<bool> GaleraCluster::IsUp(int number) const {
  ASSIGN_OR_RETURN(const std::string status, ProxyColumn(number, "status"));
  ASSIGN_OR_RETURN(const std::string check, ProxyColumn(number, "check_status"));
  // "UP 1/2" is on its way down. Before the first check a node counts as up.
  return absl::StartsWith(status, "UP") && check == "L7OK";
}

absl::Status GaleraCluster::WaitUntilUp(int number, bool up) const {
  return WaitUntil(
      [&] {
        if (up) {
          const auto is_up = IsUp(number);
          return is_up.ok() && *is_up;
        }
        const auto status = ProxyColumn(number, "status");
        return status.ok() && absl::StartsWith(*status, "DOWN");
      },
      absl::StrCat("node ", number, up ? " up" : " down", " at HAProxy"));
}

absl::Status GaleraCluster::WaitUntilLeft(int number) const {
  return WaitUntil(
      [&] {
        const auto sessions = ProxyColumn(number, "scur");
        return sessions.ok() && *sessions == "0";
      },
      absl::StrCat("node ", number, " without connections from HAProxy"));
}

std::string GaleraCluster::ProxyLog() const { return ReadWholeFile(directory_ + "/proxy.log"); }

}  // namespace yilan
