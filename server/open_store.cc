#include "server/open_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/machine_memory.h"
#include "base/status_macros.h"
#include "storage/memory/memory_store.h"
#include "storage/mysql/errors.h"
#include "storage/mysql/migrations.h"
#include "storage/mysql/mysql_store.h"
#include "storage/mysql/mysql_url.h"
#include "storage/mysql/pool.h"
#include "storage/rocksdb/rocksdb_store.h"

namespace yilan::server {

namespace {

// What a row of a customer takes in memory, about.
constexpr size_t kCustomerRowBytes = 400;

constexpr absl::string_view kMySqlScheme = "mysql://";

absl::StatusOr<storage::mysql::MySqlOptions> MySqlOptionsOf(const StorageOptions& options) {
  ASSIGN_OR_RETURN(storage::mysql::MySqlOptions mysql,
                   storage::mysql::ParseMySqlUrl(options.storage));
  mysql.password = options.mysql_password;
  return mysql;
}

// Runs `use` on one connection of its own.
absl::Status WithSession(const StorageOptions& options,
                         absl::FunctionRef<absl::Status(storage::mysql::Session&)> use) {
  if (!absl::StartsWith(options.storage, kMySqlScheme)) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.storage, " has no schema; name a mysql:// URL"));
  }
  ASSIGN_OR_RETURN(storage::mysql::MySqlOptions mysql, MySqlOptionsOf(options));
  // A step may rewrite a large table.
  mysql.read_timeout = absl::Hours(1);
  storage::mysql::Pool pool(mysql);
  ASSIGN_OR_RETURN(const storage::mysql::Pool::Lease session,
                   pool.Acquire(storage::mysql::Session::Mode::kRead, absl::InfiniteFuture()));
  return storage::mysql::Unmarked(use(*session));
}

}  // namespace

absl::StatusOr<std::unique_ptr<storage::RecordStore>> OpenStore(const StorageOptions& options,
                                                                bool must_exist) {
  const std::string& storage = options.storage;
  if (storage == "memory:") {
    if (must_exist) {
      return absl::InvalidArgumentError(
          "memory: holds nothing before a server runs; name a rocksdb:DIRECTORY or a mysql:// URL");
    }
    return storage::NewMemoryStore();
  }
  if (absl::StartsWith(storage, kMySqlScheme)) {
    ASSIGN_OR_RETURN(const storage::mysql::MySqlOptions mysql, MySqlOptionsOf(options));
    return std::make_unique<storage::MySqlStore>(mysql);
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
                       .block_cache_bytes = options.cache_bytes / 8 * 7,
                       .cached_customers = options.cache_bytes / 8 / kCustomerRowBytes,
                   }));
  return store;
}

absl::StatusOr<std::vector<std::string>> MigrateStore(const StorageOptions& options, int to,
                                                      bool dry_run) {
  const absl::Span<const storage::mysql::Migration> all = storage::mysql::AllMigrations();
  const int newest = static_cast<int>(all.size());
  if (to > newest) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no schema ", to, "; the newest is ", newest));
  }
  std::vector<std::string> steps;
  RETURN_IF_ERROR(WithSession(options, [&](storage::mysql::Session& session) -> absl::Status {
    const int target = to == 0 ? newest : to;
    std::vector<int> taken;
    if (dry_run) {
      ASSIGN_OR_RETURN(const int version, storage::mysql::SchemaVersion(session));
      for (int number = version + 1; number <= target; ++number) taken.push_back(number);
    } else {
      ASSIGN_OR_RETURN(taken, storage::mysql::Migrate(session, target));
    }
    for (const int number : taken) {
      steps.push_back(absl::StrCat(number, " ", all[static_cast<size_t>(number - 1)].name));
    }
    return absl::OkStatus();
  }));
  return steps;
}

absl::StatusOr<SchemaState> ReadSchema(const StorageOptions& options) {
  SchemaState state{.newest = static_cast<int>(storage::mysql::AllMigrations().size())};
  RETURN_IF_ERROR(WithSession(options, [&](storage::mysql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(state.version, storage::mysql::SchemaVersion(session));
    return absl::OkStatus();
  }));
  return state;
}

size_t SuitableCacheBytes() {
  return std::max(static_cast<size_t>(UsableMemoryBytes() / 4), size_t{64} << 20);
}

absl::Status VerifyBackend(storage::RecordStore& store) {
  if (auto* rocksdb = dynamic_cast<storage::RocksDbStore*>(&store)) return rocksdb->Verify({});
  if (auto* mysql = dynamic_cast<storage::MySqlStore*>(&store)) return mysql->Verify({});
  return absl::OkStatus();
}

std::vector<std::string> AdviceOn(storage::RecordStore& store, absl::Time deadline) {
  auto* const mysql = dynamic_cast<storage::MySqlStore*>(&store);
  return mysql == nullptr ? std::vector<std::string>() : mysql->Advice({.deadline = deadline});
}

int SuitableWorkers(const std::string& storage) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return storage == "memory:" ? std::max(2, cores) : std::max(16, 2 * cores);
}

}  // namespace yilan::server
