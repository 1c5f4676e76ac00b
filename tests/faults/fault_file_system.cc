#include "tests/faults/fault_file_system.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/system_clock.h"

namespace yilan::storage {

using rocksdb::DirFsyncOptions;
using rocksdb::FileOptions;
using rocksdb::FSDirectory;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

constexpr uint64_t kNever = ~uint64_t{0};

IOStatus PowerIsCut() { return IOStatus::IOError("the power is cut"); }

// RocksDB's lock and its own log of messages stay out of this.
bool IsTracked(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name != "LOCK" && !absl::StartsWith(name, "LOG");
}

}  // namespace

class FaultDisk : public rocksdb::FileSystemWrapper {
 public:
  FaultDisk(const std::shared_ptr<rocksdb::FileSystem>& target, uint64_t seed)
      : rocksdb::FileSystemWrapper(target), random_(seed) {}
  const char* Name() const override { return "FaultDisk"; }

  // What RocksDB does to files.
  IOStatus NewWritableFile(const std::string& path, const FileOptions& file_options,
                           std::unique_ptr<FSWritableFile>* result, IODebugContext* dbg) override;
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<FSDirectory>* result, IODebugContext* dbg) override;
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* dbg) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* dbg) override;

  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* space,
                        IODebugContext* dbg) override;

  // What files and directories report.
  IOStatus Append(const std::string& path, const Slice& data,
                  const std::function<IOStatus(const Slice&)>& append);
  IOStatus Sync(const std::string& path);
  IOStatus SyncDirectory();

  void CutPowerAfter(uint64_t operations);
  bool power_is_cut() const;
  uint64_t operations() const;
  void Restart();
  void LimitSpace(uint64_t bytes);
  bool ran_full() const;
  void FailLogSyncAfter(uint64_t syncs);
  bool sync_failed() const;

 private:
  struct File {
    uint64_t written = 0;
    uint64_t synced = 0;
    bool dropped = false;  // A sync failed: what was not synced then never will be.
  };
  // A change of a directory that is not synced yet, and how to take it back.
  struct DirectoryChange {
    enum class Sort { kMade, kRenamed, kDeleted } sort = Sort::kMade;
    std::string path;
    std::string from;                        // kRenamed.
    std::optional<std::string> overwritten;  // kRenamed: what the target held.
    std::string kept;                        // kDeleted: where the file is kept meanwhile.
  };

  // Counts an operation; false when the power is cut.
  bool Step() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeBack(const DirectoryChange& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropUnsynced(const std::string& path, const File& file)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t Random(uint64_t below) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return random_() % below;
  }

  mutable Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, File> files_ ABSL_GUARDED_BY(mutex_);
  std::vector<DirectoryChange> changes_ ABSL_GUARDED_BY(mutex_);
  uint64_t kept_files_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t power_until_ ABSL_GUARDED_BY(mutex_) = kNever;
  uint64_t space_ ABSL_GUARDED_BY(mutex_) = kNever;
  bool ran_full_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t syncs_until_failure_ ABSL_GUARDED_BY(mutex_) = kNever;
  bool sync_failed_ ABSL_GUARDED_BY(mutex_) = false;
};

namespace {

class FaultFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultFile(FaultDisk& disk, std::string path, std::unique_ptr<FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    return disk_.Append(path_, data, [&](const Slice& part) {
      return FSWritableFileOwnerWrapper::Append(part, options, dbg);
    });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* dbg) override {
    return Append(data, options, dbg);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return disk_.Sync(path_); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return disk_.Sync(path_); }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();  // A hint to the kernel: no promise.
  }

 private:
  FaultDisk& disk_;
  const std::string path_;
};

class FaultDirectory : public rocksdb::FSDirectoryWrapper {
 public:
  FaultDirectory(FaultDisk& disk, std::unique_ptr<FSDirectory> directory)
      : FSDirectoryWrapper(std::move(directory)), disk_(disk) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return disk_.SyncDirectory(); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*, const DirFsyncOptions&) override {
    return disk_.SyncDirectory();
  }

 private:
  FaultDisk& disk_;
};

// RocksDB pauses for a second after an error of its background; a hundredth serves as well.
class ClockOfShortPauses : public rocksdb::SystemClockWrapper {
 public:
  ClockOfShortPauses() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "ClockOfShortPauses"; }
  void SleepForMicroseconds(int micros) override {
    SystemClockWrapper::SleepForMicroseconds(micros / 100);
  }
};

class FaultEnv : public rocksdb::EnvWrapper {
 public:
  explicit FaultEnv(const std::shared_ptr<rocksdb::FileSystem>& disk)
      : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    file_system_ = disk;
    system_clock_ = std::make_shared<ClockOfShortPauses>();
  }
  const char* Name() const override { return "FaultEnv"; }
};

}  // namespace

