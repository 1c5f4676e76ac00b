#include "core/identity/rescore.h"

#include <algorithm>
#include <cmath>
#include <limits>
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

class Rescoring {
 public:
  Rescoring(IdentityEdit& edit, SubjectId subject, const MatchModel& model)
      : edit_(edit), subject_(subject), model_(model) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(IdentityEdit::Subject* const subject, edit_.GetSubject(subject_));
    const std::vector<std::string> left(subject->record.left_blocks().begin(),
                                        subject->record.left_blocks().end());
    RETURN_IF_ERROR(edit_.reader().Scan(
        {.subject = subject_, .kind = v1::Fact::kSourceRecord, .max = 1},
        [&](const storage::RecordView& record) { return AddParty(record, parties_); }));
    const bool has_source = parties_.contains(subject_);
    if (has_source) RETURN_IF_ERROR(FindCandidates(parties_.at(subject_)->view));
    for (const std::string& block : left) RETURN_IF_ERROR(LookAtLeftBlock(block));
    if (has_source) RETURN_IF_ERROR(AddReferred());
    RETURN_IF_ERROR(ReadCandidates());
    RETURN_IF_ERROR(LeaveOutShared());
    RETURN_IF_ERROR(SetScores(has_source));
    // Last: a subject that waits again because of its own block is being resolved.
    subject->record.clear_left_blocks();
    subject->record.clear_resolve_pending_since_micros();
    subject->changed = true;
    return absl::OkStatus();
  }

 private:
  // Those whose source record has a blocking key: at most `max`.
  absl::StatusOr<std::vector<RecordKey>> HoldersOf(BlockingKey key, size_t max) {
    const std::string term = BlockTerm(key);
    const std::string limit = term + '\0';
    std::vector<RecordKey> holders;
    storage::TermCursor cursor;
    while (holders.size() < max) {
      const size_t wanted = std::min(kEntriesPerLookup, max - holders.size());
      ASSIGN_OR_RETURN(const auto entries, edit_.reader().FindByTerm(term, limit, cursor, wanted));
      for (const storage::TermEntry& entry : entries) holders.push_back(entry.record);
      if (entries.size() < wanted) break;
    }
    return holders;
  }

  absl::StatusOr<bool> IsMarkedOverflowed(BlockingKey key) {
    const auto marker = edit_.reader().Get(OverflowedBlockKey(key));
    if (absl::IsNotFound(marker.status())) return false;
    RETURN_IF_ERROR(marker.status());
    return true;
  }

  absl::Status FindCandidates(const PartyView& party) {
    for (const BlockingKey key : BlockingKeysOf(party)) {
      const size_t cap = model_.BlockCap(RuleOf(key));
      if (cap == 0) continue;
      ASSIGN_OR_RETURN(const std::vector<RecordKey> holders, HoldersOf(key, cap + 1));
      if (holders.size() > cap) {
        over_cap_.insert(key);
        ASSIGN_OR_RETURN(const bool marked, IsMarkedOverflowed(key));
        if (!marked) RETURN_IF_ERROR(CrossCap(key, true));
        continue;
      }
      for (const RecordKey& holder : holders) {
        if (holder.subject != subject_) candidates_.insert(holder);
      }
    }
    return absl::OkStatus();
  }

  // A block that the record was in. If it is no longer over its cap, those in it were not compared
  // with each other because of it, and are now.
  absl::Status LookAtLeftBlock(const std::string& block) {
    const std::optional<BlockingKey> key = BlockingKeyOf(block);
    if (!key.has_value()) return absl::OkStatus();
    const size_t cap = model_.BlockCap(RuleOf(*key));
    ASSIGN_OR_RETURN(const bool marked, IsMarkedOverflowed(*key));
    if (!marked) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::vector<RecordKey> holders, HoldersOf(*key, cap + 1));
    if (holders.size() > cap) return absl::OkStatus();
    return CrossCap(*key, false);
  }

  absl::Status CrossCap(BlockingKey key, bool overflowed) {
    ASSIGN_OR_RETURN(const std::vector<RecordKey> holders,
                     HoldersOf(key, std::numeric_limits<size_t>::max()));
    for (const RecordKey& holder : holders) {
      if (holder.subject != subject_) RETURN_IF_ERROR(edit_.MarkPending(holder.subject));
    }
    edit_.SetOverflowed(key, overflowed, holders.size());
    return absl::OkStatus();
  }

  // Who refers to the subject, or is referred to, is compared with it in any case.
  absl::Status AddReferred() {
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> pairs, edit_.GetPairs(subject_));
    for (const SubjectPair& pair : pairs) {
      ASSIGN_OR_RETURN(const IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
      if (!Refers(edge)) continue;
      const SubjectId other = pair.Other(subject_);
      ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(other));
      if (!subject->established()) continue;
      RETURN_IF_ERROR(edit_.reader().Scan(
          {.subject = other, .kind = v1::Fact::kSourceRecord, .max = 1},
          [&](const storage::RecordView& record) { return AddParty(record, parties_); }));
    }
    return absl::OkStatus();
  }

  absl::Status ReadCandidates() {
    std::vector<RecordKey> keys;
    for (const RecordKey& key : candidates_) {
      if (!parties_.contains(key.subject)) keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    return edit_.reader().GetMany(
        keys, [&](const storage::RecordView& record) { return AddParty(record, parties_); });
  }

  // Numbers and addresses that too many share say nothing of who somebody is, on either side.
  absl::Status LeaveOutShared() {
    std::set<RecordKey> markers;
    absl::flat_hash_map<std::string, BlockingKey> contacts;
    const auto add = [&](BlockingKey key) {
      if (over_cap_.contains(key)) return;
      markers.insert(OverflowedBlockKey(key));
      contacts.emplace(BlockingTerm(key), key);
    };
    for (const auto& [subject, party] : parties_) {
      for (const ContactView& phone : party->view.phones) add(PhoneKey(phone.value));
      for (const ContactView& email : party->view.emails) add(EmailKey(email.value));
    }
    const std::vector<RecordKey> keys(markers.begin(), markers.end());
    RETURN_IF_ERROR(edit_.reader().GetMany(keys, [&](const storage::RecordView& record) {
      over_cap_.insert(contacts.at(std::string(record.record_id)));
      return absl::OkStatus();
    }));
    for (auto& [subject, party] : parties_) LeaveOutSharedContacts(over_cap_, party->view);
    return absl::OkStatus();
  }

  absl::Status SetScores(bool has_source) {
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> known, edit_.GetPairs(subject_));
    std::set<SubjectPair> pairs(known.begin(), known.end());
    for (const auto& [other, party] : parties_) {
      if (other != subject_) pairs.insert(SubjectPair::Of(subject_, other));
    }
    for (const SubjectPair& pair : pairs) {
      const auto other = parties_.find(pair.Other(subject_));
      ASSIGN_OR_RETURN(IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
      const bool referred = Refers(edge);
      edge.clear_score();
      if (has_source && other != parties_.end()) {
        const StoredPairScore score = WithReference(
            ScorePair(model_, parties_.at(subject_)->view, other->second->view), referred, model_);
        if (score.probability() >= model_.review_probability()) *edge.mutable_score() = score;
      }
      RETURN_IF_ERROR(edit_.SetEdge(pair, std::move(edge)));
    }
    return absl::OkStatus();
  }

  IdentityEdit& edit_;
  const SubjectId subject_;
  const MatchModel& model_;
  std::set<RecordKey> candidates_;
  absl::flat_hash_set<BlockingKey> over_cap_;
  absl::flat_hash_map<SubjectId, std::unique_ptr<Party>> parties_;
};

}  // namespace

absl::Status Rescore(IdentityEdit& edit, SubjectId subject, const MatchModel& model) {
  return Rescoring(edit, subject, model).Run();
}

StoredPairScore WithReference(const PairScore& score, bool referred, const MatchModel& model) {
  StoredPairScore stored;
  stored.set_probability(score.probability);
  stored.set_rule(score.rule);
  stored.set_model_version(model.version());
  if (referred && (score.rule == v1::MATCH_RULE_PROBABILITY ||
                   score.rule == v1::MATCH_RULE_GIVEN_NAME_UNKNOWN)) {
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
