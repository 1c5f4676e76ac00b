#include "core/identity/crossed_blocks.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "core/identity/identity_records.h"
#include "core/identity/shared_blocks.h"
#include "core/matching/blocking.h"
#include "core/matching/pair_score.h"

namespace yilan::core {
namespace {

using storage::RecordKey;
using storage::SubjectId;

constexpr size_t kEntriesPerLookup = 256;

// Whether it is left out of every comparison while too many share it.
bool IsContact(BlockingKey key) {
  return RuleOf(key) == v1::BLOCKING_RULE_PHONE || RuleOf(key) == v1::BLOCKING_RULE_EMAIL;
}

}  // namespace

absl::Status CrossedBlocks::Add(BlockingKey key, bool over, absl::Span<const SubjectId> resolved) {
  const std::string term = BlockTerm(key);
  std::vector<SubjectId> holders;
  size_t source_records = 0;
  storage::TermCursor cursor;
  while (true) {
    ASSIGN_OR_RETURN(const auto entries,
                     edit_.reader().FindByTerm(term, term + '\0', cursor, kEntriesPerLookup));
    source_records += entries.size();
    for (const storage::TermEntry& entry : entries) {
      const SubjectId holder = entry.record.subject;
      if (std::binary_search(resolved.begin(), resolved.end(), holder)) continue;
      holders.push_back(holder);
      records_.emplace(holder, entry.record);
    }
    if (entries.size() < kEntriesPerLookup) break;
    cursor = {term, entries.back().record};
  }
  edit_.SetOverflowed(key, over, source_records);
  RETURN_IF_ERROR(edit_.ReadAhead(holders));
  std::vector<SubjectId> settled;
  for (const SubjectId holder : holders) {
    ASSIGN_OR_RETURN(const IdentityEdit::Subject* const subject, edit_.GetSubject(holder));
    if (IsContact(key)) {
      RETURN_IF_ERROR(edit_.MarkPending(holder));
    } else if (subject->record.has_resolve_pending_since_micros()) {
      // Whoever is resolving it may have counted the block before.
      RETURN_IF_ERROR(edit_.Touch(holder));
    } else {
      settled.push_back(holder);
    }
  }
  return AddPairs(settled, over);
}

absl::Status CrossedBlocks::AddPairs(const std::vector<SubjectId>& holders, bool over) {
  const std::set<SubjectId> all(holders.begin(), holders.end());
  for (auto holder = all.begin(); holder != all.end(); ++holder) {
    if (!over) {
      for (auto other = std::next(holder); other != all.end(); ++other) {
        gaining_.insert(SubjectPair::Of(*holder, *other));
      }
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<SubjectPair> pairs, edit_.GetPairs(*holder));
    for (const SubjectPair& pair : pairs) {
      if (!all.contains(pair.Other(*holder))) continue;
      ASSIGN_OR_RETURN(const IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
      // Who is named by the other is compared with it whether they share a block or not.
      if (edge.has_score() && !Refers(edge)) losing_.try_emplace(pair);
    }
  }
  return absl::OkStatus();
}

absl::Status CrossedBlocks::ReadParties() {
  std::set<RecordKey> records;
  const auto add = [&](const SubjectPair& pair) {
    records.insert(records_.at(pair.first));
    records.insert(records_.at(pair.second));
  };
  for (const auto& [pair, shared] : losing_) add(pair);
  for (const SubjectPair& pair : gaining_) add(pair);
  RETURN_IF_ERROR(parties_.ReadRecords(records));
  std::set<BlockingKey> all;
  for (auto& [pair, shared] : losing_) {
    const std::vector<BlockingKey>& first = BlocksOfRecord(pair.first);
    const std::vector<BlockingKey>& second = BlocksOfRecord(pair.second);
    std::set_intersection(first.begin(), first.end(), second.begin(), second.end(),
                          std::back_inserter(shared));
    all.insert(shared.begin(), shared.end());
  }
  return all.empty() ? absl::OkStatus() : parties_.FindHolders(all);
}

const std::vector<BlockingKey>& CrossedBlocks::BlocksOfRecord(SubjectId subject) {
  const auto [blocks, is_new] = blocks_.try_emplace(subject);
  // A record that was deleted a moment ago has none.
  if (const Party* const party = parties_.Find(subject); is_new && party != nullptr) {
    blocks->second = BlocksOf(model_, *party);
  }
  return blocks->second;
}

absl::Status CrossedBlocks::SetScores() {
  const auto set = [&](const SubjectPair& pair, IdentityEdit::StoredEdge edge) {
    changed_.insert({pair.first, pair.second});
    return edit_.SetEdge(pair, std::move(edge));
  };
  for (const auto& [pair, shared] : losing_) {
    if (!std::all_of(shared.begin(), shared.end(),
                     [&](BlockingKey key) { return parties_.IsOverCap(key); })) {
      continue;
    }
    ASSIGN_OR_RETURN(IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
    edge.clear_score();
    RETURN_IF_ERROR(set(pair, std::move(edge)));
  }
  for (const SubjectPair& pair : gaining_) {
    ASSIGN_OR_RETURN(IdentityEdit::StoredEdge edge, edit_.GetEdge(pair));
    if (edge.has_score()) continue;
    const Party* const first = parties_.Find(pair.first);
    const Party* const second = parties_.Find(pair.second);
    if (first == nullptr || second == nullptr) continue;
    const PairScore score = ScorePair(model_, first->view, second->view, Refers(edge));
    if (score.probability < model_.review_probability()) continue;
    *edge.mutable_score() = StoredScore(score, model_);
    RETURN_IF_ERROR(set(pair, std::move(edge)));
  }
  return absl::OkStatus();
}

}  // namespace yilan::core
