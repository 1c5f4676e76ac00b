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
  return view_bytes + slots.capacity() * sizeof(Slot) + free.capacity() * sizeof(uint32_t) +
         index.capacity() * (sizeof(std::pair<SlotKey, uint32_t>) + 1);
}

void ViewCache::Shard::Release(uint32_t slot, std::vector<SharedView>& evicted) {
  view_bytes -= BytesOf(*slots[slot].view);
  index.erase(slots[slot].key);
  evicted.push_back(std::move(slots[slot].view));
  slots[slot].view = nullptr;
  free.push_back(slot);
}

bool ViewCache::Shard::EvictOne(uint32_t spared, std::vector<SharedView>& evicted) {
  if (index.size() < 2) return false;
  while (true) {
    const auto slot = static_cast<uint32_t>(hand);
    hand = (hand + 1) % slots.size();
    if (slots[slot].view == nullptr || slot == spared) continue;
    if (slots[slot].uses > 0) {
      --slots[slot].uses;
      continue;
    }
    Release(slot, evicted);
    ++evictions;
    return true;
  }
}

SharedView ViewCache::Find(const ViewKey& key) {
  if (!enabled()) return nullptr;
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  const auto it = shard.index.find(SlotKeyOf(key));
  if (it == shard.index.end()) return nullptr;
  Slot& slot = shard.slots[it->second];
  if (slot.view->shape != key.shape->key()) return nullptr;
  if (slot.uses < kMaxUses) ++slot.uses;
  return slot.view;
}

void ViewCache::Insert(const ViewKey& key, SharedView view) {
  if (!enabled()) return;
  const bool fits = BytesOf(*view) <= shard_bytes_ / 4;
  const SlotKey slot_key = SlotKeyOf(key);
  std::vector<SharedView> evicted;  // Freed after the lock.
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  const auto it = shard.index.find(slot_key);
  uint32_t at = 0;
  if (it != shard.index.end()) {
    at = it->second;
    Slot& slot = shard.slots[at];
    if (slot.view->shape == view->shape && slot.view->revision > view->revision) return;
    if (!fits) {
      shard.Release(at, evicted);
      return;
    }
    shard.view_bytes -= BytesOf(*slot.view);
    evicted.push_back(std::move(slot.view));
  } else {
    if (!fits) return;
    if (shard.free.empty()) {
      shard.free.push_back(static_cast<uint32_t>(shard.slots.size()));
      shard.slots.emplace_back();
    }
    at = shard.free.back();
    shard.free.pop_back();
    shard.index.emplace(slot_key, at);
    shard.slots[at].uses = 0;
  }
  shard.view_bytes += BytesOf(*view);
  shard.slots[at].key = slot_key;
  shard.slots[at].view = std::move(view);
  while (shard.Bytes() > shard_bytes_ && shard.EvictOne(at, evicted)) {
  }
  // The bound holds even where the tables, which do not shrink, leave no room for a large view.
  if (shard.Bytes() > shard_bytes_) shard.Release(at, evicted);
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
    figures.entries += shard.index.size();
    figures.bytes += shard.Bytes();
  }
  return figures;
}

}  // namespace yilan::core
