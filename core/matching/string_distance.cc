#include "core/matching/string_distance.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"

namespace yilan::core {
namespace {

constexpr size_t kWordBits = 64;

using Characters = absl::InlinedVector<char32_t, kWordBits>;

uint8_t Byte(char c) { return static_cast<uint8_t>(c); }

bool IsAscii(absl::string_view text) {
  uint64_t bits = 0;
  size_t at = 0;
  for (; at + sizeof(bits) <= text.size(); at += sizeof(bits)) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof(word));
    bits |= word;
  }
  for (; at < text.size(); ++at) bits |= Byte(text[at]);
  return (bits & 0x8080808080808080) == 0;
}

// Which characters a text has, of ASCII: its letters without their case, digits together with what
// has the same low bits.
uint64_t LettersOf(absl::string_view text) {
  uint64_t letters = 0;
  for (const char c : text) letters |= uint64_t{1} << (Byte(c) & 63);
  return letters;
}

// An edit takes away or adds at most one letter to what only one of the texts has; a substitution
// one to each.
bool LettersAllow(absl::string_view a, absl::string_view b, size_t edits) {
  const uint64_t a_letters = LettersOf(a);
  const uint64_t b_letters = LettersOf(b);
  return static_cast<size_t>(std::popcount(a_letters & ~b_letters)) <= edits &&
         static_cast<size_t>(std::popcount(b_letters & ~a_letters)) <= edits;
}

// Takes off what both begin and end with, which no edit needs to touch.
void StripCommon(absl::string_view& a, absl::string_view& b) {
  const size_t shorter = std::min(a.size(), b.size());
  size_t prefix = 0;
  while (prefix < shorter && a[prefix] == b[prefix]) ++prefix;
  a.remove_prefix(prefix);
  b.remove_prefix(prefix);
  size_t suffix = 0;
  while (suffix < shorter - prefix && a[a.size() - 1 - suffix] == b[b.size() - 1 - suffix]) {
    ++suffix;
  }
  a.remove_suffix(suffix);
  b.remove_suffix(suffix);
}

// Bytes of the character at `at`; 1 for what is not UTF-8.
size_t CharacterBytes(absl::string_view text, size_t at) {
  const uint8_t lead = Byte(text[at]);
  const size_t bytes = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
  if (bytes > text.size() - at) return 1;
  for (size_t i = 1; i < bytes; ++i) {
    if ((Byte(text[at + i]) & 0xC0) != 0x80) return 1;
  }
  return bytes;
}

Characters Decode(absl::string_view text) {
  Characters characters;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = CharacterBytes(text, at);
    // The bytes put together tell characters apart as well as their code points do.
    char32_t character = 0;
    for (size_t i = 0; i < bytes; ++i) character = character << 8 | Byte(text[at + i]);
    characters.push_back(character);
    at += bytes;
  }
  return characters;
}

// Where each character stands in a text of at most 64, as a set of bits.
class AsciiPlaces {
 public:
  explicit AsciiPlaces(absl::string_view pattern) {
    places_.fill(0);
    for (size_t i = 0; i < pattern.size(); ++i) places_[Byte(pattern[i])] |= uint64_t{1} << i;
  }
  uint64_t Of(char c) const { return places_[Byte(c)]; }

 private:
  std::array<uint64_t, 128> places_;
};

class WidePlaces {
 public:
  explicit WidePlaces(const Characters& pattern) : pattern_(pattern) {}
  uint64_t Of(char32_t c) const {
    uint64_t places = 0;
    for (size_t i = 0; i < pattern_.size(); ++i) {
      if (pattern_[i] == c) places |= uint64_t{1} << i;
    }
    return places;
  }

 private:
  const Characters& pattern_;
};

// Hyyrö 2003, with the term for transpositions; `size` characters in the pattern, 1 to 64.
template <typename Places, typename Text>
size_t BitVectorDistance(const Places& places, size_t size, const Text& text) {
  const uint64_t last = uint64_t{1} << (size - 1);
  uint64_t vertical_up = ~uint64_t{0};
  uint64_t vertical_down = 0;
  uint64_t diagonal_zero = 0;
  uint64_t previous = 0;
  size_t distance = size;
  for (const auto c : text) {
    const uint64_t match = places.Of(c);
    const uint64_t transposed = ((~diagonal_zero & match) << 1) & previous;
    diagonal_zero =
        (((match & vertical_up) + vertical_up) ^ vertical_up) | match | vertical_down | transposed;
    uint64_t horizontal_up = vertical_down | ~(diagonal_zero | vertical_up);
    uint64_t horizontal_down = diagonal_zero & vertical_up;
    if ((horizontal_up & last) != 0) ++distance;
    if ((horizontal_down & last) != 0) --distance;
    horizontal_up = horizontal_up << 1 | 1;
    horizontal_down <<= 1;
    vertical_up = horizontal_down | ~(diagonal_zero | horizontal_up);
    vertical_down = horizontal_up & diagonal_zero;
    previous = match;
  }
  return distance;
}

