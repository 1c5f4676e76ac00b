#include "storage/rocksdb/database.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "storage/rocksdb/family_options.h"
#include "storage/rows/counters.h"
#include "storage/rows/wire.h"

namespace yilan::storage::rocks {
namespace {

// Below this many rows in the write buffers, reading the log at the next start is quicker than
// writing table files now.
constexpr uint64_t kFlushAtCloseRows = 50'000;

// A file that says that a store is here, or was. RocksDB leaves alone what it does not know.
constexpr absl::string_view kMarkerFile = "YILAN";

rocksdb::ReadOptions ReadAt(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  return options;
}

}  // namespace

Database::Database(const RocksDbOptions& options, std::function<void()> on_trouble)
    : options_(options),
      block_cache_(rocksdb::NewLRUCache(options.block_cache_bytes)),
      durability_(std::make_shared<Durability>(!options.unsafe_no_sync, std::move(on_trouble))) {}

Database::~Database() {
  if (db_ == nullptr) return;
  uint64_t buffered = 0;
  db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kNumEntriesActiveMemTable, &buffered);
  if (buffered > kFlushAtCloseRows && durability_->condition() == Durability::Condition::kGood) {
    // Only to spare the next start the reading of the log: whether it succeeds does not matter.
    std::vector<rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
    db_->Flush(rocksdb::FlushOptions(), all).PermitUncheckedError();
  }
  CloseHandles();
  db_->Close().PermitUncheckedError();
}

void Database::CloseHandles() {
  for (rocksdb::ColumnFamilyHandle*& handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    handle = nullptr;
  }
  for (rocksdb::ColumnFamilyHandle* handle : foreign_handles_) {
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  foreign_handles_.clear();
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const RocksDbOptions& options,
                                                         std::function<void()> on_trouble) {
  if (options.directory.empty()) {
    return absl::InvalidArgumentError("the RocksDB store needs a directory");
  }
  std::unique_ptr<Database> database(new Database(options, std::move(on_trouble)));
  RETURN_IF_ERROR(database->OpenFiles());
  RETURN_IF_ERROR(database->CheckFormat());
  return database;
}

absl::Status Database::OpenFiles() {
  absl::Status status = OpenWith(rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords);
  if (!absl::IsDataLoss(status)) return status;
  // A power cut can leave the last entries of the log, which nobody was told are durable, with
  // holes in them. That is no loss; damage with good entries behind it is.
  const absl::StatusOr<bool> torn = OnlyTheTailIsTorn();
  if (!torn.ok() || !*torn) return status;
  return OpenWith(rocksdb::WALRecoveryMode::kPointInTimeRecovery);
}

absl::StatusOr<bool> Database::OnlyTheTailIsTorn() {
  ASSIGN_OR_RETURN(const rocksdb::SequenceNumber up_to_damage,
                   NewestReadable(rocksdb::WALRecoveryMode::kPointInTimeRecovery));
  ASSIGN_OR_RETURN(const rocksdb::SequenceNumber beyond_damage,
                   NewestReadable(rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords));
  return up_to_damage == beyond_damage;
}

rocksdb::DBOptions Database::MakeDbOptions(rocksdb::WALRecoveryMode mode) const {
  rocksdb::DBOptions db_options = DbOptions(options_);
  db_options.wal_recovery_mode = mode;
  return db_options;
}

absl::StatusOr<rocksdb::SequenceNumber> Database::NewestReadable(rocksdb::WALRecoveryMode mode) {
  rocksdb::DBOptions db_options = MakeDbOptions(mode);
  db_options.create_if_missing = false;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    const Family family = static_cast<Family>(i);
    families.emplace_back(std::string(FamilyName(family)),
                          FamilyOptions(options_, family, block_cache_));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(db_options, options_.directory, families, &handles, &db);
  if (!status.ok()) return ReadError(status, "opening the store");
  const std::unique_ptr<rocksdb::DB> owner(db);
  const rocksdb::SequenceNumber newest = db->GetLatestSequenceNumber();
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  return newest;
}

absl::Status Database::OpenWith(rocksdb::WALRecoveryMode mode) {
  rocksdb::DBOptions db_options = MakeDbOptions(mode);
  db_options.listeners.push_back(durability_);
  const absl::string_view directory = options_.directory;
  if (const rocksdb::Status status = db_options.env->CreateDirIfMissing(options_.directory);
      !status.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make the directory ", directory,
                     " of the store: check that its parent exists and may be written to"));
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    const Family family = static_cast<Family>(i);
    families.emplace_back(std::string(FamilyName(family)),
                          FamilyOptions(options_, family, block_cache_));
  }
  // RocksDB makes a new database where it finds none, and deletes files that its list does not
  // have: where a store was, that must not happen.
  const bool was_here = IsMarked();
  db_options.create_if_missing = !was_here;
  // Families of another format have to be opened too before its version can be read.
  std::vector<std::string> existing;
  if (rocksdb::DB::ListColumnFamilies(db_options, options_.directory, &existing).ok()) {
    for (const std::string& name : existing) {
      bool ours = false;
      for (size_t i = 0; i < kFamilies; ++i) ours |= name == FamilyName(static_cast<Family>(i));
      if (!ours) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    for (size_t i = 0; was_here && i < kFamilies; ++i) {
      const absl::string_view name = FamilyName(static_cast<Family>(i));
      if (std::find(existing.begin(), existing.end(), name) == existing.end()) return ListIsCut();
    }
  } else if (was_here && !db_options.env->FileExists(FileIn("CURRENT")).ok()) {
    return ListIsCut();
  }

  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(db_options, options_.directory, families, &handles, &db);
  if (!status.ok()) {
    if (status.IsIOError() && absl::StrContains(status.ToString(), "LOCK")) {
      return absl::FailedPreconditionError(
          absl::StrCat("the store in ", directory,
                       " is in use: another process, or another store of this one, has it open"));
    }
    if (status.IsNoSpace()) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the disk is full: the store in ", directory, " cannot be opened"));
    }
    return ReadError(status, absl::StrCat("opening the store in ", directory));
  }
  db_.reset(db);
  for (size_t i = 0; i < handles.size(); ++i) {
    if (i < kFamilies) {
      handles_[i] = handles[i];
    } else {
      foreign_handles_.push_back(handles[i]);
    }
  }
  return absl::OkStatus();
}

