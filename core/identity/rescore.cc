#include "core/identity/rescore.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/identity/own_customers.h"
#include "core/identity/source_records.h"
#include "core/matching/blocking.h"
#include "core/matching/party_features.h"
#include "core/matching/party_view.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {
namespace {

using storage::RecordKey;
using storage::SubjectId;
using yilan::storage::v1::StoredPairScore;

constexpr size_t kEntriesPerLookup = 256;

// A source record in the form in which it is compared.
struct Party {
  PartyFeatures features;
  PartyView view;
};

absl::Status AddParty(const storage::RecordView& record,
                      absl::flat_hash_map<SubjectId, std::unique_ptr<Party>>& parties) {
  v1::SourceRecord source;
  if (!source.ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return absl::DataLossError("a stored source record does not parse");
  }
  auto party = std::make_unique<Party>();
  party->features = FeaturesOf(source);
  party->view = PartyView(party->features);
  parties[record.subject] = std::move(party);
  return absl::OkStatus();
}

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
      : edit_(edit), subjects_(subjects), model_(model) {}

  absl::Status Run() {
    RETURN_IF_ERROR(edit_.ReadAhead(subjects_));
    RETURN_IF_ERROR(edit_.CheckModel(model_));
    RETURN_IF_ERROR(ReadOwn());
    RETURN_IF_ERROR(FindCandidates());
    RETURN_IF_ERROR(AddReferred());
    RETURN_IF_ERROR(ReadCandidates());
    RETURN_IF_ERROR(LeaveOutShared());
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

 private:
  absl::Status ReadOwn() {
    std::vector<SubjectId> established;
    for (const SubjectId id : subjects_) {
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(id));
      if (subject->established()) established.push_back(id);
    }
    return ReadSources(established);
  }

