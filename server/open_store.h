// The storage backends by name: what --storage takes.
#ifndef YILAN_SERVER_OPEN_STORE_H_
#define YILAN_SERVER_OPEN_STORE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/record_store.h"

namespace yilan::server {

struct StorageOptions {
  // "memory:", "rocksdb:DIRECTORY" or "mysql://USER@HOST:PORT/DATABASE"
  // (storage/mysql/mysql_url.h).
  std::string storage;
  // What RocksDB reads from its files it keeps in up to so much memory.
  size_t cache_bytes = 0;
  std::string mysql_password;
};

// Opens a store. A missing directory is made, with its parents; but with `must_exist` that is an
// error, and so is memory:, in which there is never anything yet. A database is only connected to
// when it is needed: CheckReady() tells whether it can be.
absl::StatusOr<std::unique_ptr<storage::RecordStore>> OpenStore(const StorageOptions& options,
                                                                bool must_exist);

// Brings the schema of a MySQL database up to version `to` (0: the newest) and returns the steps
// that were taken, "1 entries"; with `dry_run` those that would be. INVALID_ARGUMENT for another
// storage.
absl::StatusOr<std::vector<std::string>> MigrateStore(const StorageOptions& options, int to,
                                                      bool dry_run);
// The version of its schema, and the newest that this program knows.
struct SchemaState {
  int version = 0;
  int newest = 0;
};
absl::StatusOr<SchemaState> ReadSchema(const StorageOptions& options);

// A quarter of the memory that the process may use, and at least 64 MiB: the operating system keeps
// as much again in the compressed files, and views have a cache of their own.
size_t SuitableCacheBytes();

// Checks what only the backend knows of its own files; part of `yilan-server check`.
absl::Status VerifyBackend(storage::RecordStore& store);

// What an operator should change about what the store stands on, a sentence for each.
std::vector<std::string> AdviceOn(storage::RecordStore& store, absl::Time deadline);

// How many workers suit a storage. One in which writes wait for the disk takes more of them than
// there are cores, so that they share its syncs.
int SuitableWorkers(const std::string& storage);

}  // namespace yilan::server

#endif  // YILAN_SERVER_OPEN_STORE_H_
