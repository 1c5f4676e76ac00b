// Variable-length integers in base 128, as protobuf writes them, and bytes with their length before
// them. Readers trust their input.
#ifndef YILAN_STORAGE_MEMORY_VARINT_H_
#define YILAN_STORAGE_MEMORY_VARINT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace yilan::storage::memory {

inline void PutVarint(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Reads at `at` and moves it behind what was read.
inline uint64_t TakeVarint(const char*& at) {
  uint64_t value = static_cast<uint8_t>(*at++);
  if (value < 0x80) return value;
  value &= 0x7f;
  for (int shift = 7;; shift += 7) {
    const uint64_t byte = static_cast<uint8_t>(*at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

// Signed values near zero are short: 0, -1, 1, -2 … become 0, 1, 2, 3 …
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
// The difference of any two times; wraps, and so does AddWrapping.
inline int64_t SubtractWrapping(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
inline int64_t AddWrapping(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

inline void PutBytes(absl::string_view bytes, std::string& out) {
  PutVarint(bytes.size(), out);
  out.append(bytes.data(), bytes.size());
}
inline absl::string_view TakeBytes(const char*& at) {
  const uint64_t size = TakeVarint(at);
  const absl::string_view bytes(at, size);
  at += size;
  return bytes;
}

// Eight bytes whose bytewise order is the order of the values.
inline void PutBigEndian(uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}
inline uint64_t TakeBigEndian(const char*& at) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<uint8_t>(*at++);
  return value;
}

// Bytes of any content with an end that sorts before every continuation: NUL becomes 00 FF, and
// 00 01 ends them. What follows is compared only between equal bytes.
inline void PutOrdered(absl::string_view bytes, std::string& out) {
  for (const char byte : bytes) {
    out.push_back(byte);
    if (byte == '\0') out.push_back('\xff');
  }
  out.push_back('\0');
  out.push_back('\x01');
}
inline std::string TakeOrdered(const char*& at) {
  std::string bytes;
  while (true) {
    if (*at != '\0') {
      bytes.push_back(*at++);
      continue;
    }
    const char mark = at[1];
    at += 2;
    if (mark == '\x01') return bytes;
    bytes.push_back('\0');
  }
}

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_VARINT_H_
