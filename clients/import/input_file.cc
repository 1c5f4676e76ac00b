#include "clients/import/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace yilan {
namespace {

constexpr size_t kProbeBytes = 64 << 10;

absl::Status CannotRead(const std::string& path, int error) {
  const std::string message = absl::StrCat("cannot read ", path, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    default:
      return absl::UnavailableError(message);
  }
}

absl::Status CheckLooksLikeText(const std::string& path, absl::string_view beginning) {
  const auto error = [&path](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(path, " ", what));
  };
  if (absl::StartsWith(beginning, "\xFF\xFE") || absl::StartsWith(beginning, "\xFE\xFF")) {
    return error("is in UTF-16; convert it first: iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE");
  }
  const absl::string_view gzip = "\x1F\x8B";
  if (absl::StartsWith(beginning, gzip) || absl::StartsWith(beginning, "PK\x03\x04")) {
    return error("is compressed; unpack it first (a spreadsheet: save it as CSV)");
  }
  if (beginning.find('\0') != absl::string_view::npos) {
    return error(
        "looks binary: it has NUL bytes; only CSV and JSON Lines in UTF-8 can be imported");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<size_t> MemorySource::Read(char* buffer, size_t size) {
  const size_t count = std::min(size, rest_.size());
  std::copy_n(rest_.data(), count, buffer);
  rest_.remove_prefix(count);
  return count;
}

uint64_t ExtendFingerprint(uint64_t fingerprint, absl::string_view bytes) {
  for (const char c : bytes) {
    fingerprint = (fingerprint ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return fingerprint;
}

absl::StatusOr<std::unique_ptr<InputFile>> InputFile::Open(const std::string& path) {
  // A named pipe would block here until somebody writes to it.
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return CannotRead(path, errno);
  struct stat facts {};
  if (fstat(descriptor, &facts) != 0) {
    const absl::Status error = CannotRead(path, errno);
    close(descriptor);
    return error;
  }
  std::unique_ptr<InputFile> file(
      new InputFile(path, descriptor, static_cast<uint64_t>(facts.st_size)));
  if (S_ISDIR(facts.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is a directory; name the files in it one by one"));
  }
  if (!S_ISREG(facts.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path,
                     " is not a regular file, so an import could not be resumed; save what "
                     "it holds to a file first"));
  }
  if (facts.st_size == 0) return absl::InvalidArgumentError(absl::StrCat(path, " is empty"));
  std::vector<char> probe(kProbeBytes);
  ASSIGN_OR_RETURN(const size_t count, file->Read(probe.data(), probe.size()));
  RETURN_IF_ERROR(CheckLooksLikeText(path, absl::string_view(probe.data(), count)));
  if (lseek(descriptor, 0, SEEK_SET) < 0) return CannotRead(path, errno);
  return file;
}

InputFile::~InputFile() { close(descriptor_); }

absl::StatusOr<size_t> InputFile::Read(char* buffer, size_t size) {
  while (true) {
    const ssize_t count = read(descriptor_, buffer, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return CannotRead(path_, errno);
  }
}

absl::Status InputFile::GoTo(const InputPosition& position) {
  absl::Status changed = absl::FailedPreconditionError(
      absl::StrCat(path_, " is not the file that it was: the part that was imported has changed"));
  uint64_t fingerprint = kEmptyFingerprint;
  std::vector<char> buffer(256 << 10);
  if (lseek(descriptor_, 0, SEEK_SET) < 0) return CannotRead(path_, errno);
  for (uint64_t rest = position.offset; rest > 0;) {
    ASSIGN_OR_RETURN(const size_t count,
                     Read(buffer.data(), std::min<uint64_t>(buffer.size(), rest)));
    if (count == 0) return changed;
    fingerprint = ExtendFingerprint(fingerprint, absl::string_view(buffer.data(), count));
    rest -= count;
  }
  return fingerprint == position.fingerprint ? absl::OkStatus() : changed;
}

}  // namespace yilan
