#include "core/identity/bulk_resolve.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "base/status_macros.h"
#include "core/matching/blocking.h"
#include "core/matching/pair_score.h"

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

namespace {

// Puts the scores of those of whom one names the other in place of the ones that their records have
// by themselves.
void ScoreReferring(const MatchModel& model, const BulkSubjects& subjects, double least,
                    BulkResult& matches) {
  absl::flat_hash_set<std::pair<uint32_t, uint32_t>> referring;
  for (const auto& [one, other] : subjects.referring) referring.insert(std::minmax(one, other));
  std::erase_if(matches.pairs, [&](const ScoredPair& pair) {
    return referring.contains(std::minmax(pair.a, pair.b));
  });
  absl::flat_hash_set<BlockingKey> over_cap;
  for (const OverflowedBlock& block : matches.overflowed) over_cap.insert(block.key);
  PartyView first;
  PartyView second;
  for (const auto& [a, b] : referring) {
    subjects.parties.Read(a, first);
    subjects.parties.Read(b, second);
    LeaveOutSharedContacts(over_cap, first);
    LeaveOutSharedContacts(over_cap, second);
    const PairScore score = ScorePair(model, first, second, /*referred=*/true);
    if (score.probability < least) continue;
    matches.pairs.push_back({.a = a, .b = b, .probability = score.probability, .rule = score.rule});
  }
}

}  // namespace

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
  ScoreReferring(
      model, subjects,
      options.least_probability > 0 ? options.least_probability : model.review_probability(),
      resolution.matches);
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
