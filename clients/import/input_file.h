// A file to import, read once from front to back.
#ifndef YILAN_CLIENTS_IMPORT_INPUT_FILE_H_
#define YILAN_CLIENTS_IMPORT_INPUT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace yilan {

// Bytes from front to back. Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads up to `size` bytes into `buffer`; 0 at the end. Errors name the file.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size) = 0;
};

// Text in memory, for tests and fuzzing; must outlive the source.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(absl::string_view text) : rest_(text) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;

 private:
  absl::string_view rest_;
};

// Where an import stands: what was read up to the end of a row.
struct InputPosition {
  uint64_t offset = 0;  // Bytes.
  uint64_t line = 0;    // Lines, as an editor counts them.
  uint64_t row = 0;     // Data rows.
  // Of all bytes before `offset`: tells whether a file is still the one that was read.
  uint64_t fingerprint = 0;
};

// A hash to compare prefixes of files: FNV-1a, 64 bits. Guards against mistakes, not malice.
// Extending by a and then by b is the same as extending by ab.
uint64_t ExtendFingerprint(uint64_t fingerprint, absl::string_view bytes);
inline constexpr uint64_t kEmptyFingerprint = 0xcbf29ce484222325;

// A regular file that looks like text in UTF-8.
class InputFile final : public ByteSource {
 public:
  // Errors: INVALID_ARGUMENT for a directory or anything that is no regular file, an empty file,
  // one that looks binary (NUL bytes at its beginning) or is in UTF-16; NOT_FOUND and
  // PERMISSION_DENIED. The message names the file and what to do.
  static absl::StatusOr<std::unique_ptr<InputFile>> Open(const std::string& path);
  ~InputFile() override;

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;
  // Goes to a position that an earlier reading reached, after checking that the bytes before it
  // are the same still. Errors: FAILED_PRECONDITION when they are not.
  absl::Status GoTo(const InputPosition& position);

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }

 private:
  InputFile(std::string path, int descriptor, uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

  const std::string path_;
  const int descriptor_;
  const uint64_t size_;
};

}  // namespace yilan

#endif  // YILAN_CLIENTS_IMPORT_INPUT_FILE_H_
