#include "tests/identity_data/typing_errors.h"

#include <opencc/SimpleConverter.hpp>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"

namespace yilan::identity_data {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

}  // namespace

std::string WithAnotherDigit(std::string text, Random& random) {
  std::vector<size_t> places;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsDigit(text[i])) places.push_back(i);
  }
  if (places.empty()) return text;
  char& digit = text[places[random.Below(places.size())]];
  const char before = digit;
  while (digit == before) {
    const int neighbour = before - '0' + (random.Chance(50) ? 1 : 9);
    digit = static_cast<char>(
        '0' + (random.Chance(50) ? neighbour % 10 : static_cast<int>(random.Below(10))));
  }
  return text;
}

std::string WithNeighboursExchanged(std::string text, Random& random) {
  std::vector<size_t> places;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const bool both =
        (IsDigit(text[i]) && IsDigit(text[i + 1])) || (IsLetter(text[i]) && IsLetter(text[i + 1]));
    if (both && text[i] != text[i + 1]) places.push_back(i);
  }
  if (places.empty()) return text;
  const size_t place = places[random.Below(places.size())];
  std::swap(text[place], text[place + 1]);
  return text;
}

std::string WithMissedLetter(std::string text, Random& random) {
  std::vector<size_t> places;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsLetter(text[i])) places.push_back(i);
  }
  if (places.empty()) return text;
  const size_t place = places[random.Below(places.size())];
  if (random.Chance(50)) {
    text.erase(place, 1);
  } else {
    text.insert(place, 1, text[place]);
  }
  return text;
}

std::string InFullWidth(absl::string_view ascii) {
  std::string wide;
  for (const char c : ascii) {
    if (c <= ' ' || c > '~') {
      wide.push_back(c);
      continue;
    }
    // U+FF01 is "!".
    const unsigned point = 0xff01 + static_cast<unsigned>(c - '!');
    wide.push_back(static_cast<char>(0xe0 | point >> 12));
    wide.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3f)));
    wide.push_back(static_cast<char>(0x80 | (point & 0x3f)));
  }
  return wide;
}

std::string InTraditionalCharacters(const std::string& simplified) {
  static const auto* const kConverter = new opencc::SimpleConverter("s2t.json");
  return kConverter->Convert(simplified);
}

}  // namespace yilan::identity_data
