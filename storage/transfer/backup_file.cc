#include "storage/transfer/backup_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/transfer/sha256.h"

namespace yilan::storage::transfer {

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) close(fd_);
}

absl::Status FileError(absl::string_view path) {
  const int error = errno;
  const std::string text = absl::StrCat(path, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(text);
  return error == ENOENT ? absl::NotFoundError(text) : absl::UnavailableError(text);
}

absl::StatusOr<BackupReader> BackupReader::Open(const std::string& path) {
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return FileError(path);
  ASSIGN_OR_RETURN(BackupReader reader, Read(fd.get(), path));
  reader.owned_ = std::move(fd);
  return reader;
}

absl::StatusOr<BackupReader> BackupReader::Read(int fd, const std::string& path) {
  BackupReader reader(fd, path);
  RETURN_IF_ERROR(reader.ReadHeader());
  return reader;
}

absl::Status BackupReader::ReadHeader() {
  struct stat status;
  if (fstat(fd_, &status) != 0) return FileError(path_);
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path_, " is not a file"));
  }
  size_ = static_cast<uint64_t>(status.st_size);
  if (size_ < kFileHeaderBytes) {
    return Located(absl::DataLossError("the backup ends before it begins"), size_);
  }
  ASSIGN_OR_RETURN(const std::string header, ReadBytes(0, kFileHeaderBytes));
  if (absl::Status checked = CheckFileHeader(header); !checked.ok()) return Located(checked, 0);
  chain_ = Sha256({header});
  at_ = kFileHeaderBytes;
  return absl::OkStatus();
}

absl::Status BackupReader::Located(const absl::Status& status, uint64_t offset) const {
  return absl::Status(status.code(),
                      absl::StrCat(path_, ": ", status.message(), " (at byte ", offset, ")"));
}

absl::StatusOr<std::string> BackupReader::ReadBytes(uint64_t offset, size_t size) const {
  if (offset > size_ || size > size_ - offset) {
    return Located(absl::DataLossError("the backup is cut off"), size_);
  }
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t got =
        pread(fd_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path_);
    if (got == 0) return Located(absl::DataLossError("the backup is cut off"), offset + done);
    done += static_cast<size_t>(got);
  }
  return bytes;
}

absl::StatusOr<BackupReader::Block> BackupReader::At(uint64_t offset) {
  ASSIGN_OR_RETURN(const std::string header, ReadBytes(offset, kBlockHeaderBytes));
  absl::StatusOr<BlockHeader> parsed = ParseBlockHeader(header);
  if (!parsed.ok()) return Located(parsed.status(), offset);
  Block block = {.header = *parsed, .offset = offset};
  ASSIGN_OR_RETURN(block.stored, ReadBytes(offset + kBlockHeaderBytes, parsed->stored_bytes));
  block.end = offset + kBlockHeaderBytes + parsed->stored_bytes + kBlockHashBytes;
  return block;
}

absl::StatusOr<BackupReader::Block> BackupReader::Next() {
  ASSIGN_OR_RETURN(Block block, At(at_));
  ASSIGN_OR_RETURN(const std::string header, ReadBytes(at_, kBlockHeaderBytes));
  ASSIGN_OR_RETURN(const std::string hash, ReadBytes(block.end - kBlockHashBytes, kBlockHashBytes));
  if (Sha256({chain_, header, block.stored}) != hash) {
    return Located(absl::DataLossError("the backup is damaged: a block is not as it was written"),
                   at_);
  }
  chain_ = hash;
  at_ = block.end;
  return block;
}

absl::StatusOr<std::string> BackupReader::Unpack(const Block& block) const {
  absl::StatusOr<std::string> raw = Decompress(block.header, block.stored);
  if (!raw.ok()) return Located(raw.status(), block.offset);
  return raw;
}

}  // namespace yilan::storage::transfer
