// Blocks that have come to be over their cap, or no longer are: what that changes between those in
// them.
//
//   CrossedBlocks crossed(edit, parties, model);
//   RETURN_IF_ERROR(crossed.Add(key, /*over=*/true, resolved));
//   RETURN_IF_ERROR(crossed.ReadParties());
//   RETURN_IF_ERROR(parties.LeaveOutShared());
//   RETURN_IF_ERROR(crossed.SetScores());
//   edit.Recluster(crossed.changed(), model);
//
// A block over its cap is ignored whole: two records that share nothing else lose their score, and
// when the block is back within it, they are compared. Only pairs within the block are concerned,
// so the others of its records need not be resolved anew. A telephone number or e-mail address is
// more than a block: over its cap it says nothing of anybody any more, and whoever has it waits to
// be resolved.
//
// Not thread-safe. Errors of all methods: those of the store.
#ifndef YILAN_CORE_IDENTITY_CROSSED_BLOCKS_H_
#define YILAN_CORE_IDENTITY_CROSSED_BLOCKS_H_

#include <map>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/identity/candidates.h"
#include "core/identity/identity_edit.h"
#include "core/matching/match_model.h"

namespace yilan::core {

class CrossedBlocks {
 public:
  // All three outlive it.
  CrossedBlocks(IdentityEdit& edit, Candidates& parties, const MatchModel& model)
      : edit_(edit), parties_(parties), model_(model) {}

  // A block that crossed its cap. `resolved`, sorted, are compared with all their candidates
  // anyway.
  absl::Status Add(BlockingKey key, bool over, absl::Span<const storage::SubjectId> resolved);
  // Reads what SetScores will compare.
  absl::Status ReadParties();
  absl::Status SetScores();
  // The ends of edges whose scores have changed.
  const std::set<storage::SubjectId>& changed() const { return changed_; }

 private:
  // The blocks of a record, looked for once.
  const std::vector<BlockingKey>& BlocksOfRecord(storage::SubjectId subject);
  absl::Status AddPairs(const std::vector<storage::SubjectId>& holders, bool over);

  IdentityEdit& edit_;
  Candidates& parties_;
  const MatchModel& model_;
  // They have a score, and a block less; with the blocks that they share.
  std::map<SubjectPair, std::vector<BlockingKey>> losing_;
  std::set<SubjectPair> gaining_;  // They have a block more.
  std::map<storage::SubjectId, std::vector<BlockingKey>> blocks_;
  std::map<storage::SubjectId, storage::RecordKey> records_;  // Source records of all in blocks.
  std::set<storage::SubjectId> changed_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CROSSED_BLOCKS_H_
