// The bytes that stored values are made of: varints, byte strings with a length, ids.
//
// A WireParser reads what the Append functions wrote. It never reads past the end and never
// allocates by what the bytes claim, so it may be given anything. Not thread-safe.
//
//   WireParser parser(bytes);
//   const uint64_t revision = parser.Varint();
//   const absl::string_view payload = parser.Bytes();
//   if (!parser.AtEnd()) return Malformed("record");   // Also when anything before failed.
#ifndef YILAN_STORAGE_ROWS_WIRE_H_
#define YILAN_STORAGE_ROWS_WIRE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace yilan::storage::rows {

// Base 128, least significant group first: 1 to 10 bytes.
inline void AppendVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Zigzag: small magnitudes are short whatever their sign.
inline void AppendSigned(std::string& out, int64_t value) {
  AppendVarint(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

inline void AppendBytes(std::string& out, absl::string_view bytes) {
  AppendVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

// Big-endian, so that bytewise order is numeric order.
template <typename Unsigned>
void AppendBigEndian(std::string& out, Unsigned value) {
  for (int shift = 8 * (static_cast<int>(sizeof(Unsigned)) - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

// After the first failure every read gives 0 or nothing, and AtEnd() is false.
class WireParser {
 public:
  explicit WireParser(absl::string_view bytes) : rest_(bytes) {}

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const uint8_t byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;  // Would not fit.
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }
  int64_t Signed() {
    const uint64_t zigzag = Varint();
    return static_cast<int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
  }
  absl::string_view Bytes() { return Fixed(Varint()); }
  absl::string_view Fixed(uint64_t size) {
    if (size > rest_.size()) {
      Fail();
      return {};
    }
    const absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  template <typename IdType>
  IdType IdValue() {
    const absl::string_view bytes = Fixed(IdType::kBytes);
    return failed_ ? IdType{} : IdType::FromBytes(bytes);
  }
  template <typename Unsigned>
  Unsigned BigEndian() {
    Unsigned value = 0;
    for (const char c : Fixed(sizeof(Unsigned))) {
      value = static_cast<Unsigned>(value << 8 | static_cast<uint8_t>(c));
    }
    return value;
  }
  // How many entries of at least `bytes_each` follow; fails when that many cannot be there.
  uint64_t Count(uint64_t bytes_each) {
    const uint64_t count = Varint();
    return count <= rest_.size() / bytes_each ? count : Fail();
  }
  // Everything that was not read yet.
  absl::string_view Rest() { return Fixed(rest_.size()); }

  bool failed() const { return failed_; }
  bool AtEnd() const { return !failed_ && rest_.empty(); }

 private:
  uint64_t Fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  absl::string_view rest_;
  bool failed_ = false;
};

}  // namespace yilan::storage::rows

#endif  // YILAN_STORAGE_ROWS_WIRE_H_
