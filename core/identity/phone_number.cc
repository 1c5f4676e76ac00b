#include "core/identity/phone_number.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr size_t kLongestNumber = 15;  // E.164.
constexpr size_t kLongestServiceNumber = 6;
constexpr size_t kLongestExtension = 6;

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

// Paid for by who is called (800) or by both (400); no area code comes before.
bool IsChineseFreephone(absl::string_view digits) {
  return digits.size() == 10 &&
         (absl::StartsWith(digits, "400") || absl::StartsWith(digits, "800"));
}

// The international number for digits written without a country code, by the Chinese plan; empty
// when they are no Chinese number.
std::string FromNational(absl::string_view digits) {
  if (IsChineseMobile(digits) || IsChineseFreephone(digits)) return absl::StrCat("86", digits);
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

// The digits of the number that libphonenumber reads and finds valid; empty when it does not.
// `region` is that of the caller, "ZZ" for none.
std::string ByLibrary(const std::string& number, const char* region) {
  const PhoneNumberUtil* library = PhoneNumberUtil::GetInstance();
  PhoneNumber parsed;
  if (library->Parse(number, region, &parsed) != PhoneNumberUtil::NO_PARSING_ERROR ||
      !library->IsValidNumber(parsed)) {
    return "";
  }
  std::string formatted;
  library->Format(parsed, PhoneNumberUtil::E164, &formatted);
  return absl::StartsWith(formatted, "+") ? formatted.substr(1) : "";
}

std::string ByPlan(absl::string_view digits) {
  std::string number = FromInternational(digits);
  return number.empty() ? FromNational(digits) : number;
}

// What digits stand for that have no "+" or "00" before them.
std::string FromBareDigits(absl::string_view digits) {
  std::string number = ByPlan(digits);
  if (!number.empty()) return number;
  if (digits.size() > kLongestServiceNumber && digits.size() <= kLongestNumber + 2) {
    number = ByLibrary(absl::StrCat("+", digits), "ZZ");
    if (!number.empty()) {
      // Without the trunk prefix of its country it may look like a Chinese one.
      const std::string chinese = ByPlan(number);
      return absl::StrCat(chinese.empty() || chinese == number ? "" : "+", number);
    }
    number = ByLibrary(std::string(digits), "CN");
  }
  return number.empty() ? std::string(digits) : number;
}

std::string FromDigitsWithCountryCode(absl::string_view digits) {
  std::string number = FromInternational(digits);
  if (number.empty() && digits.size() <= kLongestNumber + 2) {
    number = ByLibrary(absl::StrCat("+", digits), "ZZ");
  }
  return number;
}

bool IsChineseByPlan(absl::string_view digits) { return !ByPlan(digits).empty(); }

bool MayBeInNumber(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c)) || absl::StrContains("+-./() \t", c);
}

size_t CountDigits(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), absl::ascii_isdigit));
}

// The number among words in Chinese ("手机：13800138000（女儿）"): the first piece with the digits
// of one. Other text is left as it is.
absl::string_view AmongWords(absl::string_view text) {
  if (!HasHan(text)) return text;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && MayBeInNumber(text[end])) ++end;
    if (CountDigits(text.substr(at, end - at)) > kLongestServiceNumber) {
      return text.substr(at, end - at);
    }
    at = end + 1;
  }
  return text;
}

// Without what is dialled after the number is connected. `text` is in lower case.
absl::string_view WithoutExtension(absl::string_view text) {
  size_t digits = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) {
      ++digits;
      continue;
    }
    if (digits < 5) continue;
    const absl::string_view rest = text.substr(at);
    if (absl::StrContains("x#*,;", text[at]) || absl::StartsWith(rest, "ext")) {
      return text.substr(0, at);
    }
  }
  // "010-62345678-8001", but not "010-6234-5678".
  const size_t hyphen = text.rfind('-');
  if (hyphen == absl::string_view::npos) return text;
  const size_t after = CountDigits(text.substr(hyphen));
  if (after == 0 || after > kLongestExtension) return text;
  const std::string head = Without(text.substr(0, hyphen), "-./()+");
  absl::string_view dialled = head;
  absl::ConsumePrefix(&dialled, "00");
  const std::string whole = Without(text, "-./()+");
  return AreDigits(head) && IsChineseByPlan(dialled) && !IsChineseByPlan(whole)
             ? text.substr(0, hyphen)
             : text;
}

