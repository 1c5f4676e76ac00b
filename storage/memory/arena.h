// Arena: copies of bytes that stay where they are until the arena goes.
#ifndef YILAN_STORAGE_MEMORY_ARENA_H_
#define YILAN_STORAGE_MEMORY_ARENA_H_

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

namespace yilan::storage::memory {

class Arena {
 public:
  absl::string_view Copy(absl::string_view bytes) {
    if (bytes.size() > left_) {
      left_ = std::max(kBlockBytes, bytes.size());
      blocks_.emplace_back(new char[left_]);
      at_ = blocks_.back().get();
    }
    char* const copy = at_;
    if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
    at_ += bytes.size();
    left_ -= bytes.size();
    return {copy, bytes.size()};
  }

 private:
  static constexpr size_t kBlockBytes = 16 << 10;

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t left_ = 0;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_ARENA_H_
