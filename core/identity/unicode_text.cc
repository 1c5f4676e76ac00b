#include "core/identity/unicode_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace yilan::core {
namespace {

// U+2010 to U+2015 and U+2212: hyphens, dashes and the minus sign.
bool IsHyphen(absl::string_view three) {
  if (three == "\xe2\x88\x92") return true;
  return three.size() == 3 && three.substr(0, 2) == "\xe2\x80" && three[2] >= '\x90' &&
         three[2] <= '\x95';
}

// U+200B to U+200F and U+FEFF: marks that nobody sees.
bool IsInvisible(absl::string_view three) {
  if (three == "\xef\xbb\xbf") return true;
  return three.size() == 3 && three.substr(0, 2) == "\xe2\x80" && three[2] >= '\x8b' &&
         three[2] <= '\x8f';
}

// Empty where ICU has no data, which is part of its library.
std::string Normalized(const icu::Normalizer2* form, absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  std::string normalized;
  normalized.reserve(text.size());
  icu::StringByteSink<std::string> sink(&normalized);
  form->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink,
                      nullptr, error);
  return U_SUCCESS(error) ? normalized : std::string(text);
}

}  // namespace

char32_t NextCharacter(absl::string_view text, size_t& at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) {
    ++at;
    return first;
  }
  UChar32 c = 0;
  auto position = static_cast<int32_t>(at);
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  U8_NEXT_OR_FFFD(bytes, position, static_cast<int32_t>(text.size()), c);
  at = static_cast<size_t>(position);
  return static_cast<char32_t>(c);
}

void AppendCharacter(char32_t c, std::string& out) {
  char bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  const auto point = static_cast<UChar32>(c);
  U8_APPEND_UNSAFE(bytes, size, point);
  out.append(bytes, static_cast<size_t>(size));
}

size_t CountCharacters(absl::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) NextCharacter(text, at);
  return count;
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

bool AreDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsHan(char32_t c) {
  if (c < 0x3005) return false;
  if (c <= 0x3007) return c != 0x3006;
  if (c < 0x3400) return false;
  if (c <= 0x9fff) return c < 0x4dc0 || c > 0x4dff;  // Between them the hexagrams.
  return (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

bool HasHan(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (IsHan(NextCharacter(text, at))) return true;
  }
  return false;
}

bool IsAllHan(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (!IsHan(NextCharacter(text, at))) return false;
  }
  return !text.empty();
}

std::string FoldWidth(absl::string_view text) {
  if (IsAscii(text)) return std::string(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(error);
  const std::string composed = U_SUCCESS(error) ? Normalized(nfkc, text) : std::string(text);
  std::string plain;
  plain.reserve(composed.size());
  for (size_t i = 0; i < composed.size(); ++i) {
    const absl::string_view three = absl::string_view(composed).substr(i, 3);
    if (IsHyphen(three)) {
      plain.push_back('-');
    } else if (!IsInvisible(three)) {
      plain.push_back(composed[i]);
      continue;
    }
    i += 2;
  }
  return plain;
}

std::string FoldCase(absl::string_view text) {
  if (IsAscii(text)) return absl::AsciiStrToLower(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  return U_SUCCESS(error) ? Normalized(casefold, text) : absl::AsciiStrToLower(text);
}

std::string Without(absl::string_view text, absl::string_view ignored) {
  std::string kept;
  kept.reserve(text.size());
  for (const char c : text) {
    if (!absl::ascii_isspace(c) && !absl::ascii_iscntrl(c) && !absl::StrContains(ignored, c)) {
      kept.push_back(c);
    }
  }
  return kept;
}

}  // namespace yilan::core
