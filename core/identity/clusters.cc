#include "core/identity/clusters.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "storage/record.h"

namespace yilan::core {
namespace {

// Some subjects that are one customer so far.
struct Group {
  std::vector<ClusterNode::Document> documents;
  std::vector<ClusterNode::Separation> separations;
  size_t members = 1;
  bool established = false;
};

// Whether both have a document of one scheme that the other has not. One that states two numbers of
// a scheme by itself goes with those that state one of them.
bool DocumentsDiffer(const Group& a, const Group& b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.documents.size() && j < b.documents.size()) {
    const uint8_t scheme = a.documents[i].scheme;
    if (scheme != b.documents[j].scheme) {
      ++(scheme < b.documents[j].scheme ? i : j);
      continue;
    }
    bool only_a = false;
    bool only_b = false;
    const auto of_scheme = [scheme](const std::vector<ClusterNode::Document>& all, size_t at) {
      return at < all.size() && all[at].scheme == scheme;
    };
    while (of_scheme(a.documents, i) || of_scheme(b.documents, j)) {
      if (!of_scheme(b.documents, j)) {
        only_a = true;
        ++i;
      } else if (!of_scheme(a.documents, i)) {
        only_b = true;
        ++j;
      } else if (a.documents[i] == b.documents[j]) {
        ++i;
        ++j;
      } else if (a.documents[i] < b.documents[j]) {
        only_a = true;
        ++i;
      } else {
        only_b = true;
        ++j;
      }
    }
    if (only_a && only_b) return true;
  }
  return false;
}

bool AreSeparated(const Group& a, const Group& b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.separations.size() && j < b.separations.size()) {
    const int order = a.separations[i].decision.compare(b.separations[j].decision);
    if (order == 0 && a.separations[i].second_side != b.separations[j].second_side) return true;
    // Two entries of one decision are on one side each: a group on both would be separated itself.
    if (order <= 0) ++i;
    if (order >= 0) ++j;
  }
  return false;
}

template <typename T>
void MergeInto(std::vector<T>& into, const std::vector<T>& from) {
  if (from.empty()) return;
  std::vector<T> all;
  all.reserve(into.size() + from.size());
  std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(all));
  into = std::move(all);
}

std::optional<EdgeObstacle> ObstacleTo(ClusterEdge::Kind kind, const Group& a, const Group& b) {
  if (AreSeparated(a, b)) return EdgeObstacle::kSeparated;
  if (DocumentsDiffer(a, b)) return EdgeObstacle::kDifferentDocuments;
  if (kind == ClusterEdge::Kind::kReference && a.established && b.established) {
    return EdgeObstacle::kClaimedByAnother;
  }
  if (a.members + b.members > storage::kMaxMembers) return EdgeObstacle::kTooManyMembers;
  return std::nullopt;
}

// The places of the edges from the strongest to the weakest.
std::vector<size_t> ByStrength(absl::Span<const ClusterNode> nodes,
                               absl::Span<const ClusterEdge> edges) {
  std::vector<size_t> order(edges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto names = [&](const ClusterEdge& edge) {
    return std::minmax(nodes[edge.a].name, nodes[edge.b].name);
  };
  std::sort(order.begin(), order.end(), [&](size_t x, size_t y) {
    const ClusterEdge& left = edges[x];
    const ClusterEdge& right = edges[y];
    if (left.kind != right.kind) return left.kind < right.kind;
    if (left.probability != right.probability) return left.probability > right.probability;
    return names(left) < names(right);
  });
  return order;
}

}  // namespace

Clusters ClusterSubjects(absl::Span<const ClusterNode> nodes, absl::Span<const ClusterEdge> edges) {
  std::vector<size_t> parent(nodes.size());
  std::iota(parent.begin(), parent.end(), size_t{0});
  const auto root = [&](size_t node) {
    while (parent[node] != node) {
      parent[node] = parent[parent[node]];
      node = parent[node];
    }
    return node;
  };
  std::vector<Group> groups;
  groups.reserve(nodes.size());
  for (const ClusterNode& node : nodes) {
    groups.push_back({node.documents, node.separations, 1, node.established});
  }

  Clusters clusters;
  for (const size_t place : ByStrength(nodes, edges)) {
    const ClusterEdge& edge = edges[place];
    size_t a = root(edge.a);
    size_t b = root(edge.b);
    if (a == b) continue;
    if (const auto obstacle = ObstacleTo(edge.kind, groups[a], groups[b])) {
      clusters.left_out.push_back({place, *obstacle});
      continue;
    }
    if (groups[a].members < groups[b].members) std::swap(a, b);
    parent[b] = a;
    MergeInto(groups[a].documents, groups[b].documents);
    MergeInto(groups[a].separations, groups[b].separations);
    groups[a].members += groups[b].members;
    groups[a].established |= groups[b].established;
    groups[b] = {};
    clusters.joins.push_back(place);
  }
  // What came together later by other edges was not kept apart.
  std::erase_if(clusters.left_out, [&](const Clusters::LeftOut& left_out) {
    return root(edges[left_out.edge].a) == root(edges[left_out.edge].b);
  });

  std::vector<size_t> by_name(nodes.size());
  std::iota(by_name.begin(), by_name.end(), size_t{0});
  std::sort(by_name.begin(), by_name.end(),
            [&](size_t x, size_t y) { return nodes[x].name < nodes[y].name; });
  constexpr size_t kNone = static_cast<size_t>(-1);
  std::vector<size_t> number(nodes.size(), kNone);
  clusters.cluster_of.resize(nodes.size());
  for (const size_t node : by_name) {
    size_t& cluster = number[root(node)];
    if (cluster == kNone) cluster = clusters.count++;
    clusters.cluster_of[node] = cluster;
  }
  return clusters;
}

}  // namespace yilan::core