bool FaultDisk::Step() {
  if (operations_ >= power_until_) return false;
  ++operations_;
  return true;
}

IOStatus FaultDisk::NewWritableFile(const std::string& path, const FileOptions& file_options,
                                    std::unique_ptr<FSWritableFile>* result, IODebugContext* dbg) {
  if (!IsTracked(path)) {
    return FileSystemWrapper::NewWritableFile(path, file_options, result, dbg);
  }
  MutexLock lock(mutex_);
  if (!Step()) return PowerIsCut();
  std::unique_ptr<FSWritableFile> file;
  const IOStatus status = FileSystemWrapper::NewWritableFile(path, file_options, &file, dbg);
  if (!status.ok()) return status;
  files_[path] = File();
  changes_.push_back({.sort = DirectoryChange::Sort::kMade, .path = path});
  *result = std::make_unique<FaultFile>(*this, path, std::move(file));
  return status;
}

IOStatus FaultDisk::NewDirectory(const std::string& path, const IOOptions& options,
                                 std::unique_ptr<FSDirectory>* result, IODebugContext* dbg) {
  std::unique_ptr<FSDirectory> directory;
  const IOStatus status = FileSystemWrapper::NewDirectory(path, options, &directory, dbg);
  if (status.ok()) *result = std::make_unique<FaultDirectory>(*this, std::move(directory));
  return status;
}

IOStatus FaultDisk::DeleteFile(const std::string& path, const IOOptions& options,
                               IODebugContext* dbg) {
  if (!IsTracked(path)) return FileSystemWrapper::DeleteFile(path, options, dbg);
  MutexLock lock(mutex_);
  if (!Step()) return PowerIsCut();
  // Kept aside, in case the power goes out before the directory is synced.
  const std::string kept = absl::StrCat(path, ".deleted", kept_files_++);
  const IOStatus status = FileSystemWrapper::RenameFile(path, kept, options, dbg);
  if (!status.ok()) return status;
  changes_.push_back({.sort = DirectoryChange::Sort::kDeleted, .path = path, .kept = kept});
  return status;
}

IOStatus FaultDisk::RenameFile(const std::string& from, const std::string& to,
                               const IOOptions& options, IODebugContext* dbg) {
  if (!IsTracked(to)) return FileSystemWrapper::RenameFile(from, to, options, dbg);
  MutexLock lock(mutex_);
  if (!Step()) return PowerIsCut();
  DirectoryChange change{.sort = DirectoryChange::Sort::kRenamed, .path = to, .from = from};
  if (std::filesystem::exists(to)) {
    std::ifstream file(to, std::ios::binary);
    change.overwritten.emplace(std::istreambuf_iterator<char>(file),
                               std::istreambuf_iterator<char>());
  }
  const IOStatus status = FileSystemWrapper::RenameFile(from, to, options, dbg);
  if (!status.ok()) return status;
  files_[to] = files_[from];
  files_.erase(from);
  changes_.push_back(std::move(change));
  return status;
}

IOStatus FaultDisk::Append(const std::string& path, const Slice& data,
                           const std::function<IOStatus(const Slice&)>& append) {
  MutexLock lock(mutex_);
  if (!Step()) return PowerIsCut();
  const uint64_t fits = std::min<uint64_t>(space_, data.size());
  const IOStatus status = append(Slice(data.data(), fits));
  if (!status.ok()) return status;
  files_[path].written += fits;
  if (space_ != kNever) space_ -= fits;
  if (fits == data.size()) return status;
  ran_full_ = true;
  return IOStatus::NoSpace("the disk is full");
}

IOStatus FaultDisk::GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* space,
                                 IODebugContext* dbg) {
  MutexLock lock(mutex_);
  if (space_ == kNever) return FileSystemWrapper::GetFreeSpace(path, options, space, dbg);
  *space = space_;
  return IOStatus::OK();
}

IOStatus FaultDisk::Sync(const std::string& path) {
  MutexLock lock(mutex_);
  if (!Step()) return PowerIsCut();
  File& file = files_[path];
  if (absl::EndsWith(path, ".log") && syncs_until_failure_ != kNever &&
      syncs_until_failure_-- == 0) {
    syncs_until_failure_ = kNever;
    sync_failed_ = true;
    file.dropped = true;
    return IOStatus::IOError("the sync failed");
  }
  if (!file.dropped) file.synced = file.written;
  return IOStatus::OK();
}