std::string NormalizeWritten(absl::string_view value) {
  const std::string lower = absl::AsciiStrToLower(FoldWidth(value));
  absl::string_view text = absl::StripLeadingAsciiWhitespace(lower);
  absl::ConsumePrefix(&text, "tel:");
  text = WithoutExtension(AmongWords(text));  // 转 and 分机 are words.
  std::string written = Without(text, "-./");
  bool international = absl::StartsWith(written, "+") || absl::StartsWith(written, "(+");
  const std::string number = Without(written, "()+");
  if (!AreDigits(number)) return number;
  absl::string_view digits = number;
  while (absl::ConsumePrefix(&digits, "00")) international = true;
  if (!international) return FromBareDigits(digits);

  // What would pass for another number without its "+" keeps it, or "+1 310 555 1234" would be a
  // mobile in China when it is read again.
  std::string resolved = FromDigitsWithCountryCode(digits);
  if (!resolved.empty()) {
    const std::string chinese = ByPlan(resolved);
    return absl::StrCat(chinese.empty() || chinese == resolved ? "" : "+", resolved);
  }
  // "+44 (0)20 …": the 0 is dialled only within the country.
  const size_t trunk = written.find("(0)");
  if (trunk != std::string::npos) written.erase(trunk, 3);
  resolved = Without(written, "()+");
  while (absl::StartsWith(resolved, "00")) resolved.erase(0, 2);
  const bool misleading = !resolved.empty() && FromBareDigits(resolved) != resolved;
  return absl::StrCat(misleading ? "+" : "", resolved);
}

}  // namespace

std::string NormalizePhoneNumber(absl::string_view value) {
  if (IsChineseMobile(value) && AreDigits(value)) return absl::StrCat("86", value);
  return NormalizeWritten(value);
}

std::vector<std::string> NormalizePhoneNumbers(absl::string_view value) {
  std::vector<std::string> numbers;
  std::string text;
  const auto separator_at = [&](size_t at) -> size_t {
    if (absl::StrContains("/,;", text[at])) return 1;
    // NFKC makes "," and ";" of the full-width ones, and leaves "、".
    return absl::StartsWith(absl::string_view(text).substr(at), "\xe3\x80\x81") ? 3 : 0;
  };
  if (!AreDigits(value)) text = FoldWidth(value);
  size_t start = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const size_t width = separator_at(at);
    if (width == 0) continue;
    numbers.push_back(NormalizePhoneNumber(absl::string_view(text).substr(start, at - start)));
    start = at + width;
  }
  if (start > 0) {
    numbers.push_back(NormalizePhoneNumber(absl::string_view(text).substr(start)));
    if (std::all_of(numbers.begin(), numbers.end(), IsCompletePhoneNumber)) return numbers;
    numbers.clear();  // The signs were within one number: "010/6234 5678".
  }
  std::string number = NormalizePhoneNumber(value);
  if (!number.empty()) numbers.push_back(std::move(number));
  return numbers;
}

bool IsPlaceholderPhoneNumber(absl::string_view normalized) {
  if (CountDigits(normalized) < 5) return true;
  absl::string_view digits = normalized;
  absl::ConsumePrefix(&digits, "+");
  if (!AreDigits(digits)) return true;
  if (absl::StartsWith("1234567890", digits)) return true;
  absl::string_view national = digits;
  if (digits.size() > 10) absl::ConsumePrefix(&national, "86");
  if (national.find_first_not_of(national[0]) == absl::string_view::npos) return true;
  return IsChineseMobile(national) && absl::EndsWith(national, "00000000");
}

bool IsCompletePhoneNumber(absl::string_view normalized) {
  absl::string_view digits = normalized;
  absl::ConsumePrefix(&digits, "+");
  if (!AreDigits(digits) || digits.size() <= kLongestServiceNumber) return false;
  if (digits.size() == normalized.size() && !FromInternational(digits).empty()) return true;
  return digits.size() <= kLongestNumber && !ByLibrary(absl::StrCat("+", digits), "ZZ").empty();
}

}  // namespace yilan::core
