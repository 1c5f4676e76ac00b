#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "core/identity/identifiers.h"

namespace yilan::core {
namespace {

// The signs that are written for the apostrophe in O'Brien: dropped, so that it is one word.
bool IsApostrophe(UChar32 c) {
  return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0x02bc;
}

bool SeparatesWords(UChar32 c) {
  return u_isUWhiteSpace(c) || u_ispunct(c) || u_charType(c) == U_CONTROL_CHAR;
}

// Whether the script of `c` is written without blanks between words.
bool IsWordByItself(UChar32 c) {
  if (c < 0x1100) return false;  // All that these scripts have is above.
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(c, &error)) {
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

// The character at `at`, which is moved behind it; U+FFFD where the bytes are not UTF-8.
UChar32 NextCharacter(absl::string_view text, int32_t& at) {
  UChar32 c = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  U8_NEXT_OR_FFFD(bytes, at, static_cast<int32_t>(text.size()), c);
  return c;
}

void AppendCharacter(UChar32 c, std::string& out) {
  char bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, c);
  out.append(bytes, static_cast<size_t>(size));
}

std::string CaseFolded(absl::string_view name) {
  if (std::all_of(name.begin(), name.end(), absl::ascii_isascii)) {
    return absl::AsciiStrToLower(name);
  }
  UErrorCode error = U_ZERO_ERROR;
  std::string folded;
  const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_SUCCESS(error)) {
    icu::StringByteSink<std::string> sink(&folded);
    casefold->normalizeUTF8(0, icu::StringPiece(name.data(), static_cast<int32_t>(name.size())),
                            sink, nullptr, error);
  }
  return U_SUCCESS(error) ? folded : absl::AsciiStrToLower(name);
}

}  // namespace

std::string FoldName(absl::string_view name) {
  const std::string folded = CaseFolded(name);
  std::string words;
  bool separated = false;
  for (int32_t at = 0; at < static_cast<int32_t>(folded.size());) {
    const UChar32 c = NextCharacter(folded, at);
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
  UChar32 before = ' ';
  for (int32_t at = 0; at < static_cast<int32_t>(folded.size()) && words.size() < kMaxNameWords;) {
    const int32_t start = at;
    const UChar32 c = NextCharacter(folded, at);
    if (c != ' ' && (before == ' ' || IsWordByItself(c) || IsWordByItself(before))) {
      std::string word = folded.substr(static_cast<size_t>(start));
      if (std::find(words.begin(), words.end(), word) == words.end()) {
        words.push_back(std::move(word));
      }
    }
    before = c;
  }
  return words;
}

}  // namespace yilan::core