IOStatus FaultDisk::SyncDirectory() {
  MutexLock lock(mutex_);
  if (!Step()) return PowerIsCut();
  for (const DirectoryChange& change : changes_) {
    if (change.sort != DirectoryChange::Sort::kDeleted) continue;
    std::filesystem::remove(change.kept);
    // Unless it was made anew since.
    if (!std::filesystem::exists(change.path)) files_.erase(change.path);
  }
  changes_.clear();
  return IOStatus::OK();
}

void FaultDisk::TakeBack(const DirectoryChange& change) {
  switch (change.sort) {
    case DirectoryChange::Sort::kMade:
      std::filesystem::remove(change.path);
      files_.erase(change.path);
      break;
    case DirectoryChange::Sort::kRenamed:
      std::filesystem::rename(change.path, change.from);
      files_[change.from] = files_[change.path];
      files_.erase(change.path);
      if (change.overwritten.has_value()) {
        std::ofstream(change.path, std::ios::binary) << *change.overwritten;
      }
      break;
    case DirectoryChange::Sort::kDeleted:
      std::filesystem::rename(change.kept, change.path);
      break;
  }
}

void FaultDisk::DropUnsynced(const std::string& path, const File& file) {
  if (!std::filesystem::exists(path) || file.written == file.synced) return;
  const uint64_t tail = file.written - file.synced;
  const uint64_t kept = file.synced + Random(tail + 1);
  std::filesystem::resize_file(path, kept);
  if (kept == file.synced || Random(2) == 0) return;
  // RocksDB refuses a manifest with a hole (docs/storage.md), so of these only the end is missing:
  // what a file system leaves that lengthens a file when its bytes are there.
  if (absl::StartsWith(std::filesystem::path(path).filename().string(), "MANIFEST-")) return;
  // Pages reach the disk in any order: leave a hole in what is kept.
  const uint64_t hole = file.synced + Random(kept - file.synced);
  const uint64_t size = std::min(kept - hole, 1 + Random(4096));
  std::fstream stream(path, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(hole));
  stream << std::string(size, '\0');
}

void FaultDisk::Restart() {
  MutexLock lock(mutex_);
  // Changes of a directory reach the disk in order, up to some point.
  const uint64_t lasting = Random(changes_.size() + 1);
  while (changes_.size() > lasting) {
    TakeBack(changes_.back());
    changes_.pop_back();
  }
  for (const DirectoryChange& change : changes_) {
    if (change.sort == DirectoryChange::Sort::kDeleted) std::filesystem::remove(change.kept);
  }
  changes_.clear();
  for (const auto& [path, file] : files_) DropUnsynced(path, file);
  files_.clear();
  power_until_ = kNever;
}

void FaultDisk::CutPowerAfter(uint64_t operations) {
  MutexLock lock(mutex_);
  power_until_ = operations_ + operations;
}
bool FaultDisk::power_is_cut() const {
  MutexLock lock(mutex_);
  return operations_ >= power_until_;
}
uint64_t FaultDisk::operations() const {
  MutexLock lock(mutex_);
  return operations_;
}
void FaultDisk::LimitSpace(uint64_t bytes) {
  MutexLock lock(mutex_);
  space_ = bytes;
  ran_full_ = false;
}
bool FaultDisk::ran_full() const {
  MutexLock lock(mutex_);
  return ran_full_;
}
void FaultDisk::FailLogSyncAfter(uint64_t syncs) {
  MutexLock lock(mutex_);
  syncs_until_failure_ = syncs;
  sync_failed_ = false;
}
bool FaultDisk::sync_failed() const {
  MutexLock lock(mutex_);
  return sync_failed_;
}

FaultFileSystem::FaultFileSystem(uint64_t seed)
    : disk_(std::make_shared<FaultDisk>(rocksdb::FileSystem::Default(), seed)),
      env_(std::make_unique<FaultEnv>(disk_)) {}
FaultFileSystem::~FaultFileSystem() = default;

void FaultFileSystem::CutPowerAfter(uint64_t operations) { disk_->CutPowerAfter(operations); }
bool FaultFileSystem::power_is_cut() const { return disk_->power_is_cut(); }
uint64_t FaultFileSystem::operations() const { return disk_->operations(); }
void FaultFileSystem::Restart() { disk_->Restart(); }
void FaultFileSystem::LimitSpace(uint64_t bytes) { disk_->LimitSpace(bytes); }
void FaultFileSystem::FreeSpace() { disk_->LimitSpace(kNever); }
bool FaultFileSystem::ran_full() const { return disk_->ran_full(); }
void FaultFileSystem::FailLogSyncAfter(uint64_t syncs) { disk_->FailLogSyncAfter(syncs); }
bool FaultFileSystem::sync_failed() const { return disk_->sync_failed(); }

}  // namespace yilan::storage
