// What a RocksDB store is opened with.
#ifndef YILAN_STORAGE_ROCKSDB_ROCKSDB_OPTIONS_H_
#define YILAN_STORAGE_ROCKSDB_ROCKSDB_OPTIONS_H_

#include <cstddef>
#include <string>

#include "rocksdb/env.h"

namespace yilan::storage {

struct RocksDbOptions {
  // Where the store lives; created if missing, but not its parents.
  std::string directory;

  // Memory for blocks that were read. Indexes and filters come on top: some 3 bytes per row.
  size_t block_cache_bytes = size_t{256} << 20;
  // Memory for what is not in table files yet; the write-ahead log, which is read again after a
  // crash, grows to about twice as much.
  size_t write_buffer_bytes = size_t{128} << 20;
  // Customer rows kept in memory, some 400 bytes each: what they answer costs no read.
  size_t cached_customers = 200'000;

  // Tells for a test what a store is worth that does not sync its log: writes are acknowledged
  // before they are on disk, and lost with the power.
  bool unsafe_no_sync = false;
  // Where files are; tests inject faults here. Null: the machine's own. Outlives the store.
  rocksdb::Env* env = nullptr;
};

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_ROCKSDB_ROCKSDB_OPTIONS_H_
