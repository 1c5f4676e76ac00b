#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "core/identity/identifiers.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

// The signs that are written for the apostrophe in O'Brien: dropped, so that it is one word.
bool IsApostrophe(char32_t c) {
  return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0x02bc;
}

bool SeparatesWords(char32_t c) {
  if (c < 0x80) {
    const auto ascii = static_cast<unsigned char>(c);
    // Signs that ICU takes for symbols ("+", "$") are words.
    return !absl::ascii_isalnum(ascii) &&
           (u_ispunct(static_cast<UChar32>(c)) || ascii <= ' ' || ascii == 0x7f);
  }
  if (IsHan(c)) return false;
  const auto point = static_cast<UChar32>(c);
  return u_isUWhiteSpace(point) || u_ispunct(point) || u_charType(point) == U_CONTROL_CHAR;
}

// Whether the script of `c` is written without blanks between words.
bool IsWordByItself(char32_t c) {
  if (c < 0x1100) return false;  // All that these scripts have is above.
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(c), &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string FoldName(absl::string_view name) {
  const std::string folded = FoldCase(name);
  std::string words;
  words.reserve(folded.size());
  bool separated = false;
  for (size_t at = 0; at < folded.size();) {
    const char32_t c = NextCharacter(folded, at);
    if (IsApostrophe(c)) continue;
    if (SeparatesWords(c)) {
      separated = true;
      continue;
    }
    if (separated && !words.empty()) words.push_back(' ');
    separated = false;
    AppendCharacter(c, words);
  }
  return words;
}

std::vector<std::string> NameWords(absl::string_view name) {
  const std::string folded = FoldName(name);
  std::vector<std::string> words;
  char32_t before = ' ';
  for (size_t at = 0; at < folded.size() && words.size() < kMaxNameWords;) {
    const size_t start = at;
    const char32_t c = NextCharacter(folded, at);
    if (c != ' ' && (before == ' ' || IsWordByItself(c) || IsWordByItself(before))) {
      std::string word = folded.substr(start);
      if (std::find(words.begin(), words.end(), word) == words.end()) {
        words.push_back(std::move(word));
      }
    }
    before = c;
  }
  return words;
}

}  // namespace yilan::core
