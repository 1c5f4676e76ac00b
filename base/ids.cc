#include "base/ids.h"

#include <array>

#include "absl/strings/str_format.h"

namespace yilan {
namespace {

constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kTextLength = 26;

constexpr std::array<int8_t, 256> MakeDigits() {
  std::array<int8_t, 256> digits{};
  for (int8_t& digit : digits) digit = -1;
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    const char c = kAlphabet[i];
    digits[static_cast<uint8_t>(c)] = static_cast<int8_t>(i);
    if (c >= 'A') digits[static_cast<uint8_t>(c - 'A' + 'a')] = static_cast<int8_t>(i);
  }
  return digits;
}
constexpr std::array<int8_t, 256> kDigits = MakeDigits();

uint64_t SystemSeed() {
  std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

}  // namespace

std::string Base32FromId(uint64_t high, uint64_t low) {
  std::string text(kTextLength, '0');
  for (size_t i = kTextLength; i-- > 0;) {
    text[i] = kAlphabet[low & 31];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
  return text;
}

std::optional<std::pair<uint64_t, uint64_t>> IdFromBase32(absl::string_view text) {
  // 26 digits hold 130 bits: a first digit above 7 would not fit.
  if (text.size() != kTextLength || text[0] > '7') return std::nullopt;
  uint64_t high = 0;
  uint64_t low = 0;
  for (const char c : text) {
    const int8_t digit = kDigits[static_cast<uint8_t>(c)];
    if (digit < 0) return std::nullopt;
    high = high << 5 | low >> 59;
    low = low << 5 | static_cast<uint64_t>(digit);
  }
  return std::pair(high, low);
}

IdGenerator::IdGenerator(const Clock& clock) : IdGenerator(clock, SystemSeed()) {}

IdGenerator::IdGenerator(const Clock& clock, uint64_t seed) : clock_(clock), random_(seed) {}

std::pair<uint64_t, uint64_t> IdGenerator::NextParts() {
  const uint64_t millis = static_cast<uint64_t>(clock_.Now() / 1000);
  MutexLock lock(mutex_);
  return {millis << 16 | (random_() & 0xffff), random_()};
}

std::string IdGenerator::NextUuid() {
  uint64_t high = 0;
  uint64_t low = 0;
  {
    MutexLock lock(mutex_);
    high = random_();
    low = random_();
  }
  high = (high & ~uint64_t{0xf000}) | 0x4000;
  low = (low & ~(uint64_t{3} << 62)) | uint64_t{1} << 63;
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, high >> 16 & 0xffff,
                         high & 0xffff, low >> 48, low & 0xffffffffffff);
}

}  // namespace yilan
