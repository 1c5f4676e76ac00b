// What e-mail addresses tell of names and years of birth.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "core/matching/comparison.h"

namespace yilan::core {
namespace {

// Less stands in many addresses by chance.
constexpr size_t kLeastLetters = 3;
constexpr size_t kLeastName = 4;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

absl::string_view LocalPart(absl::string_view email) { return email.substr(0, email.rfind('@')); }

std::string LettersOf(absl::string_view text) {
  std::string letters;
  std::copy_if(text.begin(), text.end(), std::back_inserter(letters), &IsLetter);
  return letters;
}

}  // namespace

Level CompareNameWithEmail(absl::string_view family, absl::string_view given,
                           absl::string_view email) {
  const std::string letters = LettersOf(LocalPart(email));
  const std::string family_letters = LettersOf(family);
  const std::string given_letters = LettersOf(given);
  if (letters.size() < kLeastLetters || given_letters.empty()) return Level::kNotCompared;
  const auto contains = [&letters](const std::string& part) {
    return part.size() >= kLeastName && letters.find(part) != std::string::npos;
  };
  if (!family_letters.empty() &&
      (contains(family_letters + given_letters) || contains(given_letters + family_letters))) {
    return Level::kExact;
  }
  // The initial at the end: zhangx is 张霞, and zhangxiu is not.
  if (contains(given_letters) ||
      (!family_letters.empty() && letters == family_letters + given_letters.substr(0, 1))) {
    return Level::kContained;
  }
  return Level::kDifferent;
}

Level CompareBirthDateWithEmail(absl::string_view birth_date, absl::string_view email) {
  constexpr size_t kYear = 4;
  const absl::string_view local = LocalPart(email);
  if (birth_date.size() < kYear || local.empty() || !IsLetter(local.front())) {
    return Level::kNotCompared;
  }
  size_t digits = local.size();
  while (digits > 0 && IsDigit(local[digits - 1])) --digits;
  const absl::string_view number = local.substr(digits);
  const absl::string_view year = birth_date.substr(0, kYear);
  if (number.size() == 2) {
    return number == year.substr(2) ? Level::kContained : Level::kPartial;
  }
  // 1985, 198507 and 19850723, but not 38124071.
  constexpr absl::string_view kFirstYear = "1930";
  constexpr absl::string_view kLastYear = "2019";
  if (number.size() < kYear || number.size() > 8) return Level::kNotCompared;
  const absl::string_view stated = number.substr(0, kYear);
  if (stated < kFirstYear || stated > kLastYear) return Level::kNotCompared;
  return stated == year ? Level::kExact : Level::kDifferent;
}

}  // namespace yilan::core
