#include "core/identity/clusters.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/record.h"

namespace yilan::core {
namespace {

using Kind = ClusterEdge::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

ClusterNode Record(const std::string& name) { return {.name = name, .established = true}; }
ClusterNode Unknown(const std::string& name) { return {.name = name}; }
ClusterNode WithDocument(const std::string& name, const std::string& number, uint8_t scheme = 0) {
  ClusterNode node = Record(name);
  node.documents.push_back({scheme, number});
  return node;
}
ClusterNode OnSide(const std::string& name, const std::string& decision, bool second_side) {
  ClusterNode node = Record(name);
  node.separations.push_back({decision, second_side});
  return node;
}

// Which names are together.
std::set<std::set<std::string>> NamesIn(const std::vector<ClusterNode>& nodes,
                                        const Clusters& clusters) {
  std::map<size_t, std::set<std::string>> groups;
  for (size_t i = 0; i < nodes.size(); ++i) groups[clusters.cluster_of[i]].insert(nodes[i].name);
  std::set<std::set<std::string>> partition;
  for (const auto& [number, names] : groups) partition.insert(names);
  return partition;
}
std::set<std::set<std::string>> Partition(const std::vector<ClusterNode>& nodes,
                                          const std::vector<ClusterEdge>& edges) {
  return NamesIn(nodes, ClusterSubjects(nodes, edges));
}

TEST(ClustersTest, SubjectsWithoutEdgesAreAlone) {
  const std::vector<ClusterNode> nodes = {Record("b"), Record("a")};
  const Clusters clusters = ClusterSubjects(nodes, {});
  EXPECT_EQ(clusters.count, 2u);
  EXPECT_THAT(clusters.cluster_of, ElementsAre(1, 0));
  EXPECT_THAT(clusters.joins, IsEmpty());
}

TEST(ClustersTest, WhatEdgesConnectIsOneCustomerAndTheStrongestSayWhy) {
  const std::vector<ClusterNode> nodes = {Record("a"), Record("b"), Record("c")};
  const std::vector<ClusterEdge> edges = {
      {0, 2, Kind::kMatch, .991}, {1, 2, Kind::kMatch, .995}, {0, 1, Kind::kMatch, .999}};
  const Clusters clusters = ClusterSubjects(nodes, edges);
  EXPECT_EQ(clusters.count, 1u);
  EXPECT_THAT(clusters.joins, ElementsAre(2, 1));
  EXPECT_THAT(clusters.left_out, IsEmpty());
}

TEST(ClustersTest, TwoDifferentVerifiedDocumentsAreNeverOneCustomer) {
  // The weaker of the two edges that would bring them together is left out.
  const std::vector<ClusterNode> nodes = {WithDocument("a", "1"), Record("b"),
                                          WithDocument("c", "2")};
  const std::vector<ClusterEdge> edges = {{0, 1, Kind::kMatch, .995}, {1, 2, Kind::kMatch, .999}};
  EXPECT_EQ(Partition(nodes, edges), (std::set<std::set<std::string>>{{"a"}, {"b", "c"}}));
  EXPECT_THAT(ClusterSubjects(nodes, edges).left_out,
              ElementsAre(Clusters::LeftOut{0, EdgeObstacle::kDifferentDocuments}));
  // Nor by a steward's word.
  EXPECT_EQ(Partition(nodes, {{0, 2, Kind::kSteward, 1}}).size(), 3u);
}

TEST(ClustersTest, DocumentsOfDifferentSchemesDoNotContradict) {
  EXPECT_EQ(Partition({WithDocument("a", "1", 0), WithDocument("b", "2", 1)}, {{0, 1}}).size(), 1u);
  EXPECT_EQ(Partition({WithDocument("a", "1"), WithDocument("b", "1")}, {{0, 1}}).size(), 1u);
}

TEST(ClustersTest, ARecordThatStatesTwoNumbersGoesWithThoseThatStateOneOfThem) {
  ClusterNode both = WithDocument("a", "1");
  both.documents.push_back({0, "2"});
  EXPECT_EQ(Partition({both, WithDocument("b", "2")}, {{0, 1}}).size(), 1u);
  EXPECT_EQ(Partition({both, WithDocument("b", "3")}, {{0, 1}}).size(), 2u);
}

TEST(ClustersTest, AStewardsSeparationHoldsAgainstEverythingAndThroughOthers) {
  const std::vector<ClusterNode> nodes = {OnSide("a", "d", false), OnSide("b", "d", true),
                                          Record("c")};
  EXPECT_EQ(Partition(nodes, {{0, 1, Kind::kSteward, 1}}).size(), 3u);
  const std::vector<ClusterEdge> through = {{0, 2, Kind::kMatch, .999}, {1, 2, Kind::kMatch, .995}};
  EXPECT_EQ(Partition(nodes, through), (std::set<std::set<std::string>>{{"a", "c"}, {"b"}}));
  EXPECT_THAT(ClusterSubjects(nodes, through).left_out,
              ElementsAre(Clusters::LeftOut{1, EdgeObstacle::kSeparated}));
  // Those on one side of it may be together.
  EXPECT_EQ(Partition({OnSide("a", "d", true), OnSide("b", "d", true)}, {{0, 1}}).size(), 1u);
}

TEST(ClustersTest, ASubjectWithoutRecordGoesToOneOfThoseThatNameItAndGluesNobody) {
  const std::vector<ClusterNode> nodes = {Record("a"), Unknown("x"), Record("b")};
  const std::vector<ClusterEdge> edges = {{2, 1, Kind::kReference, 1}, {0, 1, Kind::kReference, 1}};
  EXPECT_EQ(Partition(nodes, edges), (std::set<std::set<std::string>>{{"a", "x"}, {"b"}}));
  EXPECT_THAT(ClusterSubjects(nodes, edges).left_out,
              ElementsAre(Clusters::LeftOut{0, EdgeObstacle::kClaimedByAnother}));
  // If the two are one customer anyway, nothing is in the way.
  std::vector<ClusterEdge> matched = edges;
  matched.push_back({0, 2, Kind::kMatch, .99});
  EXPECT_EQ(Partition(nodes, matched).size(), 1u);
  EXPECT_THAT(ClusterSubjects(nodes, matched).left_out, IsEmpty());
}

TEST(ClustersTest, ACustomerHasAtMostSoManyMembers) {
  std::vector<ClusterNode> nodes;
  std::vector<ClusterEdge> edges;
  for (size_t i = 0; i < storage::kMaxMembers + 10; ++i) {
    nodes.push_back(Record(absl::StrCat(i)));
    if (i > 0) edges.push_back({i - 1, i, Kind::kMatch, .999});
  }
  const Clusters clusters = ClusterSubjects(nodes, edges);
  std::map<size_t, size_t> sizes;
  for (const size_t cluster : clusters.cluster_of) ++sizes[cluster];
  for (const auto& [cluster, size] : sizes) EXPECT_LE(size, storage::kMaxMembers);
  EXPECT_EQ(clusters.left_out.size(), clusters.count - 1);
}

// Random subjects with documents, separations and edges of all kinds, many of them equally strong:
// in whatever order they are given, those together are the same, and no constraint is broken.
TEST(ClustersTest, AnyOrderGivesTheSameClustersAndKeepsTheConstraints) {
  const char* const replay = std::getenv("YILAN_SEED");
  const uint64_t seed = replay != nullptr ? std::stoull(replay) : std::random_device()();
  SCOPED_TRACE(absl::StrCat("replay with YILAN_SEED=", seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const size_t count = 2 + random() % 30;
    std::vector<ClusterNode> nodes;
    for (size_t i = 0; i < count; ++i) {
      ClusterNode node{.name = absl::StrCat("s", i), .established = random() % 3 != 0};
      if (node.established && random() % 3 == 0) {
        node.documents.push_back({static_cast<uint8_t>(random() % 2), absl::StrCat(random() % 3)});
      }
      if (random() % 5 == 0) node.separations.push_back({"d", random() % 2 == 0});
      if (random() % 5 == 0) node.separations.push_back({"e", random() % 2 == 0});
      nodes.push_back(std::move(node));
    }
    std::vector<ClusterEdge> edges;
    for (size_t i = 0; i < count * 2; ++i) {
      ClusterEdge edge{random() % count, random() % count, Kind::kMatch,
                       .99 + .001 * static_cast<double>(random() % 3)};
      if (random() % 10 == 0) edge = {edge.a, edge.b, Kind::kSteward, 1};
      if (!nodes[edge.a].established || !nodes[edge.b].established) {
        edge = {edge.a, edge.b, Kind::kReference, 1};
      }
      edges.push_back(edge);
    }
    const Clusters clusters = ClusterSubjects(nodes, edges);
    const auto expected = NamesIn(nodes, clusters);

    std::vector<size_t> place(count);
    std::iota(place.begin(), place.end(), size_t{0});
    std::shuffle(place.begin(), place.end(), random);
    std::vector<ClusterNode> shuffled(count);
    for (size_t i = 0; i < count; ++i) shuffled[place[i]] = nodes[i];
    std::vector<ClusterEdge> moved = edges;
    for (ClusterEdge& edge : moved) {
      edge.a = place[edge.a];
      edge.b = place[edge.b];
      if (random() % 2 == 0) std::swap(edge.a, edge.b);
    }
    std::shuffle(moved.begin(), moved.end(), random);
    ASSERT_EQ(Partition(shuffled, moved), expected) << "round " << round;

    for (size_t i = 0; i < count; ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (clusters.cluster_of[i] != clusters.cluster_of[j]) continue;
        for (const auto& a : nodes[i].documents) {
          for (const auto& b : nodes[j].documents) {
            EXPECT_TRUE(a.scheme != b.scheme || a.number == b.number) << "round " << round;
          }
        }
        for (const auto& a : nodes[i].separations) {
          for (const auto& b : nodes[j].separations) {
            EXPECT_TRUE(a.decision != b.decision || a.second_side == b.second_side);
          }
        }
      }
    }
    // Every edge is inside a cluster or left out for a reason.
    for (size_t e = 0; e < edges.size(); ++e) {
      const bool together = clusters.cluster_of[edges[e].a] == clusters.cluster_of[edges[e].b];
      const bool left_out =
          std::any_of(clusters.left_out.begin(), clusters.left_out.end(),
                      [&](const Clusters::LeftOut& left) { return left.edge == e; });
      EXPECT_NE(together, left_out) << "round " << round << ", edge " << e;
    }
  }
}

}  // namespace
}  // namespace yilan::core
