// The number of a Chinese identity card: GB 11643-1999.
//
//   ParseResidentId("11010519491231002X", 20260101);  // verified: born 19491231, female
//   ResidentIdOf18Characters("110105491231002");      // "11010519491231002X"
//
// Six digits of a region (GB/T 2260), eight of the birth date, three of a sequence that is odd for
// men, and a check character by ISO 7064 MOD 11-2, which finds every single wrong digit and every
// two that changed places. Cards of foreigners with permanent residence (since 2023) begin with 9,
// two digits of the province and three of their country, and go on in the same way. Those of 1989
// to 1999 had 15 digits: two of the year of birth, and no check character.
//
// All functions are pure and thread-safe, and take any text.
#ifndef YILAN_CORE_IDENTITY_RESIDENT_ID_H_
#define YILAN_CORE_IDENTITY_RESIDENT_ID_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace yilan::core {

struct ResidentId {
  std::string number;      // 18 characters, the last in upper case.
  std::string birth_date;  // YYYYMMDD; a day that exists.
  bool is_male = false;
};

// The largest YYYYMMDD, for those who know of no day by which the holder must have been born.
inline constexpr int kAnyDay = 99991231;

// What the number says, if it is one: of 18 characters, or of 15 digits; written as
// NormalizeIdentifier writes a NATIONAL_ID. Nothing where the check character, the province, the
// birth date, or the year of birth (1800 or later) is wrong, where the holder was born after
// `latest_birth` (YYYYMMDD), or where the number is of another kind. A number of 15 digits has no
// check character and is taken by its province and date alone.
std::optional<ResidentId> ParseResidentId(absl::string_view number, int latest_birth);

// The number of 18 characters for one of 15 digits with a province and a birth date; nothing for
// any other text. It is unique: two numbers of 15 digits never have the same.
std::optional<std::string> ResidentIdOf18Characters(absl::string_view fifteen_digits);

// Whether it has the form of a resident id of 18 characters, right or mistyped: 17 digits and a
// digit or X.
bool LooksLikeResidentId(absl::string_view number);

// The check character for the first 17 digits of `number`, which are digits.
char ResidentIdCheckCharacter(absl::string_view number);

// Whether the day exists in the Gregorian calendar. Any numbers.
bool IsCalendarDay(int year, int month, int day);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_RESIDENT_ID_H_
