#include "storage/transfer/backup_sink.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/transfer/backup_digest.h"
#include "storage/transfer/sha256.h"

namespace yilan::storage::transfer {
namespace {

// What is not on the disk yet is lost in a power cut, and read again.
constexpr uint64_t kBytesBetweenSyncs = uint64_t{256} << 20;
constexpr size_t kRequestsPerPage = 1000;

}  // namespace

BackupSink::BackupSink(std::string path, Control& control)
    : path_(std::move(path)), part_(absl::StrCat(path_, ".part")), control_(control) {}

absl::StatusOr<std::optional<CopyState>> BackupSink::Begin(absl::string_view source) {
  source_ = std::string(source);
  if (access(path_.c_str(), F_OK) == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " is there already; name another file, or remove it first"));
  }
  // What is in it is personal data.
  fd_ = OwnedFd(open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (fd_.get() < 0) return FileError(part_);
  if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(part_, ": another process is writing this backup"));
  }
  ASSIGN_OR_RETURN(std::optional<CopyState> state, Resume());
  if (!state.has_value()) RETURN_IF_ERROR(StartAnew());
  return state;
}

absl::StatusOr<std::optional<CopyState>> BackupSink::Resume() {
  struct stat status;
  if (fstat(fd_.get(), &status) != 0) return FileError(part_);
  if (status.st_size == 0) return std::nullopt;
  absl::StatusOr<BackupReader> reader = BackupReader::Read(fd_.get(), part_);
  if (!reader.ok()) {
    // The header is written first: a file that is shorter was cut off there, another is not ours.
    if (static_cast<size_t>(status.st_size) < kFileHeaderBytes) return std::nullopt;
    return absl::FailedPreconditionError(
        absl::StrCat(reader.status().message(), "; remove it, or name another file"));
  }
  std::optional<CopyState> state;
  bool started = false;
  while (!reader->AtEnd()) {
    if (control_.StopRequested()) return Stopped();
    // Behind the first byte that is not whole there is nothing of use.
    const absl::StatusOr<BackupReader::Block> block = reader->Next();
    if (absl::IsDataLoss(block.status())) break;
    RETURN_IF_ERROR(block.status());
    if (block->header.type == BlockType::kStart) {
      ASSIGN_OR_RETURN(const std::string source, reader->Unpack(*block));
      if (source != source_) {
        return absl::FailedPreconditionError(absl::StrCat(part_, " is an unfinished backup of ",
                                                          source, ", not of ", source_,
                                                          "; remove it, or name another file"));
      }
      started = true;
    }
    if (block->header.type != BlockType::kCheckpoint || !started) continue;
    ASSIGN_OR_RETURN(const std::string raw, reader->Unpack(*block));
    ASSIGN_OR_RETURN(state, ParseState(raw));
    size_ = reader->at();
    chain_ = reader->chain();
  }
  if (state.has_value()) RETURN_IF_ERROR(Truncate(size_));
  return state;
}

absl::Status BackupSink::StartAnew() {
  RETURN_IF_ERROR(Truncate(0));
  raw_.clear();
  const std::string header = FileHeader();
  chain_ = Sha256({header});
  RETURN_IF_ERROR(WriteBytes(header));
  return WriteBlock(BlockType::kStart, source_);
}

absl::Status BackupSink::Truncate(uint64_t size) {
  if (ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return FileError(part_);
  size_ = size;
  synced_ = 0;
  return absl::OkStatus();
}

absl::Status BackupSink::WriteBytes(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(part_);
    bytes.remove_prefix(static_cast<size_t>(written));
    size_ += static_cast<uint64_t>(written);
  }
  return absl::OkStatus();
}

absl::Status BackupSink::WriteBlock(BlockType type, absl::string_view raw) {
  return WriteBytes(EncodeBlock(type, raw, chain_));
}

absl::Status BackupSink::FlushEntries() {
  if (raw_.empty()) return absl::OkStatus();
  const absl::Status status = WriteBlock(BlockType::kEntries, raw_);
  raw_.clear();
  return status;
}

absl::Status BackupSink::Add(ExportEntry entry) {
  AppendEntry(entry, raw_);
  return raw_.size() < kBlockBytes ? absl::OkStatus() : FlushEntries();
}

absl::Status BackupSink::Commit(const CopyState& state) {
  RETURN_IF_ERROR(FlushEntries());
  RETURN_IF_ERROR(WriteBlock(BlockType::kCheckpoint, EncodeState(state)));
  if (size_ - synced_ < kBytesBetweenSyncs) return absl::OkStatus();
  synced_ = size_;
  return fdatasync(fd_.get()) == 0 ? absl::OkStatus() : FileError(part_);
}

absl::Status BackupSink::Restart(CopyState& state) {
  state = {.source = state.source, .run = state.run};
  return StartAnew();
}

absl::StatusOr<std::vector<RecordKey>> BackupSink::RecordsOf(absl::Span<const SubjectId>) {
  return absl::InternalError("a backup file is not compared with");
}

absl::Status BackupSink::SetRequests(RequestPages pages) {
  RequestKey after;
  for (bool more = true; more;) {
    size_t visited = 0;
    RETURN_IF_ERROR(pages(after, kRequestsPerPage, [&](const ExportEntry& entry) {
      ++visited;
      after = std::get<std::pair<RequestKey, StoredRequest>>(entry).first;
      return Add(entry);
    }));
    more = visited == kRequestsPerPage;
  }
  return absl::OkStatus();
}

absl::Status BackupSink::Finish(const CopyState&) {
  RETURN_IF_ERROR(FlushEntries());
  if (fsync(fd_.get()) != 0) return FileError(part_);
  // Read back, so that what is called a backup is known to be one.
  ASSIGN_OR_RETURN(BackupReader reader, BackupReader::Read(fd_.get(), part_));
  ASSIGN_OR_RETURN(const BackupIndex index, ReadIndex(reader, control_));
  ASSIGN_OR_RETURN(const StoreDigest digest, DigestOfEntries(reader, index, control_));
  end_ = {.counts = digest.counts(), .digest = digest.Hex()};
  RETURN_IF_ERROR(WriteBlock(BlockType::kEnd, EncodeEnd(end_)));
  if (fsync(fd_.get()) != 0) return FileError(part_);
  return Publish();
}

absl::Status BackupSink::Publish() {
  // Unlike rename(), link() does not replace what somebody else has put there meanwhile.
  if (link(part_.c_str(), path_.c_str()) != 0) {
    if (errno == EEXIST) {
      return absl::FailedPreconditionError(
          absl::StrCat(path_, " appeared meanwhile; the backup is whole, in ", part_));
    }
    // A file system without links.
    if (rename(part_.c_str(), path_.c_str()) != 0) return FileError(path_);
  } else if (unlink(part_.c_str()) != 0) {
    return FileError(part_);
  }
  const size_t slash = path_.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const OwnedFd opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || fsync(opened.get()) != 0) return FileError(directory);
  return absl::OkStatus();
}

}  // namespace yilan::storage::transfer
