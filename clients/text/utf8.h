// UTF-8: checking it, reading it, and how wide it is on a terminal.
//
// Everything here works on bytes and knows no locale. Thread-safe.
#ifndef YILAN_CLIENTS_TEXT_UTF8_H_
#define YILAN_CLIENTS_TEXT_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace yilan {

// The offset of the first byte that is not part of well-formed UTF-8 (no overlong forms, no
// surrogates, nothing above U+10FFFF), or npos when all of `text` is.
size_t FirstInvalidUtf8(absl::string_view text);

// Reads one character at `offset`, which is advanced. A byte that is not UTF-8 is read alone, as
// U+FFFD. `offset` must be below text.size().
char32_t NextCharacter(absl::string_view text, size_t& offset);

// Columns that a character takes on a terminal: 2 for East Asian wide and full-width characters
// and emoji (Unicode's East_Asian_Width W and F), 0 for combining marks and the invisible, else 1.
int CharacterWidth(char32_t character);

// Columns that `text` takes on one line.
int DisplayWidth(absl::string_view text);

// `text` as it can be shown on one line of a terminal: control characters, which could move the
// cursor or worse, and broken bytes become U+FFFD; a line break or tab becomes a blank.
std::string Printable(absl::string_view text);

// The longest beginning of `text` that fits into `columns`, with an ellipsis as its last character
// if anything was cut: Shortened("一览平台", 5) is "一览…".
std::string Shortened(absl::string_view text, int columns);

}  // namespace yilan

#endif  // YILAN_CLIENTS_TEXT_UTF8_H_
