#include "storage/memory/chunk_heap.h"

#include <algorithm>
#include <cstring>

namespace yilan::storage::memory {
namespace {

// Pages are powers of two, which every allocator can give without loss; small ones first, for the
// many small stores of tests, and large ones then, for there is a limit to mappings.
constexpr size_t kFirstPageBytes = size_t{16} << 10;
constexpr size_t kLastPageBytes = size_t{1} << 20;

size_t PageBytes(size_t pages_before) {
  return std::min(kFirstPageBytes << std::min<size_t>(pages_before, 20), kLastPageBytes);
}

}  // namespace

ChunkHeap::~ChunkHeap() {
  // Only those that stand alone have an owner other than a page.
  for (ChunkSlot slot = 0; slot < chunks_.size(); ++slot) {
    char* const chunk = chunks_[slot];
    if (chunk != nullptr && SizeOf(HeaderOf(chunk).size) == kSizes) delete[] chunk;
  }
}

ChunkHeap::Header ChunkHeap::HeaderOf(const char* chunk) {
  Header header;
  std::memcpy(&header, chunk, sizeof(header));
  return header;
}

void ChunkHeap::SetHeader(char* chunk, const Header& header) {
  std::memcpy(chunk, &header, sizeof(header));
}

ChunkSlot ChunkHeap::NewSlot() {
  if (free_slots_.empty()) return next_slot_++;
  const ChunkSlot slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

char* ChunkHeap::Make(ChunkSlot slot, SubjectSlot owner, size_t size) {
  const size_t i = SizeOf(size);
  char* const chunk = i == kSizes ? new char[sizeof(Header) + size] : Push(i);
  SetHeader(chunk, {.owner = owner, .slot = slot, .size = static_cast<uint32_t>(size)});
  bytes_.fetch_add(i == kSizes ? sizeof(Header) + size : i * kStep, std::memory_order_relaxed);
  made_.emplace_back(slot, chunk);
  return chunk + sizeof(Header);
}

void ChunkHeap::Publish() {
  chunks_.GrowTo(next_slot_);
  for (const auto& [slot, chunk] : made_) {
    char*& place = chunks_[slot];
    if (place != nullptr) dead_.push_back(place);
    place = chunk;
  }
  made_.clear();
  for (const ChunkSlot slot : dropped_) {
    dead_.push_back(chunks_[slot]);
    chunks_[slot] = nullptr;
    free_slots_.push_back(slot);
  }
  dropped_.clear();
}

void ChunkHeap::Reclaim() {
  // Marked first: a dead chunk that happens to be the last of its size must not be moved.
  for (char* const chunk : dead_) {
    Header header = HeaderOf(chunk);
    header.slot = kDead;
    SetHeader(chunk, header);
  }
  for (char* const chunk : dead_) Free(chunk);
  dead_.clear();
  empty_pages_.clear();
}

void ChunkHeap::Free(char* chunk) {
  const Header header = HeaderOf(chunk);
  if (header.slot == kReclaimed) return;
  const size_t i = SizeOf(header.size);
  if (i == kSizes) {
    bytes_.fetch_sub(sizeof(Header) + header.size, std::memory_order_relaxed);
    delete[] chunk;
    return;
  }
  while (Last(i) != chunk && HeaderOf(Last(i)).slot == kDead) {
    Header last = HeaderOf(Last(i));
    last.slot = kReclaimed;
    SetHeader(Last(i), last);
    Pop(i);
  }
  char* const last = Last(i);
  if (last != chunk) {
    std::memcpy(chunk, last, i * kStep);
    chunks_[HeaderOf(chunk).slot] = chunk;
  }
  Pop(i);
}

char* ChunkHeap::Push(size_t size) {
  Size& chunks = sizes_[size];
  if (chunks.pages.empty() || chunks.used == chunks.pages.back().capacity) {
    const size_t bytes = PageBytes(chunks.pages.size());
    chunks.pages.push_back(
        {.bytes = std::unique_ptr<char[]>(new char[bytes]), .capacity = bytes / (size * kStep)});
    chunks.used = 0;
  }
  return chunks.pages.back().bytes.get() + chunks.used++ * size * kStep;
}

char* ChunkHeap::Last(size_t size) {
  const Size& chunks = sizes_[size];
  return chunks.pages.back().bytes.get() + (chunks.used - 1) * size * kStep;
}

void ChunkHeap::Pop(size_t size) {
  Size& chunks = sizes_[size];
  bytes_.fetch_sub(size * kStep, std::memory_order_relaxed);
  if (--chunks.used > 0) return;
  // Not freed yet: chunks in it may be marked as reclaimed, and be looked at once more.
  empty_pages_.push_back(std::move(chunks.pages.back().bytes));
  chunks.pages.pop_back();
  if (!chunks.pages.empty()) chunks.used = chunks.pages.back().capacity;
}

}  // namespace yilan::storage::memory
