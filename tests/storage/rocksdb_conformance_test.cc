#include "storage/rocksdb/rocksdb_store.h"
#include "tests/storage/conformance.h"

namespace yilan::storage {

Backend RocksDb() {
  return {.name = "RocksDb",
          .open =
              [](const std::string& directory) {
                // Small buffers, so that the tests meet table files too.
                return RocksDbStore::Open({.directory = directory,
                                           .block_cache_bytes = size_t{4} << 20,
                                           .write_buffer_bytes = size_t{1} << 20});
              },
          .durable = true};
}

INSTANTIATE_TEST_SUITE_P(RocksDb, Conformance, ::testing::Values(RocksDb()), BackendName);
INSTANTIATE_TEST_SUITE_P(RocksDb, DurableConformance, ::testing::Values(RocksDb()), BackendName);

}  // namespace yilan::storage
