// How RocksDB is set up for a store: one place for every setting and the reason for it.
#ifndef YILAN_STORAGE_ROCKSDB_FAMILY_OPTIONS_H_
#define YILAN_STORAGE_ROCKSDB_FAMILY_OPTIONS_H_

#include <memory>

#include "rocksdb/cache.h"
#include "rocksdb/options.h"
#include "storage/rocksdb/database.h"
#include "storage/rocksdb/rocksdb_options.h"

namespace yilan::storage::rocks {

rocksdb::DBOptions DbOptions(const RocksDbOptions& options);
rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options, Family family,
                                           const std::shared_ptr<rocksdb::Cache>& block_cache);

}  // namespace yilan::storage::rocks

#endif  // YILAN_STORAGE_ROCKSDB_FAMILY_OPTIONS_H_