std::string Database::FileIn(absl::string_view name) const {
  return absl::StrCat(options_.directory, "/", name);
}

bool Database::IsMarked() const {
  return DbOptions(options_).env->FileExists(FileIn(kMarkerFile)).ok();
}

void Database::Mark() const {
  if (IsMarked()) return;
  // Without it the store is less protected, and no worse: the next start tries again.
  rocksdb::WriteStringToFile(db_->GetEnv(), "A record store of Yilan, in RocksDB's files.\n",
                             FileIn(kMarkerFile), /*should_sync=*/true)
      .PermitUncheckedError();
}

absl::Status Database::ListIsCut() const {
  return absl::DataLossError(absl::StrCat("the list of the store's files in ", options_.directory,
                                          " is damaged or missing; restore a backup"));
}

absl::Status Database::CheckFormat() {
  rocksdb::PinnableSlice value;
  ASSIGN_OR_RETURN(const bool found, Get(nullptr, Family::kMeta, rows::kFormatRow, value));
  if (!found) {
    if (IsMarked()) return ListIsCut();
    if (db_->GetLatestSequenceNumber() != 0 || !foreign_handles_.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          options_.directory, " holds a RocksDB database that is not a store of Yilan"));
    }
    std::string version;
    rows::AppendVarint(version, rows::kFormatVersion);
    rocksdb::WriteBatch batch;
    batch.Put(handle(Family::kMeta), rows::kFormatRow, version);
    RETURN_IF_ERROR(durability_->Write(*db_, batch));
    Mark();
    return absl::OkStatus();
  }
  rows::WireParser parser(ToView(value));
  const uint64_t version = parser.Varint();
  if (!parser.AtEnd()) return ReadError(rocksdb::Status::Corruption(), "reading the format");
  if (version == rows::kFormatVersion && foreign_handles_.empty()) {
    Mark();
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the store in ", options_.directory, " has format ", version, "; this program reads format ",
      rows::kFormatVersion, ": use the program that wrote it to export, and this one to import"));
}

bool Database::HasSpaceForBuffers() const {
  uint64_t buffered = 0;
  db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &buffered);
  uint64_t space = 0;
  const rocksdb::IOStatus status = db_->GetFileSystem()->GetFreeSpace(
      options_.directory, rocksdb::IOOptions(), &space, /*dbg=*/nullptr);
  return !status.ok() || space > buffered;
}

absl::StatusOr<bool> Database::Get(const rocksdb::Snapshot* snapshot, Family family,
                                   absl::string_view row, rocksdb::PinnableSlice& value) const {
  value.Reset();
  const rocksdb::Status status = db_->Get(ReadAt(snapshot), handle(family), ToSlice(row), &value);
  if (status.ok()) return true;
  if (status.IsNotFound()) return false;
  return ReadError(status, absl::StrCat("reading ", FamilyName(family)));
}

absl::Status Database::GetMany(const rocksdb::Snapshot* snapshot, Family family,
                               absl::Span<const std::string> rows,
                               std::vector<rocksdb::PinnableSlice>& values,
                               std::vector<bool>& found) const {
  values.clear();
  values.resize(rows.size());
  found.assign(rows.size(), false);
  std::vector<rocksdb::Slice> slices(rows.begin(), rows.end());
  std::vector<rocksdb::Status> statuses(rows.size());
  db_->MultiGet(ReadAt(snapshot), handle(family), rows.size(), slices.data(), values.data(),
                statuses.data());
  for (size_t i = 0; i < rows.size(); ++i) {
    found[i] = statuses[i].ok();
    if (!found[i] && !statuses[i].IsNotFound()) {
      return ReadError(statuses[i], absl::StrCat("reading ", FamilyName(family)));
    }
  }
  return absl::OkStatus();
}

std::unique_ptr<rocksdb::Iterator> Database::NewSubjectIterator(const rocksdb::Snapshot* snapshot,
                                                                Family family) const {
  rocksdb::ReadOptions options = ReadAt(snapshot);
  options.prefix_same_as_start = true;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handle(family)));
}

std::unique_ptr<rocksdb::Iterator> Database::NewIterator(const rocksdb::Snapshot* snapshot,
                                                         Family family) const {
  rocksdb::ReadOptions options = ReadAt(snapshot);
  options.total_order_seek = true;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handle(family)));
}

std::unique_ptr<rocksdb::Iterator> Database::NewBulkIterator(const rocksdb::Snapshot* snapshot,
                                                             Family family) const {
  rocksdb::ReadOptions options = ReadAt(snapshot);
  options.total_order_seek = true;
  options.fill_cache = false;
  options.readahead_size = size_t{2} << 20;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handle(family)));
}

}  // namespace yilan::storage::rocks
