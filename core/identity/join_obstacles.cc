#include "core/identity/join_obstacles.h"

#include <utility>

#include "core/identity/cluster_input.h"
#include "core/identity/clusters.h"

namespace yilan::core {

using yilan::storage::v1::Separation;
using yilan::storage::v1::Subject;

std::set<std::string> DecisionsBetween(SubjectRecords a, SubjectRecords b) {
  std::set<std::pair<std::string, bool>> sides;
  for (const Subject* subject : a) {
    for (const Separation& one : subject->separations()) {
      sides.emplace(one.decision(), one.second_side());
    }
  }
  std::set<std::string> decisions;
  for (const Subject* subject : b) {
    for (const Separation& one : subject->separations()) {
      if (sides.contains({one.decision(), !one.second_side()})) decisions.insert(one.decision());
    }
  }
  return decisions;
}

bool DocumentsDiffer(SubjectRecords a, SubjectRecords b) {
  // Clustering knows: each customer is held together, and joined to the other by one edge.
  std::vector<ClusterNode> nodes;
  std::vector<ClusterEdge> edges;
  for (const SubjectRecords& subjects : {a, b}) {
    const size_t first = nodes.size();
    for (const Subject* subject : subjects) {
      nodes.push_back(ClusterNodeOf(*subject));
      nodes.back().separations.clear();
      if (nodes.size() > first + 1) edges.push_back({first, nodes.size() - 1});
    }
  }
  edges.push_back({0, a.size(), ClusterEdge::Kind::kMatch, .5});
  for (const Clusters::LeftOut& left_out : ClusterSubjects(nodes, edges).left_out) {
    if (left_out.obstacle == EdgeObstacle::kDifferentDocuments) return true;
  }
  return false;
}

std::vector<v1::JoinObstacle> ObstaclesBetween(SubjectRecords a, SubjectRecords b) {
  std::vector<v1::JoinObstacle> obstacles;
  if (!DecisionsBetween(a, b).empty()) obstacles.push_back(v1::JOIN_OBSTACLE_SEPARATED);
  if (DocumentsDiffer(a, b)) obstacles.push_back(v1::JOIN_OBSTACLE_DIFFERENT_DOCUMENTS);
  if (AreTooMany(a.size(), b.size())) obstacles.push_back(v1::JOIN_OBSTACLE_TOO_LARGE);
  return obstacles;
}

}  // namespace yilan::core
