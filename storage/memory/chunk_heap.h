// ChunkHeap: the memory that chunks live in, without holes.
//
// Chunks of about the same size (within 32 bytes) lie side by side. When one goes, the last one of
// its size moves into its place, so that nothing but the rounding is lost, whatever the order in
// which chunks come, grow and go; a general allocator loses a tenth and more here. The heap knows
// where each chunk is: whoever wants one names its slot.
//
// Any number of threads may call Get() while one calls Make(); Publish() needs to be alone, and
// every pointer from Get() is invalid behind it.
#ifndef YILAN_STORAGE_MEMORY_CHUNK_HEAP_H_
#define YILAN_STORAGE_MEMORY_CHUNK_HEAP_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/memory/paged_array.h"

namespace yilan::storage::memory {

using SubjectSlot = uint32_t;  // Numbers a subject; never reused.
using ChunkSlot = uint32_t;    // Numbers a chunk; reused when the chunk is gone.

class ChunkHeap {
 public:
  ChunkHeap() = default;
  ~ChunkHeap();
  ChunkHeap(const ChunkHeap&) = delete;
  ChunkHeap& operator=(const ChunkHeap&) = delete;

  // The owner and the content of a chunk that was published.
  SubjectSlot OwnerOf(ChunkSlot slot) const { return HeaderOf(chunks_[slot]).owner; }
  absl::string_view Get(ChunkSlot slot) const { return ContentOf(chunks_[slot]); }

  // Brings the chunk into the processor's cache, all lines at once: to wait for one after the other
  // is most of what reading a chunk costs in a large store.
  void Prefetch(ChunkSlot slot) const {
    const absl::string_view content = Get(slot);
    for (size_t at = 0; at < content.size(); at += 64) __builtin_prefetch(content.data() + at);
  }

  // A slot for a new chunk.
  ChunkSlot NewSlot();
  // Makes room for what the chunk will be: `size` bytes for the caller to fill, which stay put
  // until Publish().
  char* Make(ChunkSlot slot, SubjectSlot owner, size_t size);
  // Says that the chunk will be no more.
  void Drop(ChunkSlot slot) { dropped_.push_back(slot); }

  // Lets every chunk that was made take the place of what its slot held.
  void Publish();
  // Behind it, frees what was replaced or dropped; this may move any chunk.
  void Reclaim();

  // Bytes of all chunks, rounding included. Any thread may ask, also while one calls Make().
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kStep = 32;
  static constexpr size_t kMaxBytes = 6400;  // Chunks above it have an allocation of their own.
  static constexpr size_t kSizes = kMaxBytes / kStep + 1;
  static constexpr ChunkSlot kDead = ~ChunkSlot{0};
  static constexpr ChunkSlot kReclaimed = kDead - 1;

  struct Header {
    SubjectSlot owner = 0;
    ChunkSlot slot = 0;
    uint32_t size = 0;
  };
  // The chunks of one size: pages that are full, but for the last one.
  struct Size {
    struct Page {
      std::unique_ptr<char[]> bytes;
      size_t capacity = 0;  // In chunks.
    };
    std::vector<Page> pages;
    size_t used = 0;  // Chunks in the last page.
  };

  static Header HeaderOf(const char* chunk);
  static void SetHeader(char* chunk, const Header& header);
  static absl::string_view ContentOf(const char* chunk) {
    return {chunk + sizeof(Header), HeaderOf(chunk).size};
  }
  // Which of sizes_ a chunk belongs to; kSizes when it stands alone.
  static size_t SizeOf(size_t content_bytes) {
    const size_t i = (sizeof(Header) + content_bytes + kStep - 1) / kStep;
    return i < kSizes ? i : kSizes;
  }

  char* Push(size_t size);
  // The last chunk of a size, and taking it away.
  char* Last(size_t size);
  void Pop(size_t size);
  void Free(char* chunk);

  PagedArray<char*> chunks_;
  std::vector<ChunkSlot> free_slots_;
  ChunkSlot next_slot_ = 0;
  std::array<Size, kSizes> sizes_;
  std::vector<std::pair<ChunkSlot, char*>> made_;
  std::vector<ChunkSlot> dropped_;
  std::vector<char*> dead_;
  std::vector<std::unique_ptr<char[]>> empty_pages_;
  std::atomic<size_t> bytes_{0};
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_CHUNK_HEAP_H_
