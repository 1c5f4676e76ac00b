#include "core/quality/validity.h"

#include <arpa/inet.h>

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "core/identity/email_address.h"
#include "core/identity/identifiers.h"
#include "core/identity/phone_number.h"
#include "core/identity/placeholders.h"
#include "core/identity/resident_id.h"
#include "core/identity/social_credit_code.h"

namespace yilan::core {
namespace {

constexpr int kOldestAge = 130;

Validity ValidIf(bool valid) { return valid ? Validity::kValid : Validity::kInvalid; }

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

// The check digit of ISO/IEC 7812 (Luhn): over all digits, the last one included.
bool HasCheckDigit(absl::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (size_t i = digits.size(); i-- > 0;) {
    int digit = digits[i] - '0';
    if (twice) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    twice = !twice;
  }
  return sum % 10 == 0;
}

bool IsDomainLabel(absl::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
    return false;
  }
  return std::all_of(label.begin(), label.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '-' || absl::ascii_isalnum(byte) || !absl::ascii_isascii(byte);
  });
}

bool IsEmailAddress(absl::string_view address) {
  const std::vector<absl::string_view> sides = absl::StrSplit(address, '@');
  if (sides.size() != 2 || sides[0].empty() || sides[0].size() > 64) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(sides[1], '.');
  return labels.size() >= 2 && std::all_of(labels.begin(), labels.end(), IsDomainLabel) &&
         !IsPlaceholderEmailAddress(address);
}

Validity ValidityOfNationalId(absl::string_view number, int today) {
  if (ParseResidentId(number, today).has_value()) return Validity::kValid;
  if (ParseSocialCreditCode(number).has_value()) return Validity::kValid;
  const bool looks_like_one = LooksLikeResidentId(number) || LooksLikeSocialCreditCode(number) ||
                              (number.size() == 15 && AllDigits(number));
  return looks_like_one ? Validity::kInvalid : Validity::kNotChecked;
}

// What the source writes, without what usually stands between digits.
std::string Digits(absl::string_view value) {
  std::string digits;
  for (const char c : value) {
    if (c != ' ' && c != '-' && c != '.') digits.push_back(c);
  }
  return digits;
}

bool IsImei(const std::string& digits) {
  if (!AllDigits(digits) || digits.size() < 14 || digits.size() > 16) return false;
  return digits.size() != 15 || digits.back() == '0' || HasCheckDigit(digits);
}

bool IsIccid(absl::string_view number) {
  if (!absl::StartsWith(number, "89") || number.size() < 18 || number.size() > 20) return false;
  return AllDigits(number) && (number.size() != 19 || HasCheckDigit(number));
}

bool IsIpAddress(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

Validity ValidityOfName(absl::string_view name, v1::PartyType party_type) {
  const std::string folded = FoldName(name);
  const auto is_letter = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_isalpha(byte) || !absl::ascii_isascii(byte);
  };
  if (!std::any_of(folded.begin(), folded.end(), is_letter) || SaysNothing(folded)) {
    return Validity::kInvalid;
  }
  return ValidIf(party_type == v1::PARTY_TYPE_ORGANIZATION ||
                 std::none_of(folded.begin(), folded.end(), IsDigit));
}

Validity ValidityOfBirthDate(absl::string_view date, int today) {
  const std::vector<absl::string_view> parts = absl::StrSplit(date, '-');
  int year = 0;
  int month = 0;
  int day = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &year) ||
      !absl::SimpleAtoi(parts[1], &month) || !absl::SimpleAtoi(parts[2], &day) ||
      !IsCalendarDay(year, month, day)) {
    return Validity::kInvalid;
  }
  const int number = year * 10000 + month * 100 + day;
  return ValidIf(number <= today && number >= today - kOldestAge * 10000);
}

Validity ValidityOfIdentifier(v1::IdentifierType type, absl::string_view value,
                              absl::string_view normalized, int today) {
  switch (type) {
    case v1::IDENTIFIER_TYPE_MSISDN:
      return ValidIf(IsCompletePhoneNumber(normalized) && !IsPlaceholderPhoneNumber(normalized));
    case v1::IDENTIFIER_TYPE_EMAIL:
      return ValidIf(IsEmailAddress(normalized));
    case v1::IDENTIFIER_TYPE_NATIONAL_ID:
      return ValidityOfNationalId(normalized, today);
    case v1::IDENTIFIER_TYPE_IMSI:
      return ValidIf(AllDigits(normalized) && (normalized.size() == 14 || normalized.size() == 15));
    case v1::IDENTIFIER_TYPE_ICCID:
      return ValidIf(IsIccid(normalized));
    case v1::IDENTIFIER_TYPE_IMEI:
      return ValidIf(IsImei(Digits(value)));
    case v1::IDENTIFIER_TYPE_IP_ADDRESS:
      return ValidIf(IsIpAddress(std::string(normalized)));
    default:
      return Validity::kNotChecked;
  }
}

}  // namespace yilan::core
