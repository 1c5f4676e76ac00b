#include "core/identity/bulk_resolve.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"

namespace yilan::core {

std::vector<ClusterNode::Document> VerifiedDocumentsOf(const PartyView& party) {
  std::vector<ClusterNode::Document> documents;
  for (const DocumentView& document : party.documents) {
    if (!document.verified) continue;
    documents.push_back(
        {.scheme = static_cast<uint8_t>(document.scheme), .number = std::string(document.value)});
  }
  std::sort(documents.begin(), documents.end());
  documents.erase(std::unique(documents.begin(), documents.end()), documents.end());
  return documents;
}

absl::StatusOr<BulkResolution> ResolveInBulk(const MatchModel& model, const BulkSubjects& subjects,
                                             const BulkOptions& options) {
  if (subjects.parties.size() > subjects.nodes.size()) {
    return absl::InvalidArgumentError("bulk resolving: there are more parties than nodes");
  }
  if (options.least_probability > model.join_probability()) {
    return absl::InvalidArgumentError(
        "bulk resolving: least_probability is above the model's join probability");
  }
  BulkResolution resolution;
  ASSIGN_OR_RETURN(resolution.matches, BulkMatch(model, subjects.parties, options));
  resolution.edges = subjects.stated;
  for (const ScoredPair& pair : resolution.matches.pairs) {
    if (pair.probability < model.join_probability()) continue;
    resolution.edges.push_back({.a = pair.a,
                                .b = pair.b,
                                .kind = ClusterEdge::Kind::kMatch,
                                .probability = pair.probability});
  }
  resolution.clusters = ClusterSubjects(subjects.nodes, resolution.edges);
  return resolution;
}

}  // namespace yilan::core
