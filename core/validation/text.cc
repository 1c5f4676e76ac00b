#include "core/validation/text.h"

#include <cstdint>
#include <cstring>

namespace yilan::core {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;
constexpr uint64_t kOnes = 0x0101010101010101;

// True when none of the eight bytes is NUL or above 0x7f. The subtraction borrows into the high bit
// of a zero byte; what else it may flag lies above a zero byte.
bool AllPlain(uint64_t bytes) { return (((bytes - kOnes) | bytes) & kHighBits) == 0; }

bool Continues(uint8_t byte) { return (byte & 0xc0) == 0x80; }

// Bytes of the character at `at`, which does not begin with an ASCII byte; 0 when it is none.
size_t SequenceLength(const uint8_t* at, size_t left) {
  const uint8_t lead = at[0];
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return left >= 2 && Continues(at[1]) ? 2 : 0;
  if (left < 3 || !Continues(at[1]) || !Continues(at[2])) return 0;
  if (lead < 0xf0) {
    if (lead == 0xe0 && at[1] < 0xa0) return 0;
    if (lead == 0xed && at[1] > 0x9f) return 0;
    return 3;
  }
  if (left < 4 || !Continues(at[3])) return 0;
  if (lead == 0xf0 && at[1] < 0x90) return 0;
  if (lead == 0xf4 && at[1] > 0x8f) return 0;
  return 4;
}

}  // namespace

size_t CleanTextPrefix(absl::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const size_t size = text.size();
  size_t at = 0;
  while (at < size) {
    if (size - at >= sizeof(uint64_t)) {
      uint64_t eight;
      std::memcpy(&eight, bytes + at, sizeof(eight));
      if (AllPlain(eight)) {
        at += sizeof(eight);
        continue;
      }
    }
    if (bytes[at] == 0) return at;
    if (bytes[at] < 0x80) {
      ++at;
      continue;
    }
    const size_t length = SequenceLength(bytes + at, size - at);
    if (length == 0) return at;
    at += length;
  }
  return size;
}

}  // namespace yilan::core
