// FaultFileSystem: a RocksDB file system that fails as disks and machines do, when told to.
//
// It remembers what was synced and what was not: bytes of files, and the making, renaming and
// deleting of files in their directories. A power cut keeps what was synced, and of the rest any
// beginning, or a beginning with holes (but none in a MANIFEST); the next start finds exactly that.
// Nothing is really synced, and RocksDB's pauses after an error are shortened, so tests run fast.
// Thread-safe.
//
//   FaultFileSystem files(seed);
//   {
//     auto store = RocksDbStore::Open({.directory = d, .env = files.env()});
//     files.CutPowerAfter(100);             // Operations; everything fails from then on.
//     … write until something fails …
//   }
//   files.Restart();                        // What was not synced is gone.
#ifndef YILAN_TESTS_FAULTS_FAULT_FILE_SYSTEM_H_
#define YILAN_TESTS_FAULTS_FAULT_FILE_SYSTEM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace yilan::storage {

class FaultDisk;

class FaultFileSystem {
 public:
  explicit FaultFileSystem(uint64_t seed);
  ~FaultFileSystem();

  rocksdb::Env* env() { return env_.get(); }

  // The power goes out after `operations` more writes, syncs and changes of directories.
  void CutPowerAfter(uint64_t operations);
  bool power_is_cut() const;
  // Operations so far.
  uint64_t operations() const;
  // Brings the files to what a start after the power cut finds, and the power back. The store must
  // be closed.
  void Restart();

  // Writes of files take this many more bytes, the last one in part, then the disk is full.
  void LimitSpace(uint64_t bytes);
  void FreeSpace();
  // Whether a write was refused for want of space.
  bool ran_full() const;

  // The sync of a log after `syncs` more fails, and the kernel drops what it held: later syncs of
  // that file succeed and write nothing.
  void FailLogSyncAfter(uint64_t syncs);
  bool sync_failed() const;

 private:
  std::shared_ptr<FaultDisk> disk_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace yilan::storage

#endif  // YILAN_TESTS_FAULTS_FAULT_FILE_SYSTEM_H_
