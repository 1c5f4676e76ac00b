#include "core/identity/cluster_input.h"

#include <algorithm>

#include "core/facts/working_set.h"
#include "core/identity/identity_records.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {

ClusterNode ClusterNodeOf(const yilan::storage::v1::Subject& subject) {
  ClusterNode node;
  node.name = ClusterName(subject);
  node.established = WorkingSet::CountOf(v1::Fact::kSourceRecord, subject) > 0;
  for (const auto& document : subject.verified_documents()) {
    node.documents.push_back({static_cast<uint8_t>(document.scheme()), document.digest()});
  }
  for (const auto& separation : subject.separations()) {
    node.separations.push_back({separation.decision(), separation.second_side()});
  }
  std::sort(node.documents.begin(), node.documents.end());
  std::sort(node.separations.begin(), node.separations.end());
  return node;
}

std::optional<std::pair<ClusterEdge::Kind, double>> StrengthOf(
    const yilan::storage::v1::StoredIdentityEdge& edge, bool both_established,
    double join_probability) {
  using Kind = ClusterEdge::Kind;
  if (!edge.steward_merge().empty()) return std::make_pair(Kind::kSteward, 1.0);
  if (!both_established) {
    if (!Refers(edge)) return std::nullopt;
    return std::make_pair(Kind::kReference, 1.0);
  }
  if (edge.score().probability() < join_probability) return std::nullopt;
  return std::make_pair(Kind::kMatch, edge.score().probability());
}

}  // namespace yilan::core
