// CustomerCache: the rows of customers that were used last, in memory, never out of date.
//
// Only this process writes to the database, so a row can be kept as long as every commit says which
// rows it changes: from before its write becomes visible until after, the cache answers nothing
// about them, and a reader goes to its snapshot. A row that a reader offers is taken only if no
// commit of its part of the cache came after the reader's snapshot. So what Find() returns is the
// newest committed row at that moment: a reader who saw a commit never sees an older row here.
//
// Which customer a subject belongs to is kept as a mere hint, made when a row is offered and
// checked against the members of the row. Old entries go when there are too many. Thread-safe.
#ifndef YILAN_STORAGE_ROCKSDB_CUSTOMER_CACHE_H_
#define YILAN_STORAGE_ROCKSDB_CUSTOMER_CACHE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "rocksdb/types.h"
#include "storage/record.h"
#include "storage/record_store.h"

namespace yilan::storage::rocks {

// A map of bounded size that drops what was not used for longest, roughly: entries used since the
// last turn are in one generation, older ones in another, and a full generation replaces the older.
// Not thread-safe.
template <typename Key, typename Value>
class TwoGenerationMap {
 public:
  explicit TwoGenerationMap(size_t capacity) : half_(capacity / 2 + 1) {}

  const Value* Find(const Key& key) {
    if (const auto it = young_.find(key); it != young_.end()) return &it->second;
    const auto it = old_.find(key);
    if (it == old_.end()) return nullptr;
    Value value = std::move(it->second);
    old_.erase(it);
    return &Insert(key, std::move(value));
  }
  const Value& Insert(const Key& key, Value value) {
    if (young_.size() >= half_ && !young_.contains(key)) {
      old_ = std::move(young_);
      young_.clear();
    }
    old_.erase(key);
    return young_.insert_or_assign(key, std::move(value)).first->second;
  }
  void Clear() {
    young_.clear();
    old_.clear();
  }
  void Erase(const Key& key) {
    young_.erase(key);
    old_.erase(key);
  }

 private:
  const size_t half_;
  absl::flat_hash_map<Key, Value> young_;
  absl::flat_hash_map<Key, Value> old_;
};

class CustomerCache {
 public:
  explicit CustomerCache(size_t customers);

  // The newest committed row, or nothing when it is not kept or being changed.
  std::optional<CustomerState> Find(const CustomerRef& ref) { return FindAt(ref, kNewest); }
  // The same, if it is for certain what a snapshot at `sequence`, taken before, shows too.
  std::optional<CustomerState> FindAt(const CustomerRef& ref, rocksdb::SequenceNumber sequence);
  // Keeps `state`, read from a snapshot at `sequence`, unless it may be old by now.
  void Offer(const CustomerState& state, rocksdb::SequenceNumber sequence);

  // Forgets everything.
  void Clear();

  // Tells that rows change. Made before the write is sent to the database; ended by Finish() once
  // its outcome is known, while the customers are still locked.
  class Commit {
   public:
    Commit(CustomerCache& cache, std::vector<CustomerId> customers);
    // Without Finish(), the rows are read again when next needed.
    ~Commit();
    Commit(const Commit&) = delete;
    Commit& operator=(const Commit&) = delete;
    // The write is visible at `sequence`, and these are the rows now: one of each customer.
    void Finish(absl::Span<const CustomerState> states, rocksdb::SequenceNumber sequence);

   private:
    CustomerCache& cache_;
    const std::vector<CustomerId> customers_;
    bool finished_ = false;
  };

 private:
  struct Rows {
    explicit Rows(size_t capacity) : states(capacity) {}
    Mutex mutex;
    TwoGenerationMap<CustomerId, CustomerState> states ABSL_GUARDED_BY(mutex);
    int commits_under_way ABSL_GUARDED_BY(mutex) = 0;
    rocksdb::SequenceNumber last_commit ABSL_GUARDED_BY(mutex) = 0;
  };
  struct Hints {
    explicit Hints(size_t capacity) : holders(capacity) {}
    Mutex mutex;
    TwoGenerationMap<SubjectId, CustomerId> holders ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 64;
  static constexpr rocksdb::SequenceNumber kNewest = ~rocksdb::SequenceNumber{0};

  std::optional<CustomerState> FindRow(CustomerId customer, rocksdb::SequenceNumber sequence);
  Rows& RowsOf(CustomerId customer);
  Hints& HintsOf(SubjectId subject);
  void Hint(const CustomerState& state);

  std::vector<std::unique_ptr<Rows>> rows_;
  std::vector<std::unique_ptr<Hints>> hints_;
};

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_CUSTOMER_CACHE_H_
