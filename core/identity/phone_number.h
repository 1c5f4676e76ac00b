// Telephone numbers: one way of writing each (ITU-T E.164).
//
//   NormalizePhoneNumber("138-0013-8000");         // "8613800138000"
//   NormalizePhoneNumber("010-62345678 转 8001");  // "861062345678"
//   NormalizePhoneNumber("+44 (0)20 7946 0018");   // "442079460018"
//   NormalizePhoneNumber("+1 (310) 555-1234");     // "+13105551234": a mobile in China without "+"
//
// Numbers that the Chinese numbering plan (MIIT, 2017) knows by their length are read by it, which
// costs some 0.1 µs; all others by libphonenumber, which knows the plans of all countries and costs
// 100 times that. Where both know a number, they agree.
#ifndef YILAN_CORE_IDENTITY_PHONE_NUMBER_H_
#define YILAN_CORE_IDENTITY_PHONE_NUMBER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace yilan::core {

// Digits of the international number, with "+" only where they would pass for another number
// without it. Pure; thread-safe; takes any bytes. Applied to its result it returns the result.
//
// Widths, blanks, hyphens, dots, slashes, parentheses, "tel:" and words around the number do not
// count ("电话：010-62345678（办公室）"), nor does a "(0)" after a country code, nor an extension:
// what follows 转, 分机, "ext", "x", "#", "*", "," or ";" after the number, or a hyphen after a
// complete Chinese one.
//
// "+", "00" or a leading 86 introduce the country code. Without one, these are Chinese: 11 digits
// from 13 to 19 (mobiles), 0 and an area code (fixed lines), and 10 digits from 400 or 800.
// Anything else is a number with its country code where libphonenumber finds it valid, else a
// Chinese one where it finds that valid ("21 6234 5678"). What is no number of any plan stays as
// its digits: short numbers ("10086"), local ones, typing errors. Text that is not a number stays
// without blanks and signs; a text without any letter or digit is empty.
std::string NormalizePhoneNumber(absl::string_view value);

// The numbers in a field for one that holds several: "13800138000/010-62345678". Each as above, in
// their order. One entry where there is but one, or none that is complete; none for nothing.
std::vector<std::string> NormalizePhoneNumbers(absl::string_view value);

// Whether `normalized`, of NormalizePhoneNumber, leads to nobody: fewer than 5 digits, one digit
// again and again, "12345678", or a Chinese mobile whose last eight digits are 0.
bool IsPlaceholderPhoneNumber(absl::string_view normalized);

// Whether `normalized` is a number that can be dialled from abroad: by the Chinese plan's lengths,
// or valid by libphonenumber.
bool IsCompletePhoneNumber(absl::string_view normalized);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_PHONE_NUMBER_H_
