#include "core/identity/social_credit_code.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "core/identity/chinese_regions.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

constexpr size_t kLength = 18;
constexpr size_t kOrganizationCodeStart = 8;
constexpr size_t kOrganizationCodeLength = 9;
constexpr absl::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

// The departments that register, and the sorts of organization of each (GB 32100-2015, table 2; N
// for rural collectives since 2018).
bool HasDepartment(absl::string_view number) {
  switch (number[0]) {
    case '1':  // Bodies of the state and public institutions.
    case '5':  // Civil affairs: associations, private institutions, foundations, villages.
      return absl::StrContains("1234569", number[1]);
    case '9':  // Companies, sole traders, cooperatives.
    case 'N':
      return absl::StrContains("1239", number[1]);
    case '2':  // Foreign affairs.
    case '3':  // Justice.
    case '4':  // Culture.
    case '6':  // Tourism.
    case '7':  // Religion.
    case '8':  // Trade unions.
    case 'A':  // The armed forces.
    case 'G':  // Civil air defence.
    case 'Y':  // Others.
      return absl::ascii_isdigit(static_cast<unsigned char>(number[1]));
    default:
      return false;
  }
}

}  // namespace

char SocialCreditCodeCheckCharacter(absl::string_view code) {
  size_t sum = 0;
  size_t weight = 1;
  for (size_t i = 0; i + 1 < kLength; ++i) {
    const size_t value = kAlphabet.find(code[i]);
    if (value == absl::string_view::npos) return '\0';
    sum += value * weight;
    weight = weight * 3 % 31;
  }
  return kAlphabet[(31 - sum % 31) % 31];
}

char OrganizationCodeCheckCharacter(absl::string_view code) {
  constexpr size_t kWeights[] = {3, 7, 9, 10, 5, 8, 4, 2};
  size_t sum = 0;
  for (size_t i = 0; i + 1 < kOrganizationCodeLength; ++i) {
    const auto c = static_cast<unsigned char>(code[i]);
    if (absl::ascii_isdigit(c)) {
      sum += kWeights[i] * static_cast<size_t>(c - '0');
    } else if (absl::ascii_isupper(c)) {
      sum += kWeights[i] * static_cast<size_t>(c - 'A' + 10);
    } else {
      return '\0';
    }
  }
  const size_t check = 11 - sum % 11;
  return check == 10 ? 'X' : static_cast<char>('0' + check % 11);
}

bool LooksLikeSocialCreditCode(absl::string_view number) {
  return number.size() == kLength && HasDepartment(number) &&
         std::all_of(number.begin(), number.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_isdigit(byte) || absl::ascii_isupper(byte);
         });
}

std::optional<SocialCreditCode> ParseSocialCreditCode(absl::string_view number) {
  if (!LooksLikeSocialCreditCode(number) || !AreDigits(number.substr(2, 6)) ||
      !(number.substr(2, 2) == "10" || IsProvinceCode(number.substr(2, 2))) ||
      SocialCreditCodeCheckCharacter(number) != number.back()) {
    return std::nullopt;
  }
  const absl::string_view code = number.substr(kOrganizationCodeStart, kOrganizationCodeLength);
  if (OrganizationCodeCheckCharacter(code) != code.back()) return std::nullopt;
  return SocialCreditCode{std::string(number), std::string(code)};
}

}  // namespace yilan::core
