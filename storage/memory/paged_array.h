// An array that grows by pages: its elements never move, and growing copies nothing.
#ifndef YILAN_STORAGE_MEMORY_PAGED_ARRAY_H_
#define YILAN_STORAGE_MEMORY_PAGED_ARRAY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace yilan::storage::memory {

template <typename T>
class PagedArray {
 public:
  T& operator[](uint32_t i) { return pages_[i >> kPageBits][i & (kPageSize - 1)]; }
  const T& operator[](uint32_t i) const { return pages_[i >> kPageBits][i & (kPageSize - 1)]; }
  uint32_t size() const { return size_; }

  // Makes the array at least `size` elements long.
  void GrowTo(uint32_t size) {
    while (pages_.size() * kPageSize < size) pages_.push_back(std::make_unique<T[]>(kPageSize));
    if (size > size_) size_ = size;
  }

 private:
  static constexpr int kPageBits = 12;
  static constexpr size_t kPageSize = size_t{1} << kPageBits;

  std::vector<std::unique_ptr<T[]>> pages_;
  uint32_t size_ = 0;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_PAGED_ARRAY_H_
