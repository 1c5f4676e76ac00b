#include "core/identity/identifiers.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/identity/email_address.h"
#include "core/identity/phone_number.h"
#include "core/identity/resident_id.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

std::string Iccid(absl::string_view value) {
  std::string digits = absl::AsciiStrToUpper(Without(value, "-."));
  if (digits.size() == 20 && digits.back() == 'F') digits.pop_back();
  return digits;
}

std::string Imei(absl::string_view value) {
  std::string digits = absl::AsciiStrToUpper(Without(value, "-./"));
  if (AreDigits(digits) && (digits.size() == 15 || digits.size() == 16)) digits.resize(14);
  return digits;
}

std::string NationalId(absl::string_view value) {
  std::string number = absl::AsciiStrToUpper(Without(value, "-.()"));
  const std::optional<std::string> rewritten = ResidentIdOf18Characters(number);
  return rewritten.has_value() ? *rewritten : number;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string OntSerial(absl::string_view value) {
  std::string serial = absl::AsciiStrToUpper(Without(value, "-:"));
  if (serial.size() != 16) return serial;
  std::string vendor;
  for (size_t i = 0; i < 16; i += 2) {
    const int high = HexDigit(serial[i]);
    const int low = HexDigit(serial[i + 1]);
    if (high < 0 || low < 0) return serial;
    if (i < 8) vendor.push_back(static_cast<char>(high * 16 + low));
  }
  if (!std::all_of(vendor.begin(), vendor.end(), absl::ascii_isupper)) return serial;
  return absl::StrCat(vendor, serial.substr(8));
}

std::string IpAddress(absl::string_view value) {
  std::string text = absl::AsciiStrToLower(absl::StripAsciiWhitespace(value));
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  std::array<unsigned char, 16> address;
  std::array<char, INET6_ADDRSTRLEN> written;
  int family = AF_INET;
  const unsigned char* bytes = address.data();
  if (inet_pton(AF_INET, text.c_str(), address.data()) != 1) {
    if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1) return text;
    constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(kMapped.begin(), kMapped.end(), address.begin())) {
      bytes += kMapped.size();
    } else {
      family = AF_INET6;
    }
  }
  return inet_ntop(family, bytes, written.data(), written.size());
}

std::string ByType(v1::IdentifierType type, absl::string_view value) {
  switch (type) {
    case v1::IDENTIFIER_TYPE_MSISDN:
      return NormalizePhoneNumber(value);
    case v1::IDENTIFIER_TYPE_IMSI:
      return absl::AsciiStrToUpper(Without(value, "-."));
    case v1::IDENTIFIER_TYPE_ICCID:
      return Iccid(value);
    case v1::IDENTIFIER_TYPE_IMEI:
      return Imei(value);
    case v1::IDENTIFIER_TYPE_STB_SERIAL:
      return absl::AsciiStrToUpper(Without(value, "-:"));
    case v1::IDENTIFIER_TYPE_ONT_SERIAL:
      return OntSerial(value);
    case v1::IDENTIFIER_TYPE_ACCOUNT_NUMBER:
    case v1::IDENTIFIER_TYPE_PORT:
      return absl::AsciiStrToUpper(Without(value, ""));
    case v1::IDENTIFIER_TYPE_EMAIL:
      return NormalizeEmailAddress(value);
    case v1::IDENTIFIER_TYPE_NATIONAL_ID:
      return NationalId(value);
    case v1::IDENTIFIER_TYPE_IP_ADDRESS:
      return IpAddress(value);
    default:
      return std::string(absl::StripAsciiWhitespace(value));
  }
}

}  // namespace

std::string NormalizeIdentifier(v1::IdentifierType type, absl::string_view value) {
  std::string normalized = ByType(type, FoldWidth(value));
  const bool says_something = std::any_of(normalized.begin(), normalized.end(), [](char c) {
    return absl::ascii_isalnum(c) || !absl::ascii_isascii(c);
  });
  if (!says_something) return "";
  if (normalized.size() > kMaxNormalizedBytes) {
    size_t end = kMaxNormalizedBytes;
    while (end > 0 && (static_cast<unsigned char>(normalized[end]) & 0xc0) == 0x80) --end;
    normalized.resize(end);
    absl::StripTrailingAsciiWhitespace(&normalized);
  }
  return normalized;
}

}  // namespace yilan::core
