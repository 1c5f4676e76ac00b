// The cluster of deploy/galera: who is the writer, and what becomes of nodes that fail.
#include "tests/cluster/galera_cluster.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/status_matchers.h"

namespace yilan {
namespace {

using testing::HasSubstr;
using testing::Not;

class GaleraClusterTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const absl::Time start = absl::Now();
    auto started = GaleraCluster::Start({.durable = false});
    ASSERT_THAT(started, IsOk());
    cluster_ = started->release();
    RecordProperty("start_seconds", absl::FormatDuration(absl::Now() - start));
  }
  static void TearDownTestSuite() { delete cluster_; }
  // Every test finds three nodes, with node 1 as the writer.
  void SetUp() override {
    ASSERT_NE(cluster_, nullptr);
    auto database = cluster_->CreateDatabase();
    ASSERT_THAT(database, IsOk());
    table_ = *database + ".t";
    ASSERT_THAT(cluster_->node(1).Execute("CREATE TABLE " + table_ + " (k INT PRIMARY KEY, v INT)"),
                IsOk());
  }
  std::string Count(int node) {
    const auto rows = cluster_->node(node).Execute("SELECT COUNT(*) FROM " + table_);
    return rows.ok() ? (*rows)[0][0] : rows.status().ToString();
  }
  absl::Status Insert(int node, int key) {
    return cluster_->node(node)
        .Execute(absl::StrCat("INSERT INTO ", table_, " VALUES (", key, ", 0)"))
        .status();
  }

  static GaleraCluster* cluster_;
  std::string table_;
};
GaleraCluster* GaleraClusterTest::cluster_ = nullptr;

TEST_F(GaleraClusterTest, WhatOneNodeCommitsTheOthersReadAtOnce) {
  for (int key = 0; key < 200; ++key) {
    ASSERT_THAT(Insert(1 + key % 3, key), IsOk());
    EXPECT_EQ(Count(1 + (key + 1) % 3), absl::StrCat(key + 1));
  }
}

TEST_F(GaleraClusterTest, OneThatWasKilledCatchesUpAndOneThatLostItsDataGetsItAll) {
  cluster_->node(3).Kill();
  for (int key = 0; key < 50; ++key) ASSERT_THAT(Insert(1, key), IsOk());
  ASSERT_THAT(cluster_->Rejoin(3), IsOk());
  EXPECT_EQ(Count(3), "50");
  EXPECT_THAT(cluster_->node(3).Log(), HasSubstr("IST received"));

  cluster_->node(3).Kill();
  ASSERT_THAT(Insert(1, 50), IsOk());
  ASSERT_THAT(cluster_->Rejoin(3, /*keep_data=*/false), IsOk());
  EXPECT_EQ(Count(3), "51");
}

TEST_F(GaleraClusterTest, ANodeWithoutTheMajorityTakesNoWritesAndGetsNoConnections) {
  cluster_->node(2).Pause();
  cluster_->node(3).Pause();
  ASSERT_THAT(cluster_->WaitUntilUp(1, false), IsOk());
  const absl::Status refused = Insert(1, 0);
  EXPECT_THAT(refused.ToString(), HasSubstr("1047"));
  cluster_->node(2).Resume();
  cluster_->node(3).Resume();
  for (int node = 1; node <= GaleraCluster::kNodes; ++node) {
    ASSERT_THAT(cluster_->WaitUntilSynced(node), IsOk());
    ASSERT_THAT(cluster_->WaitUntilUp(node), IsOk());
  }
  EXPECT_THAT(Insert(1, 1), IsOk());
  EXPECT_EQ(Count(2), "1");
}

TEST_F(GaleraClusterTest, ANodeThatIsReadOnlyIsNotTheWriter) {
  ASSERT_THAT(cluster_->node(3).Execute("SET GLOBAL read_only = 1"), IsOk());
  EXPECT_THAT(cluster_->WaitUntilUp(3, false), IsOk());
  ASSERT_THAT(cluster_->node(3).Execute("SET GLOBAL read_only = 0"), IsOk());
  EXPECT_THAT(cluster_->WaitUntilUp(3), IsOk());
}

}  // namespace
}  // namespace yilan