// The table row by row, for long texts.
size_t TableDistance(const Characters& a, const Characters& b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

size_t WideDistance(const Characters& a, const Characters& b) {
  const Characters& shorter = a.size() <= b.size() ? a : b;
  const Characters& longer = a.size() <= b.size() ? b : a;
  if (shorter.empty()) return longer.size();
  if (shorter.size() > kWordBits) return TableDistance(shorter, longer);
  return BitVectorDistance(WidePlaces(shorter), shorter.size(), longer);
}

template <typename Text>
double JaroWinklerOf(const Text& a, const Text& b) {
  const size_t longer = std::max(a.size(), b.size());
  const size_t window = longer / 2 > 0 ? longer / 2 - 1 : 0;
  absl::InlinedVector<bool, kWordBits> used(b.size(), false);
  absl::InlinedVector<size_t, kWordBits> partner;  // In b, of each character of a that has one.
  absl::InlinedVector<size_t, kWordBits> matched;  // Those characters of a.
  for (size_t i = 0; i < a.size(); ++i) {
    const size_t begin = i > window ? i - window : 0;
    const size_t end = std::min(b.size(), i + window + 1);
    for (size_t j = begin; j < end; ++j) {
      if (used[j] || a[i] != b[j]) continue;
      used[j] = true;
      matched.push_back(i);
      partner.push_back(j);
      break;
    }
  }
  if (matched.empty()) return 0;
  std::sort(partner.begin(), partner.end());
  size_t out_of_place = 0;
  for (size_t k = 0; k < matched.size(); ++k) {
    if (a[matched[k]] != b[partner[k]]) ++out_of_place;
  }
  const double m = static_cast<double>(matched.size());
  const double jaro = (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) +
                       (m - static_cast<double>(out_of_place) / 2) / m) /
                      3;
  size_t prefix = 0;
  while (prefix < std::min({size_t{4}, a.size(), b.size()}) && a[prefix] == b[prefix]) ++prefix;
  return jaro + 0.1 * static_cast<double>(prefix) * (1 - jaro);
}

}  // namespace

size_t CharacterCount(absl::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at += CharacterBytes(text, at)) ++count;
  return count;
}

size_t EditDistance(absl::string_view a, absl::string_view b) {
  if (a == b) return 0;
  if (a.size() > b.size()) std::swap(a, b);
  if (!IsAscii(a) || !IsAscii(b) || a.size() > kWordBits) return WideDistance(Decode(a), Decode(b));
  if (a.empty()) return b.size();
  return BitVectorDistance(AsciiPlaces(a), a.size(), b);
}

bool WithinEdits(absl::string_view a, absl::string_view b, size_t limit) {
  // An edit changes the length by one character, of at most four bytes.
  const size_t shorter = std::min(a.size(), b.size());
  const size_t longer = std::max(a.size(), b.size());
  if (longer - shorter > 4 * limit) return false;
  if (!IsAscii(a) || !IsAscii(b)) return EditDistance(a, b) <= limit;
  if (longer - shorter > limit) return false;
  StripCommon(a, b);
  if (limit == 1) {
    if (a.size() <= 1 && b.size() <= 1) return true;
    return a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
  }
  return LettersAllow(a, b, limit) && EditDistance(a, b) <= limit;
}

double EditSimilarity(absl::string_view a, absl::string_view b) {
  const size_t longer = std::max(CharacterCount(a), CharacterCount(b));
  if (longer == 0) return 1;
  return 1 - static_cast<double>(EditDistance(a, b)) / static_cast<double>(longer);
}

bool IsSimilar(absl::string_view a, absl::string_view b, double least) {
  if (IsAscii(a) && IsAscii(b)) {
    const double longer = static_cast<double>(std::max(a.size(), b.size()));
    const double edits = (1 - least) * longer + 1e-9;
    if (longer - static_cast<double>(std::min(a.size(), b.size())) > edits) return false;
    if (!LettersAllow(a, b, static_cast<size_t>(edits))) return false;
  }
  return EditSimilarity(a, b) >= least - 1e-9;
}

double JaroWinkler(absl::string_view a, absl::string_view b) {
  if (a.empty() || b.empty()) return 0;
  if (a == b) return 1;
  // Greedy pairing depends on the order of the two; the result must not.
  if (b < a) std::swap(a, b);
  if (IsAscii(a) && IsAscii(b)) return JaroWinklerOf(a, b);
  return JaroWinklerOf(Decode(a), Decode(b));
}

}  // namespace yilan::core
