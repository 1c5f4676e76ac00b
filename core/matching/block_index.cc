#include "core/matching/block_index.h"

#include <algorithm>

#include "core/matching/parallel.h"

namespace yilan::core {
namespace {

constexpr size_t kRules = v1::BlockingRule_ARRAYSIZE;
constexpr size_t kPieceRecords = 4096;

struct Entry {
  BlockingKey key;
  uint32_t record;
  friend bool operator<(const Entry& a, const Entry& b) {
    return a.key != b.key ? a.key < b.key : a.record < b.record;
  }
};

using EntriesByRule = std::array<std::vector<Entry>, kRules>;

// The blocks of one rule.
struct RuleBlocks {
  std::vector<uint32_t> members;
  std::vector<uint32_t> sizes;
  std::vector<OverflowedBlock> overflowed;
  std::vector<uint32_t> overflowed_members;  // Of blocks of contacts.
};

bool IsOfContacts(size_t rule) {
  return rule == v1::BLOCKING_RULE_PHONE || rule == v1::BLOCKING_RULE_EMAIL;
}

// The keys of all records, by rule; each thread has its own.
// `has_more` is set for records of which some keys were left out.
std::vector<EntriesByRule> Gather(const PackedParties& parties, const MatchModel& model,
                                  size_t threads, std::vector<uint8_t>& has_more) {
  std::vector<EntriesByRule> entries(threads);
  const size_t pieces = (parties.size() + kPieceRecords - 1) / kPieceRecords;
  ForEachPiece(pieces, threads, [&](size_t piece, size_t thread) {
    PartyView party;
    std::vector<BlockingKey> keys;
    const size_t end = std::min(parties.size(), (piece + 1) * kPieceRecords);
    for (size_t record = piece * kPieceRecords; record < end; ++record) {
      parties.Read(record, party);
      BlockingKeysOf(party, keys);
      if (keys.size() == kMostBlockingKeys) has_more[record] = 1;
      for (const BlockingKey key : keys) {
        if (model.BlockCap(RuleOf(key)) == 0) continue;
        entries[thread][static_cast<size_t>(RuleOf(key))].push_back(
            {.key = key, .record = static_cast<uint32_t>(record)});
      }
    }
  });
  return entries;
}

RuleBlocks BlocksOfRule(std::vector<EntriesByRule>& gathered, size_t rule, uint32_t cap,
                        size_t first_set) {
  size_t count = 0;
  for (const EntriesByRule& entries : gathered) count += entries[rule].size();
  std::vector<Entry> all;
  all.reserve(count);
  for (EntriesByRule& entries : gathered) {
    all.insert(all.end(), entries[rule].begin(), entries[rule].end());
    std::vector<Entry>().swap(entries[rule]);
  }
  std::sort(all.begin(), all.end());
  RuleBlocks blocks;
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin + 1;
    while (end < all.size() && all[end].key == all[begin].key) ++end;
    const size_t size = end - begin;
    if (size > cap) {
      blocks.overflowed.push_back({.key = all[begin].key, .records = size});
      for (size_t i = begin; IsOfContacts(rule) && i < end; ++i) {
        blocks.overflowed_members.push_back(all[i].record);
      }
    } else if (size > 1 && (first_set == 0 ||
                            (all[begin].record < first_set && all[end - 1].record >= first_set))) {
      blocks.sizes.push_back(static_cast<uint32_t>(size));
      for (size_t i = begin; i < end; ++i) blocks.members.push_back(all[i].record);
    }
    begin = end;
  }
  return blocks;
}

}  // namespace

BlockIndex BlockIndex::Make(const PackedParties& parties, const MatchModel& model,
                            const Options& options) {
  const size_t threads = std::max<size_t>(1, options.threads);
  BlockIndex index;
  index.first_set_ = options.first_set;
  std::array<RuleBlocks, kRules> by_rule;
  index.shares_contacts_.assign(parties.size(), 0);
  {
    std::vector<EntriesByRule> entries = Gather(parties, model, threads, index.shares_contacts_);
    ForEachPiece(kRules, threads, [&](size_t rule, size_t) {
      by_rule[rule] = BlocksOfRule(
          entries, rule, model.BlockCap(static_cast<v1::BlockingRule>(rule)), options.first_set);
    });
  }
  size_t members = 0;
  size_t blocks = 0;
  for (const RuleBlocks& rule : by_rule) {
    members += rule.members.size();
    blocks += rule.sizes.size();
  }
  index.members_.reserve(members);
  index.begins_.reserve(blocks + 1);
  for (size_t rule = 0; rule < kRules; ++rule) {
    index.ranges_[rule].begin = static_cast<uint32_t>(index.begins_.size());
    size_t begin = index.members_.size();
    for (const uint32_t size : by_rule[rule].sizes) {
      index.begins_.push_back(static_cast<uint32_t>(begin));
      begin += size;
    }
    index.ranges_[rule].end = static_cast<uint32_t>(index.begins_.size());
    index.members_.insert(index.members_.end(), by_rule[rule].members.begin(),
                          by_rule[rule].members.end());
    index.overflowed_.insert(index.overflowed_.end(), by_rule[rule].overflowed.begin(),
                             by_rule[rule].overflowed.end());
    for (const uint32_t record : by_rule[rule].overflowed_members) {
      index.shares_contacts_[record] = 1;
    }
    by_rule[rule] = RuleBlocks();
  }
  index.begins_.push_back(static_cast<uint32_t>(index.members_.size()));
  for (const OverflowedBlock& block : index.overflowed_) index.overflowed_keys_.insert(block.key);

  // The same the other way round: the blocks of each record.
  index.block_begins_.assign(parties.size() + 1, 0);
  for (const uint32_t record : index.members_) ++index.block_begins_[record + 1];
  for (size_t i = 1; i < index.block_begins_.size(); ++i) {
    index.block_begins_[i] += index.block_begins_[i - 1];
  }
  index.blocks_.resize(index.members_.size());
  std::vector<uint32_t> next(index.block_begins_.begin(), index.block_begins_.end() - 1);
  for (uint32_t block = 0; block + 1 < index.begins_.size(); ++block) {
    for (const uint32_t record : index.Members(block)) index.blocks_[next[record]++] = block;
  }
  return index;
}

void BlockIndex::Candidates(uint32_t number, std::vector<uint32_t>& candidates) const {
  candidates.clear();
  if (first_set_ > 0 && number >= first_set_) return;
  const uint32_t least = std::max<uint32_t>(number + 1, static_cast<uint32_t>(first_set_));
  for (uint32_t i = block_begins_[number]; i < block_begins_[number + 1]; ++i) {
    const absl::Span<const uint32_t> members = Members(blocks_[i]);
    const auto* begin = std::lower_bound(members.begin(), members.end(), least);
    candidates.insert(candidates.end(), begin, members.end());
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
}

}  // namespace yilan::core
