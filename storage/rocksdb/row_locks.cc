#include "storage/rocksdb/row_locks.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/time/clock.h"

namespace yilan::storage::rocks {
namespace {

// The sort is in the highest bits, so that it comes first in the order.
template <typename T>
LockId MakeLock(uint64_t sort, const T& value) {
  return sort << 62 | absl::Hash<T>{}(value) >> 2;
}

}  // namespace

LockId CustomerLock(CustomerId customer) { return MakeLock(0, customer); }
LockId KeyLock(absl::string_view key) { return MakeLock(1, key); }
LockId RequestLock(const RequestKey& request) {
  return MakeLock(
      2, std::make_pair(absl::string_view(request.client), absl::string_view(request.request_id)));
}

absl::StatusOr<RowLocks::Held> RowLocks::Acquire(std::vector<LockId> ids, absl::Time deadline) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (AcquireOne(ids[i], deadline)) continue;
    ids.resize(i);
    Release(ids);
    return absl::DeadlineExceededError(
        "the deadline passed while waiting for another write to the same customer, key or request");
  }
  return Held(this, std::move(ids));
}

bool RowLocks::AcquireOne(LockId id, absl::Time deadline) {
  Shard& shard = ShardOf(id);
  MutexLock lock(shard.mutex);
  const auto [held, free] = shard.held.try_emplace(id, nullptr);
  if (free) return true;
  Waiter waiter;
  Waiter** last = &held->second;
  while (*last != nullptr) last = &(*last)->next;
  *last = &waiter;
  while (!waiter.granted) {
    if (deadline == absl::InfiniteFuture()) {
      waiter.granted_changed.Wait(shard.mutex);
      continue;
    }
    const absl::Duration left = deadline - absl::Now();
    if (left > absl::ZeroDuration()) {
      waiter.granted_changed.WaitFor(shard.mutex, left);
      continue;
    }
    Waiter** self = &shard.held.find(id)->second;
    while (*self != &waiter) self = &(*self)->next;
    *self = waiter.next;
    return false;
  }
  return true;
}

void RowLocks::Release(const std::vector<LockId>& ids) {
  for (const LockId id : ids) {
    Shard& shard = ShardOf(id);
    MutexLock lock(shard.mutex);
    const auto held = shard.held.find(id);
    Waiter* const next = held->second;
    if (next == nullptr) {
      shard.held.erase(held);
      continue;
    }
    held->second = next->next;
    next->granted = true;
    next->granted_changed.Signal();
  }
}

}  // namespace yilan::storage::rocks
