#include "server/open_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/machine_memory.h"
#include "base/status_macros.h"
#include "storage/memory/memory_store.h"
#include "storage/rocksdb/rocksdb_store.h"

namespace yilan::server {

namespace {

// What a row of a customer takes in memory, about.
constexpr size_t kCustomerRowBytes = 400;

}  // namespace

absl::StatusOr<std::unique_ptr<storage::RecordStore>> OpenStore(const std::string& storage,
                                                                size_t cache_bytes,
                                                                bool must_exist) {
  if (storage == "memory:") {
    if (must_exist) {
      return absl::InvalidArgumentError(
          "memory: holds nothing before a server runs; name a rocksdb:DIRECTORY");
    }
    return storage::NewMemoryStore();
  }
  absl::string_view directory = storage;
  absl::ConsumePrefix(&directory, "rocksdb:");
  const std::filesystem::path path{std::string(directory)};
  std::error_code error;
  if (must_exist && !std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat(storage, ": there is no such directory"));
  }
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    return absl::UnavailableError(absl::StrCat(storage, ": ", error.message()));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<storage::RecordStore> store,
                   storage::RocksDbStore::Open({
                       .directory = path.string(),
                       .block_cache_bytes = cache_bytes / 8 * 7,
                       .cached_customers = cache_bytes / 8 / kCustomerRowBytes,
                   }));
  return store;
}

size_t SuitableCacheBytes() {
  return std::max(static_cast<size_t>(UsableMemoryBytes() / 4), size_t{64} << 20);
}

absl::Status VerifyBackend(storage::RecordStore& store) {
  auto* rocksdb = dynamic_cast<storage::RocksDbStore*>(&store);
  return rocksdb != nullptr ? rocksdb->Verify({}) : absl::OkStatus();
}

int SuitableWorkers(const std::string& storage) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return storage == "memory:" ? std::max(2, cores) : std::max(16, 2 * cores);
}

}  // namespace yilan::server
