// RowLocks: which write holds which customer, key or request, in this process.
//
// A lock is named by a number made from what it protects. Two things may share a number: then they
// wait for each other without need, and nothing worse. Whoever takes several gives them sorted, all
// at once, so no two writes can wait for each other. Waiters are served in the order they came, and
// a lock goes from hand to hand, so nobody starves. Thread-safe.
//
//   ASSIGN_OR_RETURN(RowLocks::Held held, locks.Acquire({CustomerLock(a), KeyLock("k")},
//   deadline)); …                                       // Released when `held` goes.
#ifndef YILAN_STORAGE_ROCKSDB_ROW_LOCKS_H_
#define YILAN_STORAGE_ROCKSDB_ROW_LOCKS_H_

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "storage/record.h"

namespace yilan::storage::rocks {

// Customers sort before keys, and keys before requests.
using LockId = uint64_t;
LockId CustomerLock(CustomerId customer);
LockId KeyLock(absl::string_view key);
LockId RequestLock(const RequestKey& request);

class RowLocks {
 public:
  // Locks that are held until this goes.
  class Held {
   public:
    Held() = default;
    Held(Held&& other) noexcept
        : locks_(std::exchange(other.locks_, nullptr)), ids_(std::move(other.ids_)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (locks_ != nullptr) locks_->Release(ids_);
    }

   private:
    friend class RowLocks;
    Held(RowLocks* locks, std::vector<LockId> ids) : locks_(locks), ids_(std::move(ids)) {}

    RowLocks* locks_ = nullptr;
    std::vector<LockId> ids_;
  };

  // Takes all of `ids`, in any order and also listed twice. DEADLINE_EXCEEDED when `deadline` comes
  // first: then none is held.
  absl::StatusOr<Held> Acquire(std::vector<LockId> ids, absl::Time deadline);

 private:
  struct Waiter {
    CondVar granted_changed;
    bool granted = false;
    Waiter* next = nullptr;
  };
  struct Shard {
    Mutex mutex;
    // A lock that is held is in the map, with the first of those that wait for it.
    absl::flat_hash_map<LockId, Waiter*> held ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 64;

  Shard& ShardOf(LockId id) { return shards_[id % kShards]; }
  bool AcquireOne(LockId id, absl::Time deadline);
  void Release(const std::vector<LockId>& ids);

  std::array<Shard, kShards> shards_;
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_ROW_LOCKS_H_
