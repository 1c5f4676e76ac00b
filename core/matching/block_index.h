// The blocks of many records in memory: who is compared with whom, for training and in bulk. The
// candidates are those that looking up one record's keys finds among the same records.
//
//   ASSIGN_OR_RETURN(const BlockIndex index, BlockIndex::Make(parties, model, {.threads = 2}));
//   std::vector<uint32_t> candidates;
//   index.Candidates(7, candidates);
//
// Takes some 12 bytes for each key of each record, twice that while it is made. Immutable;
// thread-safe.
#ifndef YILAN_CORE_MATCHING_BLOCK_INDEX_H_
#define YILAN_CORE_MATCHING_BLOCK_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "core/matching/blocking.h"
#include "core/matching/match_model.h"
#include "core/matching/packed_parties.h"

namespace yilan::core {

// A block that more records share than its rule's cap allows, and that is not used.
struct OverflowedBlock {
  BlockingKey key = 0;
  uint64_t records = 0;
  friend bool operator==(const OverflowedBlock&, const OverflowedBlock&) = default;
};

class BlockIndex {
 public:
  struct Options {
    // Links the records below this number with the others, and neither with their own; 0: all
    // with all.
    size_t first_set = 0;
    size_t threads = 1;
  };

  // `parties` has at most 2^32 - 1 records.
  static BlockIndex Make(const PackedParties& parties, const MatchModel& model,
                         const Options& options);

  // The records that `number` is to be compared with, sorted, each once: of every pair, one record
  // has the other.
  void Candidates(uint32_t number, std::vector<uint32_t>& candidates) const;

  // Whether two records are to be compared when they share a block.
  bool AreOfPair(uint32_t a, uint32_t b) const {
    return first_set_ == 0 || (a < first_set_) != (b < first_set_);
  }

  // The blocks of a rule that are in use, in an order that is as good as random and always the
  // same: their numbers are from begin to end.
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  Range BlocksOf(v1::BlockingRule rule) const { return ranges_[static_cast<size_t>(rule)]; }
  // Records of a block, sorted.
  absl::Span<const uint32_t> Members(uint32_t block) const {
    return absl::MakeConstSpan(members_).subspan(begins_[block],
                                                 begins_[block + 1] - begins_[block]);
  }

  // Whether a record may have a telephone number or e-mail address whose block is over its cap.
  bool MayShareContacts(uint32_t number) const { return shares_contacts_[number] != 0; }

  // Sorted by key.
  const std::vector<OverflowedBlock>& overflowed() const { return overflowed_; }
  const absl::flat_hash_set<BlockingKey>& overflowed_keys() const { return overflowed_keys_; }

 private:
  BlockIndex() = default;

  size_t first_set_ = 0;
  std::array<Range, v1::BlockingRule_ARRAYSIZE> ranges_ = {};
  std::vector<uint32_t> members_;         // Of all blocks, one after the other.
  std::vector<uint32_t> begins_;          // Of each block in members_, and the end.
  std::vector<uint32_t> blocks_;          // Of all records, one after the other.
  std::vector<uint32_t> block_begins_;    // Of each record in blocks_, and the end.
  std::vector<uint8_t> shares_contacts_;  // Of each record.
  std::vector<OverflowedBlock> overflowed_;
  absl::flat_hash_set<BlockingKey> overflowed_keys_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_BLOCK_INDEX_H_
