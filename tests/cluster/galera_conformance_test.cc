// The conformance suite on a Galera cluster: through HAProxy, as operators run it, and on two nodes
// at once, as nobody should, each call on another node than the one before.
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "tests/cluster/galera_cluster.h"
#include "tests/core/forwarding_store.h"
#include "tests/mysql/mariadb_server.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {
namespace {

std::unique_ptr<GaleraCluster>& Cluster() {
  static std::unique_ptr<GaleraCluster> cluster;
  return cluster;
}

class ClusterEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override {
    auto started = GaleraCluster::Start({.durable = false});
    ASSERT_TRUE(started.ok()) << started.status();
    Cluster() = *std::move(started);
  }
  void TearDown() override { Cluster().reset(); }
};
const ::testing::Environment* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new ClusterEnvironment);

// Calls go to two stores in turn.
class TwoNodeStore final : public core::ForwardingStore {
 public:
  TwoNodeStore(std::unique_ptr<RecordStore> one, std::unique_ptr<RecordStore> other)
      : ForwardingStore(*one), one_(std::move(one)), other_(std::move(other)) {}

  absl::StatusOr<LoadedCustomer> LoadCustomer(const CallOptions& call, const CustomerRef& ref,
                                              const LoadOptions& options,
                                              RecordVisitor visit) override {
    return next().LoadCustomer(call, ref, options, visit);
  }
  absl::Status Read(const CallOptions& call,
                    absl::FunctionRef<absl::Status(Reader&)> body) override {
    return next().Read(call, body);
  }
  absl::Status Write(const WriteOptions& options,
                     absl::FunctionRef<absl::StatusOr<WritePlan>(Reader&)> plan,
                     absl::FunctionRef<absl::Status(Transaction&)> body) override {
    return next().Write(options, plan, body);
  }
  absl::StatusOr<ChangePage> Changes(const CallOptions& call, int partition, uint64_t after,
                                     size_t max) override {
    return next().Changes(call, partition, after, max);
  }

 private:
  RecordStore& next() { return calls_++ % 2 == 0 ? *one_ : *other_; }

  const std::unique_ptr<RecordStore> one_;
  const std::unique_ptr<RecordStore> other_;
  std::atomic<uint64_t> calls_{0};
};

absl::StatusOr<std::unique_ptr<RecordStore>> Open(const std::string& url) {
  absl::StatusOr<mysql::MySqlOptions> options = mysql::ParseMySqlUrl(url);
  if (!options.ok()) return options.status();
  options->password = std::string(MariaDbServer::password());
  // A busy disk may stall for longer than the default.
  options->read_timeout = absl::Minutes(10);
  {
    mysql::Pool pool(*options);
    auto session = pool.Acquire(mysql::Session::Mode::kRead, absl::InfiniteFuture());
    if (!session.ok()) return session.status();
    const auto done = mysql::Migrate(**session, 1000);
    if (!done.ok()) return done.status();
  }
  return std::make_unique<MySqlStore>(*options);
}

// The database that stands for a test's directory.
absl::StatusOr<std::string> DatabaseOf(const std::string& directory) {
  static auto* const databases = new std::map<std::string, std::string>;
  std::string& database = (*databases)[directory];
  if (database.empty()) {
    absl::StatusOr<std::string> created = Cluster()->CreateDatabase();
    if (!created.ok()) return created.status();
    database = *std::move(created);
  }
  return database;
}

Backend ThroughProxy() {
  return {.name = "ThroughHaproxy",
          .open = [](const std::string& directory) -> absl::StatusOr<std::unique_ptr<RecordStore>> {
            const absl::StatusOr<std::string> database = DatabaseOf(directory);
            if (!database.ok()) return database.status();
            return Open(Cluster()->Url(*database));
          },
          .durable = true};
}

Backend OnTwoNodes() {
  return {.name = "OnTwoNodes",
          .open = [](const std::string& directory) -> absl::StatusOr<std::unique_ptr<RecordStore>> {
            const absl::StatusOr<std::string> database = DatabaseOf(directory);
            if (!database.ok()) return database.status();
            auto one = Open(Cluster()->NodeUrl(1, *database));
            if (!one.ok()) return one.status();
            auto other = Open(Cluster()->NodeUrl(2, *database));
            if (!other.ok()) return other.status();
            return std::make_unique<TwoNodeStore>(*std::move(one), *std::move(other));
          },
          .durable = true};
}

INSTANTIATE_TEST_SUITE_P(Galera, Conformance, ::testing::Values(ThroughProxy(), OnTwoNodes()),
                         BackendName);
INSTANTIATE_TEST_SUITE_P(Galera, DurableConformance,
                         ::testing::Values(ThroughProxy(), OnTwoNodes()), BackendName);

}  // namespace
}  // namespace yilan::storage
