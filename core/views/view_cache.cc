#include "core/views/view_cache.h"

#include <algorithm>

namespace yilan::core {
namespace {

constexpr uint8_t kMaxUses = 3;
constexpr size_t kMaxShards = 64;
// Below this a shard would hold too few views for the clock to choose among.
constexpr size_t kMinShardBytes = size_t{4} << 20;
// What the allocator keeps beside each of a view's blocks.
constexpr size_t kBlockOverhead = 16;

size_t ShardCount(size_t capacity_bytes) {
  size_t shards = 1;
  while (shards < kMaxShards && capacity_bytes / (shards * 2) >= kMinShardBytes) shards *= 2;
  return shards;
}

size_t HeapBytes(const std::string& text) {
  constexpr size_t kInPlace = 15;
  return text.capacity() <= kInPlace ? 0 : text.capacity() + 1 + kBlockOverhead;
}

size_t BytesOf(const CachedView& view) {
  constexpr size_t kReferenceCounts = 16;
  return sizeof(CachedView) + kReferenceCounts + kBlockOverhead + HeapBytes(view.bytes) +
         HeapBytes(view.shape);
}

}  // namespace

ViewCache::ViewCache(size_t capacity_bytes)
    : capacity_bytes_(capacity_bytes),
      shards_(ShardCount(capacity_bytes)),
      shard_bytes_(capacity_bytes / shards_.size()) {}

ViewCache::Shard& ViewCache::ShardOf(const ViewKey& key) {
  // The low half of an id is random; the multiplication spreads ids that were not made so.
  const uint64_t mixed = (key.customer.low ^ key.customer.high) * 0x9e3779b97f4a7c15;
  return shards_[(mixed >> 32) & (shards_.size() - 1)];
}

size_t ViewCache::Shard::Bytes() const {
  return view_bytes + ring.capacity() * sizeof(SlotKey) +
         entries.capacity() * (sizeof(Entries::value_type) + 1);
}

void ViewCache::Shard::Erase(Entries::iterator entry, std::vector<SharedView>& evicted) {
  // The key from the end of the ring takes the place.
  const uint32_t place = entry->second.ring_place;
  ring[place] = ring.back();
  entries.find(ring[place])->second.ring_place = place;
  ring.pop_back();
  view_bytes -= BytesOf(*entry->second.view);
  evicted.push_back(std::move(entry->second.view));
  entries.erase(entry);
}

bool ViewCache::Shard::EvictOne(const SlotKey& spared, std::vector<SharedView>& evicted) {
  if (ring.size() < 2) return false;
  while (true) {
    if (hand >= ring.size()) hand = 0;
    const auto entry = entries.find(ring[hand]);
    if (entry->second.uses == 0 && !(entry->first == spared)) {
      Erase(entry, evicted);
      // The newest key took the place: it is now the last that the hand comes to.
      ++hand;
      ++evictions;
      return true;
    }
    if (entry->second.uses > 0) --entry->second.uses;
    ++hand;
  }
}

ViewCache::Peeked ViewCache::Peek(const ViewKey& key) {
  if (!enabled()) return {};
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  const auto it = shard.entries.find(SlotKeyOf(key));
  if (it == shard.entries.end()) return {};
  // Among a million views this line is in no cache of the processor.
  __builtin_prefetch(it->second.view.get(), 1);
  return {.revision = it->second.revision, .place = it->second.customer_place};
}

SharedView ViewCache::Find(const ViewKey& key) {
  if (!enabled()) return nullptr;
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  const auto it = shard.entries.find(SlotKeyOf(key));
  if (it == shard.entries.end()) return nullptr;
  Entry& entry = it->second;
  if (entry.view->shape != key.shape->key()) return nullptr;
  if (entry.uses < kMaxUses) ++entry.uses;
  return entry.view;
}

void ViewCache::Insert(const ViewKey& key, SharedView view) {
  if (!enabled()) return;
  const bool fits = BytesOf(*view) <= shard_bytes_ / 4;
  const SlotKey slot_key = SlotKeyOf(key);
  std::vector<SharedView> evicted;  // Freed after the lock.
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  auto it = shard.entries.find(slot_key);
  if (it != shard.entries.end()) {
    const CachedView& old = *it->second.view;
    if (old.shape == view->shape && old.revision > view->revision) return;
    if (!fits) return shard.Erase(it, evicted);
    shard.view_bytes -= BytesOf(old);
    evicted.push_back(std::move(it->second.view));
  } else {
    if (!fits) return;
    it = shard.entries.emplace(slot_key, Entry()).first;
    it->second.ring_place = static_cast<uint32_t>(shard.ring.size());
    shard.ring.push_back(slot_key);
  }
  shard.view_bytes += BytesOf(*view);
  it->second.revision = view->revision;
  it->second.customer_place = view->place;
  it->second.view = std::move(view);
  while (shard.Bytes() > shard_bytes_ && shard.EvictOne(slot_key, evicted)) {
  }
  // The bound holds even where the tables, which do not shrink, leave no room for a large view.
  if (shard.Bytes() > shard_bytes_) shard.Erase(shard.entries.find(slot_key), evicted);
}

void ViewCache::CountHit(const ViewKey& key) {
  ShardOf(key).hits.fetch_add(1, std::memory_order_relaxed);
}

void ViewCache::CountMiss(const ViewKey& key) {
  ShardOf(key).misses.fetch_add(1, std::memory_order_relaxed);
}

ViewCacheFigures ViewCache::figures() const {
  ViewCacheFigures figures;
  figures.capacity_bytes = capacity_bytes_;
  for (const Shard& shard : shards_) {
    figures.hits += shard.hits.load(std::memory_order_relaxed);
    figures.misses += shard.misses.load(std::memory_order_relaxed);
    MutexLock lock(shard.mutex);
    figures.evictions += shard.evictions;
    figures.entries += shard.entries.size();
    figures.bytes += shard.Bytes();
  }
  return figures;
}

}  // namespace yilan::core