  // The source records of subjects that have one and are not read yet.
  absl::Status ReadSources(absl::Span<const SubjectId> subjects) {
    std::vector<std::string> keys;
    for (const SubjectId id : subjects) {
      if (parties_.contains(id)) continue;
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(id));
      keys.push_back(SourceRecordKeyOf(subject->record));
    }
    if (keys.empty()) return absl::OkStatus();
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    ASSIGN_OR_RETURN(const auto found, edit_.reader().FindByKeys(keys));
    std::vector<RecordKey> records;
    for (const std::optional<RecordKey>& record : found) {
      if (record.has_value()) records.push_back(*record);
    }
    std::sort(records.begin(), records.end());
    return edit_.reader().GetMany(
        records, [&](const storage::RecordView& record) { return AddParty(record, parties_); });
  }

  // Whom they share blocks with. A block that is over its cap is ignored whole; where that changes,
  // all in it are compared anew, for what was between them because of it is no longer, or is now.
  absl::Status FindCandidates() {
    std::map<size_t, std::vector<BlockingKey>> blocks_by_cap;
    std::set<BlockingKey> blocks;
    for (const SubjectId id : subjects_) {
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(id));
      for (const std::string& left : subject->record.left_blocks()) {
        if (const auto key = BlockingKeyOf(left); key.has_value()) blocks.insert(*key);
      }
      const auto party = parties_.find(id);
      if (party == parties_.end()) continue;
      own_blocks_[id] = BlockingKeysOf(party->second->view);
      blocks.insert(own_blocks_[id].begin(), own_blocks_[id].end());
    }
    for (const BlockingKey key : blocks) {
      if (const size_t cap = model_.BlockCap(RuleOf(key)); cap > 0) {
        blocks_by_cap[cap].push_back(key);
      }
    }
    RETURN_IF_ERROR(ReadMarkers(blocks));
    for (const auto& [cap, keys] : blocks_by_cap) {
      std::vector<std::string> terms;
      terms.reserve(keys.size());
      for (const BlockingKey key : keys) terms.push_back(BlockTerm(key));
      ASSIGN_OR_RETURN(const auto holders, edit_.reader().FindByTerms(terms, cap + 1));
      for (size_t i = 0; i < keys.size(); ++i) {
        const bool over = holders[i].size() > cap;
        if (over != marked_.contains(keys[i])) RETURN_IF_ERROR(CrossCap(keys[i], over));
        if (over) {
          over_cap_.insert(keys[i]);
        } else {
          holders_[keys[i]] = holders[i];
        }
      }
    }
    return absl::OkStatus();
  }

  // Which of the blocks are marked as over their cap.
  absl::Status ReadMarkers(const std::set<BlockingKey>& blocks) {
    absl::flat_hash_map<std::string, BlockingKey> unknown;
    std::vector<RecordKey> markers;
    for (const BlockingKey key : blocks) {
      if (!known_.insert(key).second) continue;
      unknown.emplace(BlockingTerm(key), key);
      markers.push_back(OverflowedBlockKey(key));
    }
    if (markers.empty()) return absl::OkStatus();
    std::sort(markers.begin(), markers.end());
    return edit_.reader().GetMany(markers, [&](const storage::RecordView& record) {
      marked_.insert(unknown.at(std::string(record.record_id)));
      return absl::OkStatus();
    });
  }

  absl::Status CrossCap(BlockingKey key, bool overflowed) {
    const std::string term = BlockTerm(key);
    size_t holders = 0;
    storage::TermCursor cursor;
    while (true) {
      ASSIGN_OR_RETURN(const auto entries,
                       edit_.reader().FindByTerm(term, term + '\0', cursor, kEntriesPerLookup));
      holders += entries.size();
      for (const storage::TermEntry& entry : entries) {
        const SubjectId holder = entry.record.subject;
        if (!IsBeingResolved(holder)) RETURN_IF_ERROR(edit_.MarkPending(holder));
      }
      if (entries.size() < kEntriesPerLookup) break;
    }
    edit_.SetOverflowed(key, overflowed, holders);
    return absl::OkStatus();
  }

  bool IsBeingResolved(SubjectId subject) const {
    return std::find(subjects_.begin(), subjects_.end(), subject) != subjects_.end();
  }

  // Who refers to a subject, or is referred to, is compared with it in any case.
  absl::Status AddReferred() {
    for (const SubjectId id : subjects_) {
      if (!parties_.contains(id)) continue;
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
        const auto holders = holders_.find(key);
        if (holders == holders_.end()) continue;
        for (const RecordKey& holder : holders->second) {
          if (holder.subject == id) continue;
          candidates_[id].insert(holder.subject);
          if (!parties_.contains(holder.subject)) records.insert(holder);
        }
      }
    }
    return edit_.reader().GetMany(
        std::vector<RecordKey>(records.begin(), records.end()),
        [&](const storage::RecordView& record) { return AddParty(record, parties_); });
  }

  // Numbers and addresses that too many share say nothing of who somebody is, on either side.
  absl::Status LeaveOutShared() {
    std::set<BlockingKey> contacts;
    for (const auto& [subject, party] : parties_) {
      for (const ContactView& phone : party->view.phones) contacts.insert(PhoneKey(phone.value));
      for (const ContactView& email : party->view.emails) contacts.insert(EmailKey(email.value));
    }
    RETURN_IF_ERROR(ReadMarkers(contacts));
    for (const BlockingKey key : contacts) {
      // Of those that were counted just now, the count is what holds.
      if (marked_.contains(key) && !holders_.contains(key)) over_cap_.insert(key);
    }
    for (auto& [subject, party] : parties_) LeaveOutSharedContacts(over_cap_, party->view);
    return absl::OkStatus();
  }

  absl::Status SetScores(SubjectId id) {
    const bool has_source = parties_.contains(id);
    const std::set<SubjectId>& candidates = candidates_[id];
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> known, edit_.GetPairs(id));
    std::set<SubjectPair> pairs(known.begin(), known.end());
    for (const SubjectId other : candidates) pairs.insert(SubjectPair::Of(id, other));
    for (const SubjectPair& pair : pairs) {
      const SubjectId other = pair.Other(id);
      ASSIGN_OR_RETURN(IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
      const bool referred = Refers(edge);
      edge.clear_score();
      if (has_source && candidates.contains(other) && parties_.contains(other)) {
        const StoredPairScore score = WithReference(
            ScorePair(model_, parties_.at(id)->view, parties_.at(other)->view), referred, model_);
        if (score.probability() >= model_.review_probability()) *edge.mutable_score() = score;
      }
      RETURN_IF_ERROR(edit_.SetEdge(pair, std::move(edge)));
    }
    return absl::OkStatus();
  }

  IdentityEdit& edit_;
  const absl::Span<const SubjectId> subjects_;
  const MatchModel& model_;
  absl::flat_hash_map<SubjectId, std::unique_ptr<Party>> parties_;
  absl::flat_hash_map<SubjectId, std::vector<BlockingKey>> own_blocks_;
  absl::flat_hash_map<BlockingKey, std::vector<RecordKey>> holders_;  // Of those within their cap.
  absl::flat_hash_set<BlockingKey> over_cap_;
  absl::flat_hash_set<BlockingKey> known_;   // Whether they are in …
  absl::flat_hash_set<BlockingKey> marked_;  // … is known.
  std::map<SubjectId, std::set<SubjectId>> candidates_;
};

}  // namespace

absl::Status Rescore(IdentityEdit& edit, absl::Span<const SubjectId> subjects,
                     const MatchModel& model) {
  return Rescoring(edit, subjects, model).Run();
}

StoredPairScore WithReference(const PairScore& score, bool referred, const MatchModel& model) {
  StoredPairScore stored;
  stored.set_probability(score.probability);
  stored.set_rule(score.rule);
  stored.set_model_version(model.version());
  if (referred && (score.rule == v1::MATCH_RULE_PROBABILITY ||
                   score.rule == v1::MATCH_RULE_GIVEN_NAME_UNKNOWN ||
                   score.rule == v1::MATCH_RULE_SHARED_EVIDENCE_ONLY)) {
    const double sum = score.sum - score.prior_weight + kReferencePriorLog2Odds;
    const double probability = 1 / (1 + std::exp2(-sum));
    if (probability > score.probability) {
      stored.set_probability(probability);
      stored.set_rule(v1::MATCH_RULE_STATED_REFERENCE);
    }
  }
  return stored;
}

}  // namespace yilan::core
