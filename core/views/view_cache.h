// Assembled views by customer, shape and survivorship rules, bounded in bytes.
//
// The cache knows nothing of the store: whoever finds a view here must have the store confirm that
// the customer still has the view's revision before it is shown (core/views/views.cc).
//
// It is cut into shards by key, each with its own lock, which a hit holds for one lookup. Which
// view goes when room is needed is decided by a clock hand per shard: a view that was found lately
// is passed over up to three times, one that was never found again goes first, so that a scan over
// many customers does not drive out those that are in use.
//
// Thread-safe.
#ifndef YILAN_CORE_VIEWS_VIEW_CACHE_H_
#define YILAN_CORE_VIEWS_VIEW_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "core/views/view_shape.h"
#include "core/views/views.h"
#include "storage/record.h"

namespace yilan::core {

// A view, and for how long it is one. Immutable once shared.
struct CachedView {
  // In this order a hit touches one cache line of it, beside the reference count.
  storage::Revision revision = 0;  // Of the customer, read in the same snapshot as the view.
  uint64_t place = 0;              // LoadedCustomer::place.
  TimeMicros made_at = 0;          // The view holds from here …
  TimeMicros good_until = 0;       // … to before here, as far as time alone changes it.
  std::string shape;               // ViewShape::key().
  std::string bytes;               // Of a GetCustomerViewResponse.

  // Before made_at the clock was set back, and what was due then may not be due now.
  bool HoldsAt(TimeMicros now) const { return made_at <= now && now < good_until; }
};
using SharedView = std::shared_ptr<const CachedView>;

// Names a view. `shape` outlives the key.
struct ViewKey {
  storage::CustomerId customer;
  const ViewShape* shape = nullptr;
  uint64_t rules = 0;  // SurvivorshipRules::fingerprint().
};

class ViewCache {
 public:
  // Holds at most `capacity_bytes`, keys and bookkeeping included; 0 holds nothing.
  explicit ViewCache(size_t capacity_bytes);

  bool enabled() const { return capacity_bytes_ > 0; }

  // What to ask the store about the view that Find would return; its memory is fetched meanwhile.
  struct Peeked {
    storage::Revision revision = 0;  // 0 if there is no such view.
    uint64_t place = 0;
  };
  Peeked Peek(const ViewKey& key);
  // The view under `key`, or null. Counts as a use.
  SharedView Find(const ViewKey& key);
  // Keeps a view, unless a newer revision of it is there or it takes more than a quarter of a
  // shard. Others go to make room.
  void Insert(const ViewKey& key, SharedView view);

  void CountHit(const ViewKey& key);
  void CountMiss(const ViewKey& key);
  ViewCacheFigures figures() const;

 private:
  // The customer, and the hash of the shape mixed with the rules. Shapes of the same hash take each
  // other's place.
  struct SlotKey {
    storage::CustomerId customer;
    uint64_t shape_hash = 0;

    friend bool operator==(const SlotKey&, const SlotKey&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const SlotKey& key) {
      return H::combine(std::move(h), key.customer.high, key.customer.low, key.shape_hash);
    }
  };
  struct Entry {
    SharedView view;
    storage::Revision revision = 0;  // These two are the view's, for Peek.
    uint64_t customer_place = 0;
    uint32_t ring_place = 0;
    uint8_t uses = 0;  // How often the hand will pass it over.
  };
  using Entries = absl::flat_hash_map<SlotKey, Entry>;
  struct alignas(64) Shard {
    mutable Mutex mutex;
    // A hit touches one entry here, and nothing of the ring.
    Entries entries ABSL_GUARDED_BY(mutex);
    // The keys of all entries, in the order in which the hand goes round.
    std::vector<SlotKey> ring ABSL_GUARDED_BY(mutex);
    size_t hand ABSL_GUARDED_BY(mutex) = 0;
    size_t view_bytes ABSL_GUARDED_BY(mutex) = 0;
    uint64_t evictions ABSL_GUARDED_BY(mutex) = 0;
    // Counted apart from the lookup, when the store has confirmed the view or not.
    std::atomic<uint64_t> hits{0};
    std::atomic<uint64_t> misses{0};

    size_t Bytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
    // Makes room: moves one view to `evicted`, but not that of `spared`. False if there is no
    // other.
    bool EvictOne(const SlotKey& spared, std::vector<SharedView>& evicted)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
    void Erase(Entries::iterator entry, std::vector<SharedView>& evicted)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  };

  // Of one shape, different rules give different keys: what was made by other rules is not found.
  static SlotKey SlotKeyOf(const ViewKey& key) {
    return {key.customer, key.shape->key_hash() + key.rules};
  }
  Shard& ShardOf(const ViewKey& key);

  const size_t capacity_bytes_;
  std::vector<Shard> shards_;  // A power of two of them.
  const size_t shard_bytes_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_VIEW_CACHE_H_
