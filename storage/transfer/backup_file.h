// Reading backup files, block by block.
//
//   ASSIGN_OR_RETURN(BackupReader reader, BackupReader::Open("yilan.backup"));
//   while (!reader.AtEnd()) {
//     ASSIGN_OR_RETURN(const BackupReader::Block block, reader.Next());
//     ASSIGN_OR_RETURN(const std::string raw, reader.Unpack(block));
//   }
#ifndef YILAN_STORAGE_TRANSFER_BACKUP_FILE_H_
#define YILAN_STORAGE_TRANSFER_BACKUP_FILE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/transfer/backup_blocks.h"
#include "storage/transfer/store_digest.h"

namespace yilan::storage::transfer {

// A file descriptor that closes itself.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnedFd();
  int get() const { return fd_; }

 private:
  int fd_;
};

// UNAVAILABLE or, for a full disk, RESOURCE_EXHAUSTED with what the system says: "FILE: No space
// left on device".
absl::Status FileError(absl::string_view path);

// Errors name the file and the byte. Not thread-safe.
class BackupReader {
 public:
  struct Block {
    BlockHeader header;
    uint64_t offset = 0;  // Of its first byte in the file …
    uint64_t end = 0;     // … and of the first behind it.
    std::string stored;
  };

  // Opens a file and reads its header. NOT_FOUND, DATA_LOSS, UNAVAILABLE.
  static absl::StatusOr<BackupReader> Open(const std::string& path);
  // The same of a file that is open; `fd` stays the caller's and outlives the reader.
  static absl::StatusOr<BackupReader> Read(int fd, const std::string& path);

  // The next block, with its hash checked. DATA_LOSS at the first byte that is not as written.
  absl::StatusOr<Block> Next();
  // Reads a block again that Next() has returned, whatever is next.
  absl::StatusOr<Block> At(uint64_t offset);
  absl::StatusOr<std::string> Unpack(const Block& block) const;
  // There is nothing behind the last block.
  bool AtEnd() const { return at_ == size_; }

  uint64_t at() const { return at_; }
  uint64_t size() const { return size_; }
  // The hash of the last block.
  const std::string& chain() const { return chain_; }
  const std::string& path() const { return path_; }
  // `status`, with the place where it happened.
  absl::Status Located(const absl::Status& status, uint64_t offset) const;

 private:
  BackupReader(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  absl::Status ReadHeader();
  absl::StatusOr<std::string> ReadBytes(uint64_t offset, size_t size) const;

  OwnedFd owned_;
  int fd_;
  std::string path_;
  uint64_t size_ = 0;
  uint64_t at_ = 0;
  std::string chain_;
};

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_BACKUP_FILE_H_
