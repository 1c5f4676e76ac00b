// The storage backends by name: what --storage takes.
#ifndef YILAN_SERVER_OPEN_STORE_H_
#define YILAN_SERVER_OPEN_STORE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/record_store.h"

namespace yilan::server {

// Opens "memory:" or "rocksdb:DIRECTORY". A missing directory is made, with its parents; but with
// `must_exist` that is an error, and so is memory:, in which there is never anything yet. What the
// backend reads from its files it keeps in up to `cache_bytes` of memory.
absl::StatusOr<std::unique_ptr<storage::RecordStore>> OpenStore(const std::string& storage,
                                                                size_t cache_bytes,
                                                                bool must_exist);

// A quarter of the memory that the process may use, and at least 64 MiB: the operating system keeps
// as much again in the compressed files, and views have a cache of their own.
size_t SuitableCacheBytes();

// Checks what only the backend knows of its own files; part of `yilan-server check`.
absl::Status VerifyBackend(storage::RecordStore& store);

// How many workers suit a storage. One in which writes wait for the disk takes more of them than
// there are cores, so that they share its syncs.
int SuitableWorkers(const std::string& storage);

}  // namespace yilan::server

#endif  // YILAN_SERVER_OPEN_STORE_H_
