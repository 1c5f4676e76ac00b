// FeedPartition: the changes of one partition of the feed, packed in blocks.
//
// Any number of threads may read, or one write.
#ifndef YILAN_STORAGE_MEMORY_FEED_H_
#define YILAN_STORAGE_MEMORY_FEED_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/record_store.h"

namespace yilan::storage::memory {

// Packs all of a change but its partition and sequence.
std::string PackChange(const Change& change);

class FeedPartition {
 public:
  // The sequence of the newest change that there ever was, and up to which they are forgotten.
  uint64_t end() const { return end_; }
  uint64_t trimmed() const { return trimmed_; }

  // Adds the change that follows.
  void Append(absl::string_view packed);
  // Up to `max` changes after `after`; errors as RecordStore::Changes.
  absl::StatusOr<ChangePage> Read(int partition, uint64_t after, size_t max) const;
  // Forgets the changes up to and including `through`, but no more than about `max` of them at
  // once. Returns whether that was all.
  bool Trim(uint64_t through, size_t max);

  // For an import: makes room for the changes within these bounds, and puts one in its place. One
  // that was trimmed is ignored; those that are missing are passed over by Read.
  void SetBounds(uint64_t trimmed, uint64_t end);
  void Set(uint64_t sequence, absl::string_view packed);

  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kBlockChanges = 64;

  // Changes of consecutive sequences, each with its length before it; 0 stands for a missing one.
  struct Block {
    uint64_t first = 0;
    size_t count = 0;
    std::string bytes;
  };

  std::deque<Block> blocks_;
  uint64_t trimmed_ = 0;
  uint64_t end_ = 0;
  size_t bytes_ = 0;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_FEED_H_
