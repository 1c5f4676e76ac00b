#include "server/open_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "storage/memory/memory_store.h"
#include "storage/rocksdb/rocksdb_store.h"

namespace yilan::server {

absl::StatusOr<std::unique_ptr<storage::RecordStore>> OpenStore(const std::string& storage,
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
                   storage::RocksDbStore::Open({.directory = path.string()}));
  return store;
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
