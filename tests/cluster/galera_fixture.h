// Tests on a Galera cluster that all tests of a program share.
#ifndef YILAN_TESTS_CLUSTER_GALERA_FIXTURE_H_
#define YILAN_TESTS_CLUSTER_GALERA_FIXTURE_H_

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "tests/cluster/galera_cluster.h"
#include "tests/e2e/server_process.h"
#include "tests/status_matchers.h"

namespace yilan {

class GaleraTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { Start({}); }
  static void Start(const GaleraCluster::Options& options) {
    auto started = GaleraCluster::Start(options);
    ASSERT_THAT(started, IsOk());
    shared() = *std::move(started);
  }
  static void TearDownTestSuite() { shared().reset(); }

  // Each finds an empty, migrated database and all nodes there.
  void SetUp() override {
    ASSERT_NE(shared(), nullptr);
    auto database = cluster().CreateDatabase();
    ASSERT_THAT(database, IsOk());
    database_ = *database;
    const std::string url = cluster().Writer().ok() ? cluster().Url(database_)  // Through HAProxy.
                                                    : cluster().NodeUrl(1, database_);
    const e2e::Outcome migrated = e2e::RunServer({"migrate", "--storage", url}, Password());
    ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
  }

  static GaleraCluster& cluster() { return *shared(); }
  static e2e::Environment Password() {
    return {{"YILAN_MYSQL_PASSWORD", std::string(MariaDbServer::password())}};
  }
  static storage::mysql::MySqlOptions OptionsOf(const std::string& url) {
    auto options = storage::mysql::ParseMySqlUrl(url);
    EXPECT_THAT(options, IsOk());
    options->password = std::string(MariaDbServer::password());
    return *options;
  }
  static std::unique_ptr<storage::MySqlStore> Store(const std::string& url) {
    return std::make_unique<storage::MySqlStore>(OptionsOf(url));
  }
  static std::unique_ptr<e2e::ServerProcess> Server(const std::string& url) {
    return std::make_unique<e2e::ServerProcess>(std::vector<std::string>{"--storage", url},
                                                Password());
  }

  std::string database_;

 private:
  static std::unique_ptr<GaleraCluster>& shared() {
    static std::unique_ptr<GaleraCluster> cluster;
    return cluster;
  }
};

}  // namespace yilan

#endif  // YILAN_TESTS_CLUSTER_GALERA_FIXTURE_H_
