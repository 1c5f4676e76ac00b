// Currencies and exact decimal amounts. No floating point anywhere. Thread-safe.
#ifndef YILAN_CLIENTS_TEXT_CURRENCY_H_
#define YILAN_CLIENTS_TEXT_CURRENCY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace yilan {

// Decimal places of a currency's minor unit (ISO 4217): 2 for CNY, 0 for JPY, 3 for KWD. Nothing
// for a code that ISO 4217 does not list, or that has no minor unit (gold, the test currency).
std::optional<int> CurrencyDecimals(absl::string_view currency_code);

// What to do with digits below the smallest unit.
enum class Rounding {
  kReject,    // They are an error, unless they are zeros.
  kHalfUp,    // To the nearest, halves away from zero.
  kHalfEven,  // To the nearest, halves to the even neighbour.
};

// How decimals are written.
struct DecimalStyle {
  char decimal_separator = '.';
  char group_separator = '\0';  // None.
  Rounding rounding = Rounding::kReject;
};

// Reads a decimal number as a count of units of 10^-decimals: "1234.5" with 2 decimals is 123450.
// A sign before it is allowed; exponents, blanks and currency signs are not. Errors:
// INVALID_ARGUMENT, with a message that fits behind the name of a field.
absl::StatusOr<int64_t> ParseDecimal(absl::string_view text, int decimals,
                                     const DecimalStyle& style);

// An amount as people read it: FormatMoney(-123456, "CNY") is "-1,234.56 CNY". A currency that is
// not in ISO 4217 is shown in minor units: "123 minor units of XXX".
std::string FormatMoney(int64_t minor_units, absl::string_view currency_code);

// A count with thousands separated by commas.
std::string FormatCount(int64_t count);

}  // namespace yilan

#endif  // YILAN_CLIENTS_TEXT_CURRENCY_H_
