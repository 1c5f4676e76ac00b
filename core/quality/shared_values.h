// How many values belong to one customer only, counted in bounded memory.
//
// Values are known by digests, and of too many of them one in 2, 4, 8 … is kept, by bits of the
// digest: so all customers that have a value that is kept are seen, and the share of values that
// several customers have is that of all of them, but for chance (distinct sampling: Gibbons, VLDB
// 2001). Up to the bound it is exact.
//
//   SharedValues values(1'000'000);
//   values.Add(group, "8613800138000", customer);
//   values.Of(group).unique;
#ifndef YILAN_CORE_QUALITY_SHARED_VALUES_H_
#define YILAN_CORE_QUALITY_SHARED_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace yilan::core {

// Not thread-safe.
class SharedValues {
 public:
  // Who states values: counted for itself, while customers share values over all groups.
  using Group = uint32_t;

  // Keeps at most `max_kept` values, and as many statements of a group (some 50 bytes each).
  explicit SharedValues(size_t max_kept) : max_kept_(max_kept) {}

  // `value`, of any sort that has its own prefix, is stated in `group` for `customer`.
  void Add(Group group, absl::string_view value, storage::CustomerId customer);

  struct Figures {
    int64_t distinct = 0;  // Values that the group states, as far as they were kept.
    int64_t unique = 0;    // Those of them that only one customer has.
  };
  absl::flat_hash_map<Group, Figures> Count() const;
  // One value in this many was kept.
  int64_t sampling() const { return int64_t{1} << shift_; }

 private:
  struct Holder {
    storage::CustomerId customer;
    bool shared = false;
  };
  bool Keeps(uint64_t digest) const { return (digest & ((uint64_t{1} << shift_) - 1)) == 0; }
  void KeepHalf();

  const size_t max_kept_;
  int shift_ = 0;
  absl::flat_hash_map<uint64_t, Holder> holders_;               // By digest of the value.
  absl::flat_hash_set<std::pair<uint64_t, Group>> statements_;  // Digest and group.
};

}  // namespace yilan::core

#endif  // YILAN_CORE_QUALITY_SHARED_VALUES_H_
