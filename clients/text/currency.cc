#include "clients/text/currency.h"

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace yilan {
namespace {

// ISO 4217 list one, active codes with a minor unit, in alphabetical order.
constexpr char kZeroDecimals[][4] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                     "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr char kThreeDecimals[][4] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr char kFourDecimals[][4] = {"CLF", "UYW"};
constexpr char kTwoDecimals[][4] = {
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF",
    "CHE", "CHF", "CHW", "CNY", "COP", "COU", "CRC", "CUC", "CUP", "CVE", "CZK", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ",
    "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR",
    "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK",
    "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO",
    "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC",
    "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "USN",
    "UYU", "UZS", "VED", "VES", "WST", "XCD", "YER", "ZAR", "ZMW", "ZWL"};

template <size_t kSize>
bool Contains(const char (&codes)[kSize][4], absl::string_view code) {
  return std::binary_search(
      std::begin(codes), std::end(codes), code,
      [](absl::string_view left, absl::string_view right) { return left < right; });
}

// Enough for 10^15 minor units, the most that Money takes, with room to reject what is above.
constexpr size_t kMostDigits = 18;

}  // namespace

std::optional<int> CurrencyDecimals(absl::string_view currency_code) {
  if (Contains(kTwoDecimals, currency_code)) return 2;
  if (Contains(kZeroDecimals, currency_code)) return 0;
  if (Contains(kThreeDecimals, currency_code)) return 3;
  if (Contains(kFourDecimals, currency_code)) return 4;
  return std::nullopt;
}

absl::StatusOr<int64_t> ParseDecimal(absl::string_view text, int decimals,
                                     const DecimalStyle& style) {
  const auto error = [](absl::string_view message) { return absl::InvalidArgumentError(message); };
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);

  int64_t value = 0;
  size_t digits = 0;  // Of `value`, without leading zeros.
  int places = -1;    // Digits after the separator, -1 before it.
  size_t group = 0;   // Digits since the last group separator.
  bool grouped = false;
  bool any_digit = false;
  char first_dropped = '\0';  // The digit behind the smallest unit.
  bool more_dropped = false;  // Something other than zero behind that.
  for (const char c : text) {
    if (c == style.decimal_separator && places < 0) {
      if (grouped && group != 3) return error("has a group of other than three digits");
      places = 0;
      continue;
    }
    if (style.group_separator != '\0' && c == style.group_separator && places < 0) {
      if (!any_digit || group > 3 || (grouped && group != 3)) {
        return error("has a group of other than three digits");
      }
      grouped = true;
      group = 0;
      continue;
    }
    if (c < '0' || c > '9') {
      return error(absl::StrCat("is not a decimal number; write it as 1234",
                                std::string(1, style.decimal_separator), "50"));
    }
    any_digit = true;
    ++group;
    if (places >= decimals) {
      if (places == decimals) {
        first_dropped = c;
      } else if (c != '0') {
        more_dropped = true;
      }
      ++places;
      continue;
    }
    if (places >= 0) ++places;
    if (digits > 0 || c != '0') ++digits;
    if (digits > kMostDigits) return error("is too large");
    value = value * 10 + (c - '0');
  }
  if (!any_digit) return error("is not a decimal number");
  if (grouped && places < 0 && group != 3) return error("has a group of other than three digits");
  for (int place = places < 0 ? 0 : places; place < decimals; ++place) {
    if (value != 0 && ++digits > kMostDigits) return error("is too large");
    value *= 10;
  }
  if ((first_dropped != '\0' && first_dropped != '0') || more_dropped) {
    switch (style.rounding) {
      case Rounding::kReject:
        return error(absl::StrCat("has more than ", decimals,
                                  " decimals; round it, or say how with `round`"));
      case Rounding::kHalfUp:
        if (first_dropped >= '5') ++value;
        break;
      case Rounding::kHalfEven:
        if (first_dropped > '5' || (first_dropped == '5' && (more_dropped || value % 2 != 0))) {
          ++value;
        }
        break;
    }
  }
  return negative ? -value : value;
}

std::string FormatCount(int64_t count) {
  const std::string digits = count < 0 ? absl::StrCat(count).substr(1) : absl::StrCat(count);
  std::string result;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result.push_back(',');
    result.push_back(digits[i]);
  }
  return count < 0 ? absl::StrCat("-", result) : result;
}

std::string FormatMoney(int64_t minor_units, absl::string_view currency_code) {
  const std::optional<int> decimals = CurrencyDecimals(currency_code);
  if (!decimals.has_value()) {
    return absl::StrCat(FormatCount(minor_units), " minor units of ",
                        currency_code.empty() ? "an unknown currency" : currency_code);
  }
  // Unsigned, so that the most negative number has an absolute value too.
  uint64_t rest =
      minor_units < 0 ? -static_cast<uint64_t>(minor_units) : static_cast<uint64_t>(minor_units);
  std::string fraction(static_cast<size_t>(*decimals), '0');
  for (size_t i = fraction.size(); i-- > 0; rest /= 10) {
    fraction[i] = static_cast<char>('0' + rest % 10);
  }
  return absl::StrCat(minor_units < 0 ? "-" : "", FormatCount(static_cast<int64_t>(rest)),
                      fraction.empty() ? "" : ".", fraction, " ", currency_code);
}

}  // namespace yilan
