#include "core/identity/resident_id.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "core/identity/chinese_regions.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

constexpr size_t kLength = 18;
constexpr size_t kOldLength = 15;
constexpr int kFirstYear = 1800;

// `digits` has few enough for an int, all of them digits.
int NumberOf(absl::string_view digits) {
  int number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

bool HasProvince(absl::string_view number) {
  return IsProvinceCode(number.substr(number[0] == '9' ? 1 : 0, 2));
}

bool HasDay(absl::string_view eight_digits) {
  return IsCalendarDay(NumberOf(eight_digits.substr(0, 4)), NumberOf(eight_digits.substr(4, 2)),
                       NumberOf(eight_digits.substr(6, 2)));
}

}  // namespace

bool IsCalendarDay(int year, int month, int day) {
  // The constructor normalizes: what changes was no day.
  const absl::CivilDay normal(year, month, day);
  return normal.year() == year && normal.month() == month && normal.day() == day;
}

bool LooksLikeResidentId(absl::string_view number) {
  return number.size() == kLength && AreDigits(number.substr(0, kLength - 1)) &&
         (number.back() == 'X' || absl::ascii_isdigit(static_cast<unsigned char>(number.back())));
}

char ResidentIdCheckCharacter(absl::string_view number) {
  int sum = 0;
  for (size_t i = 0; i + 1 < kLength; ++i) sum = (sum + number[i] - '0') * 2 % 11;
  const int check = (12 - sum) % 11;
  return check == 10 ? 'X' : static_cast<char>('0' + check);
}

std::optional<std::string> ResidentIdOf18Characters(absl::string_view fifteen_digits) {
  if (fifteen_digits.size() != kOldLength || !AreDigits(fifteen_digits)) return std::nullopt;
  // The sequences from 996 on were for those older than a hundred years.
  const absl::string_view century = NumberOf(fifteen_digits.substr(12)) >= 996 ? "18" : "19";
  std::string number = absl::StrCat(fifteen_digits.substr(0, 6), century, fifteen_digits.substr(6));
  if (number[0] == '9' || !HasProvince(number) || !HasDay(absl::string_view(number).substr(6, 8))) {
    return std::nullopt;
  }
  number.push_back(ResidentIdCheckCharacter(number));
  return number;
}

std::optional<ResidentId> ParseResidentId(absl::string_view number, int latest_birth) {
  std::optional<std::string> rewritten = ResidentIdOf18Characters(number);
  if (rewritten.has_value()) number = *rewritten;
  if (!LooksLikeResidentId(number) || ResidentIdCheckCharacter(number) != number.back()) {
    return std::nullopt;
  }
  const absl::string_view birth_date = number.substr(6, 8);
  if (!HasProvince(number) || !HasDay(birth_date) ||
      NumberOf(birth_date.substr(0, 4)) < kFirstYear || NumberOf(birth_date) > latest_birth) {
    return std::nullopt;
  }
  return ResidentId{std::string(number), std::string(birth_date), (number[16] - '0') % 2 == 1};
}

}  // namespace yilan::core
