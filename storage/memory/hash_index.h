// HashIndex: from the hash of a name to the slots of what may bear it, in about 8 bytes an entry.
//
// An entry holds 33 bits of the hash and a 32-bit slot, not the name: whoever looks up checks each
// slot it is given against the data itself. Entries of a shard lie sorted by hash, each at or
// behind its proportional place (linear probing that keeps order), so that a shard can be nine
// tenths full and grows by a tenth in one sweep, without a name being hashed again. Shards keep
// that sweep short.
//
// Any number of threads may read, or one write.
//
//   index.Insert(Hash(key), slot);
//   index.Find(Hash(key), [&](uint32_t slot) { return table[slot].key == key; });
#ifndef YILAN_STORAGE_MEMORY_HASH_INDEX_H_
#define YILAN_STORAGE_MEMORY_HASH_INDEX_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace yilan::storage::memory {

class HashIndex {
 public:
  HashIndex() : shards_(kShards) {}

  // Adds an entry; equal ones may be added more than once. `slot` is below 2^32 - 1.
  void Insert(uint64_t hash, uint32_t slot);
  // Removes one entry that was inserted with these values.
  void Erase(uint64_t hash, uint32_t slot);

  // The first slot under `hash` for which `matches(slot)`.
  template <typename Matches>
  std::optional<uint32_t> Find(uint64_t hash, Matches matches) const {
    const Shard& shard = shards_[ShardOf(hash)];
    if (shard.size == 0) return std::nullopt;
    const uint64_t tag = TagOf(hash);
    for (uint32_t i = shard.Home(tag); i < shard.places; ++i) {
      const uint64_t entry = shard.Load(i);
      if (entry == kEmpty || entry >> kSlotBits > tag) break;
      if (entry >> kSlotBits == tag && matches(static_cast<uint32_t>(entry))) {
        return static_cast<uint32_t>(entry);
      }
    }
    return std::nullopt;
  }

  // Brings what Find(hash) reads first into the processor's cache.
  void Prefetch(uint64_t hash) const {
    const Shard& shard = shards_[ShardOf(hash)];
    if (shard.size == 0) return;
    __builtin_prefetch(shard.data.get() + size_t{shard.Home(TagOf(hash))} * kEntryBytes);
  }

  size_t bytes() const;

 private:
  static constexpr int kShardBits = 9;
  static constexpr size_t kShards = size_t{1} << kShardBits;
  static constexpr int kTagBits = 24;
  static constexpr int kSlotBits = 32;
  static constexpr size_t kEntryBytes = (kTagBits + kSlotBits) / 8;
  static constexpr uint64_t kMask = (uint64_t{1} << (kTagBits + kSlotBits)) - 1;
  static constexpr uint64_t kEmpty = kMask;

  static size_t ShardOf(uint64_t hash) { return hash >> (64 - kShardBits); }
  static uint64_t TagOf(uint64_t hash) {
    return hash >> (64 - kShardBits - kTagBits) & ((uint64_t{1} << kTagBits) - 1);
  }

  struct Shard {
    std::unique_ptr<char[]> data;  // `places` entries and a byte, for Load reads eight.
    uint32_t homes = 0;            // Tags are spread over this many places …
    uint32_t places = 0;           // … and the last ones overflow into a few more.
    uint32_t size = 0;

    uint32_t Home(uint64_t tag) const { return static_cast<uint32_t>(tag * homes >> kTagBits); }
    uint64_t Load(uint32_t i) const {
      uint64_t entry = 0;
      std::memcpy(&entry, data.get() + size_t{i} * kEntryBytes, sizeof(entry));
      return entry & kMask;
    }
    void Store(uint32_t i, uint64_t entry) {
      std::memcpy(data.get() + size_t{i} * kEntryBytes, &entry, kEntryBytes);
    }
    // False when the entry would have to go beyond the last place.
    bool TryInsert(uint64_t entry);
    // Spreads the entries over so many homes, with so many places behind them or more.
    void Rebuild(uint32_t new_homes, uint32_t overflow);
  };

  std::vector<Shard> shards_;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_HASH_INDEX_H_
