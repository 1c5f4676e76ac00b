// Characters in UTF-8, and those of Unicode's foldings that all normal forms begin with.
//
//   FoldWidth("１３８－００１３");  // "138-0013"
//   FoldCase("ＷＡＮＧ");          // "wang"
//
// All functions are pure and thread-safe, and take any bytes.
#ifndef YILAN_CORE_IDENTITY_UNICODE_TEXT_H_
#define YILAN_CORE_IDENTITY_UNICODE_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace yilan::core {

// The character at `at`, which is moved behind it; U+FFFD for what is not UTF-8. `at` is less than
// the size.
char32_t NextCharacter(absl::string_view text, size_t& at);

// `c` is a Unicode scalar value.
void AppendCharacter(char32_t c, std::string& out);

// How many characters `text` has.
size_t CountCharacters(absl::string_view text);

bool IsAscii(absl::string_view text);
// Of at least one character.
bool AreDigits(absl::string_view text);

// Whether `c` is a Chinese character (script Han), the zero 〇 and the repetition 々 included.
bool IsHan(char32_t c);
// Whether there is one, and whether there are only such (and at least one).
bool HasHan(absl::string_view text);
bool IsAllHan(absl::string_view text);

// Full-width digits, letters and signs become their usual forms (NFKC), the blanks and hyphens that
// word processors put into numbers become " " and "-", and marks that nobody sees are dropped.
std::string FoldWidth(absl::string_view text);

// The same without regard to upper and lower case (NFKC_Casefold): for words. Hyphens stay.
std::string FoldCase(absl::string_view text);

// Without white space, control characters and the ASCII characters of `ignored`.
std::string Without(absl::string_view text, absl::string_view ignored);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_UNICODE_TEXT_H_
