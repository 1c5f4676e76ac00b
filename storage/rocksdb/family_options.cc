#include "storage/rocksdb/family_options.h"

#include <algorithm>
#include <thread>

#include "rocksdb/filter_policy.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "storage/rows/row_keys.h"

namespace yilan::storage::rocks {
namespace {

// Share of the write buffer budget that one family may fill before it is written out, in 16ths: by
// how many bytes a fact brings to each.
size_t BufferShare(Family family) {
  switch (family) {
    case Family::kRecords:
      return 4;
    case Family::kKeys:
    case Family::kTerms:
    case Family::kHistory:
    case Family::kChanges:
      return 2;
    case Family::kMeta:
    case Family::kDirectory:
    case Family::kRequests:
      return 1;
  }
  return 1;
}

}  // namespace

rocksdb::DBOptions DbOptions(const RocksDbOptions& options) {
  rocksdb::DBOptions db;
  if (options.env != nullptr) db.env = options.env;
  db.create_if_missing = true;
  db.create_missing_column_families = true;

  // See Durability::OnErrorRecoveryBegin.
  db.max_bgerror_resume_count = 0;
  // A log file that is missing or cut short is an error and not an empty log.
  db.track_and_verify_wals_in_manifest = true;

  db.max_background_jobs =
      static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 2u, 8u));
  db.db_write_buffer_size = options.write_buffer_bytes;
  // Families that are rarely written to must not keep the log of all the others for ever.
  db.max_total_wal_size = 2 * options.write_buffer_bytes;
  db.bytes_per_sync = 1 << 20;  // Spreads the writing of table files, which else delays the log.
  db.max_open_files = -1;       // Tables stay open: opening one costs more than a read.
  db.max_file_opening_threads = 4;  // At start, for each family.

  // RocksDB's own log: no keys at this level, and bounded.
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.max_log_file_size = size_t{4} << 20;
  db.keep_log_file_num = 4;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options, Family family,
                                           const std::shared_ptr<rocksdb::Cache>& block_cache) {
  rocksdb::ColumnFamilyOptions cf;
  cf.write_buffer_size =
      std::max(options.write_buffer_bytes / 16 * BufferShare(family), size_t{64} << 10);
  cf.max_write_buffer_number = 4;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = block_cache;
  table.format_version = 5;

  // Blocks that were just written are read and merged again soon; below, space matters more.
  cf.compression = rocksdb::kLZ4Compression;
  cf.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                              rocksdb::kLZ4Compression};
  cf.level_compaction_dynamic_level_bytes = true;
  cf.target_file_size_base = size_t{64} << 20;
  cf.max_bytes_for_level_base = std::max(4 * cf.write_buffer_size, size_t{16} << 20);

  switch (family) {
    case Family::kRecords:
    case Family::kHistory:
      // Read by subject, and one by one to see that a fact is new: filters for both. A subject lies
      // in one block mostly.
      table.block_size = size_t{16} << 10;
      cf.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(rows::kSubjectBytes));
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
      cf.memtable_prefix_bloom_size_ratio = 0.02;
      cf.memtable_whole_key_filtering = true;
      break;
    case Family::kDirectory:
    case Family::kKeys:
    case Family::kRequests:
      // Read one by one, mostly to see that there is nothing.
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
      table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
      cf.memtable_prefix_bloom_size_ratio = 0.02;
      cf.memtable_whole_key_filtering = true;
      break;
    case Family::kMeta:
    case Family::kTerms:
    case Family::kChanges:
      break;  // Few rows, or read by range only: no filter would ever be asked.
  }
  cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return cf;
}

}  // namespace yilan::storage::rocks
