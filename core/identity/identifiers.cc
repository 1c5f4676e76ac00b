#include "core/identity/identifiers.h"

#include <arpa/inet.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace yilan::core {
namespace {

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

// U+2010 to U+2015 and U+2212: hyphens, dashes and the minus sign.
bool IsHyphen(absl::string_view three) {
  if (three == "\xe2\x88\x92") return true;
  return three.size() == 3 && three.substr(0, 2) == "\xe2\x80" && three[2] >= '\x90' &&
         three[2] <= '\x95';
}

// U+200B to U+200F and U+FEFF: marks that nobody sees.
bool IsInvisible(absl::string_view three) {
  if (three == "\xef\xbb\xbf") return true;
  return three.size() == 3 && three.substr(0, 2) == "\xe2\x80" && three[2] >= '\x8b' &&
         three[2] <= '\x8f';
}

// Full-width digits, letters and signs become their usual forms; so do the blanks and hyphens that
// word processors put into numbers.
std::string WithoutWidth(absl::string_view value) {
  if (IsAscii(value)) return std::string(value);
  UErrorCode error = U_ZERO_ERROR;
  std::string composed;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(error);
  if (U_SUCCESS(error)) {
    icu::StringByteSink<std::string> sink(&composed);
    nfkc->normalizeUTF8(0, icu::StringPiece(value.data(), static_cast<int32_t>(value.size())), sink,
                        nullptr, error);
  }
  if (U_FAILURE(error)) composed = std::string(value);
  std::string plain;
  for (size_t i = 0; i < composed.size(); ++i) {
    const absl::string_view three = absl::string_view(composed).substr(i, 3);
    if (IsHyphen(three)) {
      plain.push_back('-');
    } else if (!IsInvisible(three)) {
      plain.push_back(composed[i]);
      continue;
    }
    i += 2;
  }
  return plain;
}

std::string Without(absl::string_view text, absl::string_view ignored) {
  std::string kept;
  for (const char c : text) {
    if (!absl::ascii_isspace(c) && !absl::ascii_iscntrl(c) && !absl::StrContains(ignored, c)) {
      kept.push_back(c);
    }
  }
  return kept;
}

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// A mobile number as dialled within China: 1, then 3 to 9, 11 digits in all (Telecommunications
// Network Numbering Plan, MIIT 2017).
bool IsChineseMobile(absl::string_view digits) {
  return digits.size() == 11 && digits[0] == '1' && digits[1] >= '3';
}

// A fixed line with its area code but without the trunk prefix 0: area codes 10 and 2x go with 8
// digits, those of three digits (3xx to 9xx) with 7 or 8.
bool IsChineseFixedLine(absl::string_view digits) {
  if (digits.size() == 10 && (absl::StartsWith(digits, "10") || digits[0] == '2')) return true;
  return (digits.size() == 10 || digits.size() == 11) && digits[0] >= '3';
}

// The international number for digits written without a country code, by the Chinese plan; empty
// when they are no Chinese number.
std::string FromNational(absl::string_view digits) {
  if (IsChineseMobile(digits)) return absl::StrCat("86", digits);
  if (absl::ConsumePrefix(&digits, "0") &&
      (IsChineseMobile(digits) || IsChineseFixedLine(digits))) {
    return absl::StrCat("86", digits);
  }
  return "";
}

// The same for digits that begin with the country code 86.
std::string FromInternational(absl::string_view digits) {
  if (!absl::ConsumePrefix(&digits, "86")) return "";
  // No Chinese number begins with 0: this is the trunk prefix, kept by mistake.
  absl::ConsumePrefix(&digits, "0");
  return IsChineseMobile(digits) || IsChineseFixedLine(digits) ? absl::StrCat("86", digits) : "";
}

std::string Msisdn(absl::string_view value) {
  const std::string lower = absl::AsciiStrToLower(value);
  absl::string_view text = absl::StripLeadingAsciiWhitespace(lower);
  absl::ConsumePrefix(&text, "tel:");
  std::string written = Without(text, "-./");
  bool international = absl::StartsWith(written, "+") || absl::StartsWith(written, "(+");
  // "+44 (0)20 …": the 0 is dialled only within the country.
  const size_t trunk = written.find("(0)");
  if (international && trunk != std::string::npos) written.erase(trunk, 3);
  std::string number = Without(written, "()+");
  if (!AreDigits(number)) return number;
  absl::string_view digits = number;
  if (absl::ConsumePrefix(&digits, "00")) international = true;

  std::string chinese = FromInternational(digits);
  if (chinese.empty() && !international) chinese = FromNational(digits);
  if (!chinese.empty()) return chinese;
  // What would pass for a Chinese number without its "+" keeps it, or "+1 310 555 1234" would be
  // a mobile in China when it is read again.
  const bool misleading = international && !FromNational(digits).empty();
  return absl::StrCat(misleading ? "+" : "", digits);
}

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

std::string Email(absl::string_view value) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(value));
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
      return Msisdn(value);
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
      return Email(value);
    case v1::IDENTIFIER_TYPE_NATIONAL_ID:
      return absl::AsciiStrToUpper(Without(value, "-.()"));
    case v1::IDENTIFIER_TYPE_IP_ADDRESS:
      return IpAddress(value);
    default:
      return std::string(absl::StripAsciiWhitespace(value));
  }
}

}  // namespace

std::string NormalizeIdentifier(v1::IdentifierType type, absl::string_view value) {
  std::string normalized = ByType(type, WithoutWidth(value));
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
