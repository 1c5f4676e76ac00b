// All customers at once: the clusters that resolving record by record arrives at, for millions of
// records in one go. For the first load, and for a model that takes the place of another.
//
//   BulkSubjects subjects;
//   for (const auto& [name, record] : …) {
//     const PartyFeatures features = FeaturesOf(record);
//     subjects.parties.Add(PartyView(features));
//     subjects.nodes.push_back({.name = name, .established = true,
//                               .documents = VerifiedDocumentsOf(PartyView(features))});
//   }
//   ASSIGN_OR_RETURN(const BulkResolution all, ResolveInBulk(*model, subjects, {.threads = 2}));
//   all.clusters.cluster_of[7];  // The customer of subjects.nodes[7].
//
// A pure function of its arguments: the order of the subjects and the number of threads do not
// matter, but for the numbers by which results name them.
#ifndef YILAN_CORE_IDENTITY_BULK_RESOLVE_H_
#define YILAN_CORE_IDENTITY_BULK_RESOLVE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/identity/clusters.h"
#include "core/matching/bulk_match.h"
#include "core/matching/match_model.h"
#include "core/matching/packed_parties.h"
#include "core/matching/party_view.h"

namespace yilan::core {

struct BulkSubjects {
  // Subjects with a source record first; those that are known by references only behind them.
  std::vector<ClusterNode> nodes;
  // parties[i] is what the source record of nodes[i] says; at most as many as there are nodes.
  PackedParties parties;
  // What stewards and sources say of who is one customer, by the places of nodes.
  std::vector<ClusterEdge> stated;
  // Parties one of which names the other, each two once: they are compared whether they share a
  // block or not, as ones of which that was said.
  std::vector<std::pair<uint32_t, uint32_t>> referring;
};

struct BulkResolution {
  // The pairs from the model's review probability on (or the options' least one) by their places,
  // what was compared, and the blocks over their caps.
  BulkResult matches;
  // The stated edges, and behind them a kMatch edge for each pair from the join probability on, in
  // the order of the pairs.
  std::vector<ClusterEdge> edges;
  // Of the nodes; joins and left_out are places in `edges`.
  Clusters clusters;
};

// Blocks, scores and clusters. With a least probability above the join probability in `options`
// too few pairs are found, so it must not be. Errors: INVALID_ARGUMENT for more parties than nodes
// or for such a least probability; CANCELLED.
absl::StatusOr<BulkResolution> ResolveInBulk(const MatchModel& model, const BulkSubjects& subjects,
                                             const BulkOptions& options);

// The verified documents of a record, as a node has them.
std::vector<ClusterNode::Document> VerifiedDocumentsOf(const PartyView& party);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_BULK_RESOLVE_H_
