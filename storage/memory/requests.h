// Requests: the remembered answers of one store, packed, in order of their keys.
//
// Any number of threads may read, or one write.
#ifndef YILAN_STORAGE_MEMORY_REQUESTS_H_
#define YILAN_STORAGE_MEMORY_REQUESTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/record.h"

namespace yilan::storage::memory {

class Requests {
 public:
  std::optional<StoredRequest> Find(const RequestKey& key) const;
  // Adds or replaces.
  void Set(const RequestKey& key, const StoredRequest& request);
  // Packed requests that were recorded before `before`, for Erase: found without keeping readers
  // out, erased a few at a time.
  std::vector<std::string> FindOlder(TimeMicros before) const;
  void Erase(absl::string_view packed);

  absl::Status ForEach(
      absl::FunctionRef<absl::Status(const std::pair<RequestKey, StoredRequest>&)> visit) const;
  // Up to `max` requests behind `after`.
  std::vector<std::pair<RequestKey, StoredRequest>> List(const RequestKey& after, size_t max) const;
  // How Erase takes the request of a key.
  static std::string PackedKey(const RequestKey& key);

 private:
  // A request is one run of bytes that begins with its key; only that is compared.
  struct ByKey {
    using is_transparent = void;
    bool operator()(absl::string_view a, absl::string_view b) const;
  };
  absl::btree_set<std::string, ByKey> packed_;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_REQUESTS_H_
