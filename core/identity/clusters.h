// Which subjects are one customer, given all that was said and found about them.
//
// A pure function: the same subjects, edges and decisions give the same clusters, in whatever order
// they came. Edges are taken from the strongest to the weakest, and one that would break a
// constraint is left out (Kruskal's algorithm with constraints):
//   - a steward's decision that two groups are different customers holds against everything;
//   - two different verified documents of one scheme are two people;
//   - a subject without a source record, known by facts and references only, goes to one of those
//     that name it, and never joins two that have source records;
//   - a customer has at most kMaxMembers subjects.
#ifndef YILAN_CORE_IDENTITY_CLUSTERS_H_
#define YILAN_CORE_IDENTITY_CLUSTERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace yilan::core {

// One subject.
struct ClusterNode {
  // What its source calls it: unique, and the same whenever it came, as the store's ids are not.
  // Where edges are equally strong, the one between the names that come first goes first.
  std::string name;
  bool established = false;  // Has a source record.
  // Its verified documents: scheme and number, or a digest of them. Sorted, each once.
  struct Document {
    uint8_t scheme = 0;
    std::string number;
    friend auto operator<=>(const Document&, const Document&) = default;
  };
  std::vector<Document> documents;
  // The decisions that two groups of subjects are different customers, and on which side of each
  // this subject stands. Sorted, each decision once.
  struct Separation {
    std::string decision;
    bool second_side = false;
    friend auto operator<=>(const Separation&, const Separation&) = default;
  };
  std::vector<Separation> separations;
};

// Says that two subjects are one customer.
struct ClusterEdge {
  // By strength.
  enum class Kind : uint8_t {
    kSteward,    // A steward says so.
    kMatch,      // Both have source records, and these say so: by probability.
    kReference,  // A source says so of a subject without a source record.
  };
  size_t a = 0;  // Places of its two ends among the nodes.
  size_t b = 0;
  Kind kind = Kind::kMatch;
  double probability = 1;
};

// Why an edge was left out.
enum class EdgeObstacle : uint8_t {
  kSeparated,           // A steward decided that the two are different customers.
  kDifferentDocuments,  // Each has a verified document of one scheme that the other has not.
  kClaimedByAnother,    // It would join two with source records through one without.
  kTooManyMembers,
};

struct Clusters {
  // For each node the number of its cluster. Clusters are numbered from 0 in the order of the names
  // that come first in each.
  std::vector<size_t> cluster_of;
  size_t count = 0;
  // The edges that joined two clusters, in the order in which they did: places in `edges`. Together
  // they are a tree over each cluster: the reasons why it is one.
  std::vector<size_t> joins;
  struct LeftOut {
    size_t edge = 0;
    EdgeObstacle obstacle = EdgeObstacle::kSeparated;
    friend bool operator==(const LeftOut&, const LeftOut&) = default;
  };
  std::vector<LeftOut> left_out;
};

// `nodes` have different names; the ends of each edge are two of them.
Clusters ClusterSubjects(absl::Span<const ClusterNode> nodes, absl::Span<const ClusterEdge> edges);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CLUSTERS_H_
