#include "storage/memory/hash_index.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace yilan::storage::memory {

// Load() takes an entry from the low bytes of a word.
static_assert(std::endian::native == std::endian::little);

bool HashIndex::Shard::TryInsert(uint64_t entry) {
  uint32_t at = Home(entry >> kSlotBits);
  while (at < places && Load(at) <= entry && Load(at) != kEmpty) ++at;
  uint32_t end = at;
  while (end < places && Load(end) != kEmpty) ++end;
  if (end == places) return false;
  char* const from = data.get() + size_t{at} * kEntryBytes;
  std::memmove(from + kEntryBytes, from, size_t{end - at} * kEntryBytes);
  Store(at, entry);
  ++size;
  return true;
}

void HashIndex::Shard::Rebuild(uint32_t new_homes, uint32_t overflow) {
  Shard rebuilt;
  rebuilt.homes = new_homes;
  rebuilt.size = size;
  bool fits = false;
  for (; !fits; overflow *= 2) {
    rebuilt.places = new_homes + overflow;
    const size_t bytes = size_t{rebuilt.places} * kEntryBytes + 1;
    rebuilt.data.reset(new char[bytes]);
    std::memset(rebuilt.data.get(), 0xff, bytes);
    // In order of hash, each entry goes to its home or right behind the one before it.
    uint32_t next = 0;
    fits = true;
    for (uint32_t i = 0; i < places && fits; ++i) {
      const uint64_t entry = Load(i);
      if (entry == kEmpty) continue;
      next = std::max(next, rebuilt.Home(entry >> kSlotBits));
      fits = next < rebuilt.places;
      if (fits) rebuilt.Store(next++, entry);
    }
  }
  *this = std::move(rebuilt);
}

void HashIndex::Insert(uint64_t hash, uint32_t slot) {
  Shard& shard = shards_[ShardOf(hash)];
  const uint64_t entry = TagOf(hash) << kSlotBits | slot;
  // 23/25: fuller shards cost more to search than they save.
  if (uint64_t{shard.size} * 25 >= uint64_t{shard.homes} * 23) {
    const uint32_t homes = shard.homes + std::max<uint32_t>(8, shard.homes / 10);
    shard.Rebuild(homes, 8 + std::min<uint32_t>(homes / 8, 120));
  }
  while (!shard.TryInsert(entry)) shard.Rebuild(shard.homes, (shard.places - shard.homes) * 2);
}

void HashIndex::Erase(uint64_t hash, uint32_t slot) {
  Shard& shard = shards_[ShardOf(hash)];
  const uint64_t entry = TagOf(hash) << kSlotBits | slot;
  uint32_t at = shard.Home(TagOf(hash));
  while (at < shard.places && shard.Load(at) != entry) ++at;
  assert(at < shard.places);
  if (at == shard.places) return;
  // The entries behind move up, as far as none passes its home.
  for (; at + 1 < shard.places; ++at) {
    const uint64_t next = shard.Load(at + 1);
    if (next == kEmpty || shard.Home(next >> kSlotBits) == at + 1) break;
    shard.Store(at, next);
  }
  shard.Store(at, kEmpty);
  --shard.size;
}

size_t HashIndex::bytes() const {
  size_t bytes = shards_.size() * sizeof(Shard);
  for (const Shard& shard : shards_) bytes += size_t{shard.places} * kEntryBytes;
  return bytes;
}

}  // namespace yilan::storage::memory
