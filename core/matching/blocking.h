// Blocking: which records are compared at all. Records that share a key of any rule are.
//
//   for (const BlockingKey key : BlockingKeysOf(PartyView(features))) {
//     // Look up the records that have it; compare with them unless they are more than
//     // model.BlockCap(RuleOf(key)).
//   }
//
// A key does not depend on the model: it can be stored as an index term and outlives models. The
// model's caps say how many records may share one; a block with more is ignored as a whole, for
// what so many share tells nobody apart.
//
// Pure; thread-safe.
#ifndef YILAN_CORE_MATCHING_BLOCKING_H_
#define YILAN_CORE_MATCHING_BLOCKING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "core/matching/party_view.h"
#include "yilan/v1/match_model.pb.h"

namespace yilan::core {

// The rule in the highest byte, 56 bits of a stable hash (TermHash) of the values in the others.
// Two values of one rule that have the same hash by chance are compared in vain: nothing else
// happens.
using BlockingKey = uint64_t;

inline v1::BlockingRule RuleOf(BlockingKey key) { return static_cast<v1::BlockingRule>(key >> 56); }

// Most keys of a record with one value of each kind; each further contact or address adds its own,
// up to kMostBlockingKeys.
inline constexpr size_t kMostBlockingKeys = 32;

// All keys of a record, sorted, each once. Empty for a record that says nothing.
std::vector<BlockingKey> BlockingKeysOf(const PartyView& party);
// The same into a vector that is used again.
void BlockingKeysOf(const PartyView& party, std::vector<BlockingKey>& keys);

// The key of a telephone number or e-mail address.
BlockingKey PhoneKey(absl::string_view number);
BlockingKey EmailKey(absl::string_view address);

// A key as eight bytes, in the order of keys: an index term.
std::string BlockingTerm(BlockingKey key);

// Takes out the telephone numbers and e-mail addresses whose blocks are over their cap: so many
// share them that they say nothing of who somebody is. To be done before scoring, on both sides.
void LeaveOutSharedContacts(const absl::flat_hash_set<BlockingKey>& over_cap, PartyView& party);

// How a name sounds, roughly: Soundex (Russell 1918) of the letters, with ng as n; other scripts
// stay as they are.
std::string SoundOf(absl::string_view spoken);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_BLOCKING_H_
