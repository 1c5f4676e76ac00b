#include "core/identity/rescore.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "core/identity/candidates.h"
#include "core/identity/crossed_blocks.h"
#include "core/identity/identity_records.h"
#include "core/matching/blocking.h"
#include "core/matching/pair_score.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {
namespace {

using storage::RecordKey;
using storage::SubjectId;

std::optional<BlockingKey> BlockingKeyOf(const std::string& term) {
  if (term.size() != sizeof(BlockingKey)) return std::nullopt;
  BlockingKey key = 0;
  for (const char c : term) key = key << 8 | static_cast<uint8_t>(c);
  return key;
}

// Each step asks once for all subjects together.
class Rescoring {
 public:
  Rescoring(IdentityEdit& edit, absl::Span<const SubjectId> subjects, const MatchModel& model)
      : edit_(edit),
        subjects_(subjects),
        model_(model),
        parties_(edit.reader(), model),
        crossed_(edit, parties_, model) {}

  absl::Status Run() {
    RETURN_IF_ERROR(edit_.ReadAhead(subjects_));
    RETURN_IF_ERROR(edit_.CheckModel(model_));
    RETURN_IF_ERROR(ReadSources(subjects_));
    RETURN_IF_ERROR(FindCandidates());
    RETURN_IF_ERROR(AddReferred());
    RETURN_IF_ERROR(ReadCandidates());
    RETURN_IF_ERROR(crossed_.ReadParties());
    RETURN_IF_ERROR(parties_.LeaveOutShared());
    RETURN_IF_ERROR(crossed_.SetScores());
    for (const SubjectId id : subjects_) {
      RETURN_IF_ERROR(SetScores(id));
      // Last: a subject that waits again because of its own block is being resolved.
      ASSIGN_OR_RETURN(IdentityEdit::Subject* const subject, edit_.GetSubject(id));
      subject->record.clear_left_blocks();
      subject->record.clear_resolve_pending_since_micros();
      subject->changed = true;
    }
    return absl::OkStatus();
  }

  std::vector<SubjectId> Seeds() const {
    std::vector<SubjectId> seeds(subjects_.begin(), subjects_.end());
    seeds.insert(seeds.end(), crossed_.changed().begin(), crossed_.changed().end());
    return seeds;
  }

 private:
  // The source records of subjects that have one.
  absl::Status ReadSources(absl::Span<const SubjectId> subjects) {
    std::vector<const v1::SubjectReference*> names;
    for (const SubjectId id : subjects) {
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(id));
      if (subject->established() && parties_.Find(id) == nullptr) {
        names.push_back(&subject->record.references(0));
      }
    }
    return parties_.ReadSources(names);
  }

  // Whom they share blocks with.
  absl::Status FindCandidates() {
    std::set<BlockingKey> blocks;
    for (const SubjectId id : subjects_) {
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(id));
      for (const std::string& left : subject->record.left_blocks()) {
        if (const auto key = BlockingKeyOf(left); key.has_value()) blocks.insert(*key);
      }
      const Party* const party = parties_.Find(id);
      if (party == nullptr) continue;
      own_blocks_[id] = BlockingKeysOf(party->view);
      blocks.insert(own_blocks_[id].begin(), own_blocks_[id].end());
    }
    RETURN_IF_ERROR(parties_.FindHolders(blocks));
    for (const BlockingKey key : blocks) {
      if (model_.BlockCap(RuleOf(key)) == 0) continue;
      const bool over = parties_.IsOverCap(key);
      if (over != parties_.IsMarked(key)) RETURN_IF_ERROR(crossed_.Add(key, over, subjects_));
    }
    return absl::OkStatus();
  }

  // Who refers to a subject, or is referred to, is compared with it in any case.
  absl::Status AddReferred() {
    for (const SubjectId id : subjects_) {
      if (parties_.Find(id) == nullptr) continue;
      ASSIGN_OR_RETURN(const std::vector<SubjectPair> pairs, edit_.GetPairs(id));
      std::vector<SubjectId> others;
      for (const SubjectPair& pair : pairs) {
        ASSIGN_OR_RETURN(const IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
        if (Refers(edge)) others.push_back(pair.Other(id));
      }
      if (others.empty()) continue;
      RETURN_IF_ERROR(edit_.ReadAhead(others));
      for (const SubjectId other : others) {
        ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(other));
        if (subject->established()) candidates_[id].insert(other);
      }
    }
    std::vector<SubjectId> referred;
    for (const auto& [id, others] : candidates_) {
      referred.insert(referred.end(), others.begin(), others.end());
    }
    return ReadSources(referred);
  }

  absl::Status ReadCandidates() {
    std::set<RecordKey> records;
    for (const auto& [id, blocks] : own_blocks_) {
      for (const BlockingKey key : blocks) {
        for (const RecordKey& holder : parties_.HoldersOf(key)) {
          if (holder.subject == id) continue;
          candidates_[id].insert(holder.subject);
          records.insert(holder);
        }
      }
    }
    return parties_.ReadRecords(records);
  }

  absl::Status SetScores(SubjectId id) {
    const Party* const party = parties_.Find(id);
    const std::set<SubjectId>& candidates = candidates_[id];
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> known, edit_.GetPairs(id));
    std::set<SubjectPair> pairs(known.begin(), known.end());
    for (const SubjectId other : candidates) pairs.insert(SubjectPair::Of(id, other));
    for (const SubjectPair& pair : pairs) {
      const SubjectId other = pair.Other(id);
      ASSIGN_OR_RETURN(IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
      edge.clear_score();
      const Party* const candidate = candidates.contains(other) ? parties_.Find(other) : nullptr;
      if (party != nullptr && candidate != nullptr) {
        const PairScore score = ScorePair(model_, party->view, candidate->view, Refers(edge));
        if (score.probability >= model_.review_probability()) {
          *edge.mutable_score() = StoredScore(score, model_);
        }
      }
      RETURN_IF_ERROR(edit_.SetEdge(pair, std::move(edge)));
    }
    return absl::OkStatus();
  }

  IdentityEdit& edit_;
  const absl::Span<const SubjectId> subjects_;
  const MatchModel& model_;
  Candidates parties_;
  CrossedBlocks crossed_;
  absl::flat_hash_map<SubjectId, std::vector<BlockingKey>> own_blocks_;
  std::map<SubjectId, std::set<SubjectId>> candidates_;
};

}  // namespace

absl::StatusOr<std::vector<SubjectId>> Rescore(IdentityEdit& edit,
                                               absl::Span<const SubjectId> subjects,
                                               const MatchModel& model) {
  Rescoring rescoring(edit, subjects, model);
  RETURN_IF_ERROR(rescoring.Run());
  return rescoring.Seeds();
}

}  // namespace yilan::core
