// 128-bit surrogate ids of customers, subjects and the like, never reused.
//
// An id is 16 bytes: 48 bits of milliseconds, then 80 random bits, so that ids made later sort
// later and two servers need not talk to make them (the layout of a ULID,
// https://github.com/ulid/spec). In text it is 26 characters of Crockford's base 32.
//
//   const CustomerId id = ids.Next<CustomerTag>();
//   id.ToString();                       // "01HF7YAT00TSV4RRFFQ69G5FAV"
//   CustomerId::FromString("01HF7YAT00TSV4RRFFQ69G5FAV");
#ifndef YILAN_BASE_IDS_H_
#define YILAN_BASE_IDS_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace yilan {

// Text form of (high, low): 26 characters, upper case.
std::string Base32FromId(uint64_t high, uint64_t low);
// Reads what Base32FromId wrote; case does not matter. Nothing when `text` is not an id.
std::optional<std::pair<uint64_t, uint64_t>> IdFromBase32(absl::string_view text);

// An id of one sort of thing; `Tag` keeps the sorts apart at compile time. The default value is the
// nil id, which names nothing.
template <typename Tag>
struct Id {
  uint64_t high = 0;
  uint64_t low = 0;

  static constexpr size_t kBytes = 16;

  std::string ToString() const { return Base32FromId(high, low); }
  static std::optional<Id> FromString(absl::string_view text) {
    const auto parts = IdFromBase32(text);
    if (!parts.has_value()) return std::nullopt;
    return Id{parts->first, parts->second};
  }
  // Appends the 16 bytes, big-endian, so that bytewise order is the order of ids.
  void AppendTo(std::string& out) const {
    for (const uint64_t half : {high, low}) {
      for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(half >> shift));
    }
  }
  // Reads the 16 bytes that AppendTo wrote; `bytes` has at least 16.
  static Id FromBytes(absl::string_view bytes) {
    const auto half = [bytes](size_t at) {
      uint64_t value = 0;
      for (size_t i = at; i < at + 8; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
      return value;
    };
    return Id{half(0), half(8)};
  }
  bool IsNil() const { return high == 0 && low == 0; }

  friend auto operator<=>(const Id&, const Id&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Id& id) {
    return H::combine(std::move(h), id.high, id.low);
  }
};

// Makes ids. Thread-safe.
class IdGenerator {
 public:
  // Seeds from the operating system.
  explicit IdGenerator(const Clock& clock);
  // The same seed, clock and calls give the same ids, for tests.
  IdGenerator(const Clock& clock, uint64_t seed);

  template <typename Tag>
  Id<Tag> Next() {
    const auto [high, low] = NextParts();
    return Id<Tag>{high, low};
  }

  // A random (version 4) UUID in lower case, as request ids are (RFC 9562).
  std::string NextUuid();

 private:
  std::pair<uint64_t, uint64_t> NextParts();

  const Clock& clock_;
  Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace yilan

#endif  // YILAN_BASE_IDS_H_
