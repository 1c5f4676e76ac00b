// Which source records may be about the same party: what they say, and whom they share blocks with.
//
//   Candidates candidates(reader, model);
//   candidates.Add(subject, record);
//   RETURN_IF_ERROR(candidates.FindHolders(blocks));  // Blocks of the record.
//   for (const BlockingKey key : blocks) {
//     const auto& holders = candidates.HoldersOf(key);
//     records.insert(holders.begin(), holders.end());
//   }
//   RETURN_IF_ERROR(candidates.ReadRecords(records));
//   RETURN_IF_ERROR(candidates.LeaveOutShared());
//   ScorePair(model, candidates.Find(subject)->view, candidates.Find(other)->view);
//
// Each step asks the store once for all. Not thread-safe. Errors of all methods: those of the
// reader, and DATA_LOSS for a record that does not parse.
#ifndef YILAN_CORE_IDENTITY_CANDIDATES_H_
#define YILAN_CORE_IDENTITY_CANDIDATES_H_

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/matching/blocking.h"
#include "core/matching/match_model.h"
#include "core/matching/party_features.h"
#include "core/matching/party_view.h"
#include "storage/record_store.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

// A source record in the form in which it is compared.
struct Party {
  PartyFeatures features;  // All that it says.
  PartyView view;          // What of it is compared; of the features.
};

class Candidates {
 public:
  // Both outlive it.
  Candidates(storage::Reader& reader, const MatchModel& model) : reader_(reader), model_(model) {}

  // Takes a source record of a subject, in place of one that was read.
  void Add(storage::SubjectId subject, const v1::SourceRecord& record);
  // Reads the source records that go by these names, as far as there are any.
  absl::Status ReadSources(absl::Span<const v1::SubjectReference* const> names);
  // Reads these source records, except those of subjects that are known.
  absl::Status ReadRecords(const std::set<storage::RecordKey>& records);
  // Null for a subject whose source record was not read.
  const Party* Find(storage::SubjectId subject) const;

  // Finds out who has these blocks. `newcomer` is counted with all of them, whether its record is
  // stored or not.
  absl::Status FindHolders(const std::set<BlockingKey>& blocks,
                           std::optional<storage::SubjectId> newcomer = std::nullopt);
  // Of blocks that were looked for: the source records that have it. None where they are too many,
  // for such a block is ignored whole.
  const std::vector<storage::RecordKey>& HoldersOf(BlockingKey key) const;
  bool IsOverCap(BlockingKey key) const { return over_cap_.contains(key); }
  // Whether it was over its cap when somebody in it was resolved last.
  bool IsMarked(BlockingKey key) const { return marked_.contains(key); }

  // Numbers and addresses that too many share say nothing of who somebody is: takes them out of the
  // views of all parties. Last before they are compared.
  absl::Status LeaveOutShared();

 private:
  absl::Status ReadMarkers(const std::set<BlockingKey>& blocks);
  absl::Status AddRecord(const storage::RecordView& record);

  storage::Reader& reader_;
  const MatchModel& model_;
  absl::flat_hash_map<storage::SubjectId, std::unique_ptr<Party>> parties_;
  // Of blocks within their cap.
  absl::flat_hash_map<BlockingKey, std::vector<storage::RecordKey>> holders_;
  const std::vector<storage::RecordKey> none_;
  absl::flat_hash_set<BlockingKey> over_cap_;
  absl::flat_hash_set<BlockingKey> known_;   // Whether they are in …
  absl::flat_hash_set<BlockingKey> marked_;  // … is known.
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CANDIDATES_H_
