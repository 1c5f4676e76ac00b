#include "tests/faults/mysql_fault_test.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/mysql/mysql_url.h"
#include "tests/history/final_state.h"
#include "tests/history/seed.h"

namespace yilan::faults {
namespace {

// The followers' own connections, apart from the servers'.
constexpr char kFollowerOptions[] = "&max-connections=3";

// A machine that gives tests little of its time shows in how long writes take: recovery may take so
// many of them longer.
constexpr int kWritesOfSlack = 100;

e2e::Environment Password() {
  return {{"YILAN_MYSQL_PASSWORD", std::string(MariaDbServer::password())}};
}

}  // namespace

MySqlFaultTest::MySqlFaultTest() : seed_(history::TestSeed()) {}

MySqlFaultTest::~MySqlFaultTest() { EndDatabase(); }

void MySqlFaultTest::EndDatabase() {
  clients_.reset();
  store_.reset();
  servers_.clear();
  database_.reset();
}

void MySqlFaultTest::StartDatabase(MariaDbServer::Options options, bool binary_log) {
  if (options.durable && binary_log) {
    options.extra_flags.insert(
        options.extra_flags.begin(),
        {"--log-bin=binlog", "--sync-binlog=1", "--binlog-format=ROW", "--server-id=1"});
  }
  auto started = MariaDbServer::Start(std::move(options));
  ASSERT_TRUE(started.ok()) << started.status();
  database_ = *std::move(started);
  const auto created = database_->CreateDatabase();
  ASSERT_TRUE(created.ok()) << created.status();
  schema_ = *created;
  const e2e::Outcome migrated = e2e::RunServer({"migrate", "--storage", Url()}, Password());
  ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
  auto parsed = storage::mysql::ParseMySqlUrl(Url(kFollowerOptions));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  parsed->password = std::string(MariaDbServer::password());
  store_ = std::make_unique<storage::MySqlStore>(*parsed);
}

std::string MySqlFaultTest::Url(const std::string& server_options) const {
  return database_->Url(schema_) + server_options;
}

std::string MySqlFaultTest::TcpUrl(const std::string& server_options) const {
  return absl::StrCat(database_->TcpUrl(schema_), server_options.empty() ? "" : "?",
                      server_options.empty() ? "" : server_options.substr(1));
}

size_t MySqlFaultTest::StartServer(const ServerOptions& options) {
  servers_.push_back({.options = options});
  RestartServer(servers_.size() - 1);
  return servers_.size() - 1;
}

void MySqlFaultTest::RestartServer(size_t number, const e2e::Environment& environment) {
  Server& server = servers_[number];
  server.process.reset();
  const ServerOptions& options = server.options;
  std::vector<std::string> flags = {"--storage", options.url.empty() ? Url() : options.url,
                                    "--listen", absl::StrCat("127.0.0.1:", server.port)};
  flags.insert(flags.end(), options.flags.begin(), options.flags.end());
  e2e::Environment variables = Password();
  // The first of a name counts.
  for (const e2e::Environment& more : {environment, options.environment}) {
    variables.insert(variables.end(), more.begin(), more.end());
  }
  server.process = std::make_unique<e2e::ServerProcess>(flags, variables);
  server.port = server.process->port();
}

bool MySqlFaultTest::AwaitStopped(size_t number) {
  const absl::Time limit = absl::Now() + absl::Minutes(1);
  while (absl::Now() < limit) {
    std::ifstream file(absl::StrCat("/proc/", server(number).pid(), "/stat"));
    std::string pid;
    std::string name;
    char state = 0;
    file >> pid >> name >> state;
    if (state == 'T') return true;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return false;
}

std::vector<std::string> MySqlFaultTest::Addresses() const {
  std::vector<std::string> addresses;
  for (const Server& server : servers_)
    addresses.push_back(absl::StrCat("127.0.0.1:", server.port));
  return addresses;
}

void MySqlFaultTest::StartClients(history::Options options) {
  if (options.seed == 0) options.seed = seed_;
  if (options.addresses.empty()) options.addresses = Addresses();
  options.store = store_.get();
  clients_ = std::make_unique<history::Workload>(options);
}

void MySqlFaultTest::AwaitWrites(uint64_t count, absl::Duration timeout) {
  const absl::Time start = absl::Now();
  ASSERT_TRUE(clients_->AwaitAcknowledged(count, timeout))
      << "fewer than " << count << " further writes were acknowledged in " << timeout
      << (servers_.empty() ? "" : "; the server said:\n" + server().Log());
  if (count == 0) return;
  slowest_write_ = std::max(slowest_write_, (absl::Now() - start) / static_cast<double>(count));
}

absl::Duration MySqlFaultTest::ExpectRecovery() {
  const absl::Time start = absl::Now();
  // A long wait: a slow machine shows in the figure, a server that never recovers in the failure.
  const bool recovered = clients_->AwaitAcknowledged(1, absl::Minutes(2));
  const absl::Duration took = absl::Now() - start;
  std::cout << "writes succeed again after " << took << std::endl;
  EXPECT_TRUE(recovered) << "no write succeeds; the server said:\n" << server().Log();
  EXPECT_LE(took, kRecovery + kWritesOfSlack * slowest_write_);
  return took;
}

history::Report MySqlFaultTest::StopAndReport() {
  const history::History history = clients_->Stop();
  auto state = history::ReadFinalState(*store_);
  // Its connections may not have been asked for since the database came back, and pause.
  for (int i = 0; i < 100 && absl::IsUnavailable(state.status()); ++i) {
    absl::SleepFor(absl::Milliseconds(100));
    state = history::ReadFinalState(*store_);
  }
  if (!state.ok()) {
    ADD_FAILURE() << state.status();
    return {};
  }
  history::Report report = history::Check(history, *state);
  std::cout << report.Figures() << std::endl;
  return report;
}

history::Report MySqlFaultTest::StopAndCheck() {
  history::Report report = StopAndReport();
  EXPECT_TRUE(report.sound()) << report.ToString();
  EXPECT_GT(report.acknowledged, 0u);
  EXPECT_GT(report.reads, 0u);
  ExpectStoreIsSound();
  return report;
}

void MySqlFaultTest::ExpectStoreIsSound() {
  // Beside the servers, in a database that allows few.
  const e2e::Outcome check =
      e2e::RunServer({"check", "--storage", Url("&max-connections=8")}, Password());
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
}

void MySqlFaultTest::KillConnections(const std::vector<uint64_t>& spared) {
  const auto rows = database_->Execute(absl::StrCat(
      "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '", MariaDbServer::user(), "'"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  for (const std::vector<std::string>& row : *rows) {
    uint64_t id = 0;
    ASSERT_TRUE(absl::SimpleAtoi(row[0], &id));
    if (std::find(spared.begin(), spared.end(), id) != spared.end()) continue;
    // One that has ended meanwhile is as good.
    database_->Execute(absl::StrCat("KILL CONNECTION ", id)).status().IgnoreError();
  }
}

uint64_t MySqlFaultTest::StatusVariable(const std::string& name) {
  const auto rows = database_->Execute(absl::StrCat("SHOW GLOBAL STATUS LIKE '", name, "'"));
  uint64_t value = 0;
  EXPECT_TRUE(rows.ok() && rows->size() == 1 && absl::SimpleAtoi((*rows)[0][1], &value)) << name;
  return value;
}

}  // namespace yilan::faults
