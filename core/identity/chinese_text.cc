#include "core/identity/chinese_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "core/identity/chinese_tables.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

namespace tables = chinese_tables;

constexpr char32_t kQian = U'乾';
constexpr size_t kLongestSyllable = 6;  // "zhuang"

const tables::Pair* Find(const tables::Pair* pairs, size_t count, char32_t c) {
  const tables::Pair* found = std::lower_bound(
      pairs, pairs + count, c,
      [](const tables::Pair& pair, char32_t sought) { return pair.from < sought; });
  return found != pairs + count && found->from == c ? found : nullptr;
}

char32_t SimplifiedCharacter(char32_t c) {
  if (c < tables::kFirst || c == kQian) return c;
  if (c < tables::kLimit) {
    const char32_t simplified = tables::kSimplified[c - tables::kFirst];
    if (simplified != 0) return simplified;
  }
  const tables::Pair* further =
      Find(tables::kFurtherSimplified, tables::kFurtherSimplifiedCount, c);
  return further == nullptr ? c : further->to;
}

// The characters with which a phrase begins, by their last bits: most are none, and are settled by
// one look.
using Beginnings = std::bitset<4096>;
size_t BeginningOf(char32_t c) { return c % Beginnings().size(); }

const Beginnings& PhraseBeginnings() {
  static const Beginnings beginnings = [] {
    Beginnings made;
    for (size_t i = 0; i < tables::kPhrasesCount; ++i) {
      size_t at = 0;
      made.set(BeginningOf(NextCharacter(tables::kPhrases[i].from, at)));
    }
    return made;
  }();
  return beginnings;
}

// The longest phrase with which `text` begins.
const tables::Phrase* PhraseAt(absl::string_view text) {
  const tables::Phrase* end = tables::kPhrases + tables::kPhrasesCount;
  const absl::string_view first = text.substr(0, 3);
  const tables::Phrase* phrase = std::lower_bound(
      tables::kPhrases, end, first,
      [](const tables::Phrase& one, absl::string_view sought) { return one.from < sought; });
  const tables::Phrase* longest = nullptr;
  // Sorted, so of those that fit each is longer than the one before.
  for (; phrase != end && absl::StartsWith(phrase->from, first); ++phrase) {
    if (absl::StartsWith(text, phrase->from)) longest = phrase;
  }
  return longest;
}

// Readings in given names where that of ICU, the commonest in texts, is another.
constexpr std::array<std::pair<char32_t, absl::string_view>, 17> kGivenNameReadings = {{
    {U'乐', "le"},
    {U'倩', "qian"},
    {U'偲', "si"},
    {U'姁', "xu"},
    {U'晟', "sheng"},
    {U'曾', "zeng"},
    {U'朝', "chao"},
    {U'柏', "bai"},
    {U'珩', "heng"},
    {U'莘', "xin"},
    {U'著', "zhu"},
    {U'薄', "bo"},
    {U'覃', "tan"},
    {U'都', "du"},
    {U'重', "chong"},
    {U'镐', "hao"},
    {U'长', "chang"},
}};

// Up to six small letters as a number, 5 bits each; 0 for anything else.
uint32_t LettersCode(absl::string_view letters) {
  uint32_t code = 0;
  for (const char c : letters) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c))) return 0;
    code = code << 5 | static_cast<uint32_t>(c - 'a' + 1);
  }
  return code;
}

// Sounds without a vowel (嗯 n) are not in names, and would make pinyin of too many words.
const absl::flat_hash_map<uint32_t, absl::string_view>& Syllables() {
  static const auto* const kSyllables = [] {
    auto* syllables = new absl::flat_hash_map<uint32_t, absl::string_view>;
    for (size_t i = 0; i < tables::kSyllablesCount; ++i) {
      const absl::string_view letters = tables::kSyllables[i];
      if (letters.find_first_of("aeiouv") == absl::string_view::npos) continue;
      syllables->emplace(LettersCode(letters), letters);
    }
    for (const auto& [written, syllable] : {std::pair<const char*, const char*>{"lyu", "lv"},
                                            {"nyu", "nv"},
                                            {"lue", "lve"},
                                            {"nue", "nve"}}) {
      syllables->insert_or_assign(LettersCode(written), syllable);
    }
    return syllables;
  }();
  return *kSyllables;
}

// Empty where the letters are none.
absl::string_view Syllable(absl::string_view letters) {
  const auto found = Syllables().find(LettersCode(letters));
  return found == Syllables().end() ? absl::string_view() : found->second;
}

int DigitOf(char32_t c) {
  constexpr std::array kDigits = {U'零', U'一', U'二', U'三', U'四',
                                  U'五', U'六', U'七', U'八', U'九'};
  if (c == U'〇') return 0;
  if (c == U'两') return 2;
  const auto found = std::find(kDigits.begin(), kDigits.end(), c);
  return found == kDigits.end() ? -1 : static_cast<int>(found - kDigits.begin());
}

int UnitOf(char32_t c) {
  switch (c) {
    case U'十':
      return 10;
    case U'百':
      return 100;
    case U'千':
      return 1000;
    case U'万':
      return 10000;
    default:
      return 0;
  }
}

std::string WithoutAccents(absl::string_view text) {
  if (IsAscii(text)) return std::string(text);
  UErrorCode error = U_ZERO_ERROR;
  std::string apart;
  icu::StringByteSink<std::string> sink(&apart);
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(error);
  if (U_SUCCESS(error)) {
    nfd->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink,
                       nullptr, error);
  }
  if (U_FAILURE(error)) return std::string(text);
  std::string plain;
  for (size_t at = 0; at < apart.size();) {
    const char32_t c = NextCharacter(apart, at);
    // Pinyin writes ü with a v where there is no ü: "lü", "nüe".
    const bool syllable_before = absl::EndsWith(plain, "lu") || absl::EndsWith(plain, "nu");
    const bool word_begins =
        plain.size() == 2 || (plain.size() > 2 && plain[plain.size() - 3] == ' ');
    if (c == 0x308 && syllable_before && word_begins) plain.back() = 'v';
    if (c < 0x300 || c > 0x36f) AppendCharacter(c, plain);
  }
  return plain;
}

}  // namespace

std::string Simplified(absl::string_view text) {
  if (IsAscii(text)) return std::string(text);
  const Beginnings& beginnings = PhraseBeginnings();
  std::string simplified;
  simplified.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t c = NextCharacter(text, at);
    if (c >= tables::kFirst && beginnings.test(BeginningOf(c))) {
      const tables::Phrase* phrase = PhraseAt(text.substr(start));
      if (phrase != nullptr) {
        const absl::string_view from = phrase->from;
        if (absl::StrContains(from, "乾")) {
          for (size_t i = 0; i < from.size();) {
            AppendCharacter(SimplifiedCharacter(NextCharacter(from, i)), simplified);
          }
        } else {
          simplified += phrase->to;
        }
        at = start + from.size();
        continue;
      }
    }
    AppendCharacter(SimplifiedCharacter(c), simplified);
  }
  return simplified;
}

absl::string_view PinyinOf(char32_t c) {
  for (const auto& [character, reading] : kGivenNameReadings) {
    if (character == c) return reading;
  }
  if (c >= tables::kFirst && c < tables::kLimit) {
    return tables::kSyllables[tables::kReadings[c - tables::kFirst]];
  }
  const tables::Pair* further = Find(tables::kFurtherReadings, tables::kFurtherReadingsCount, c);
  return further == nullptr ? "" : tables::kSyllables[further->to];
}

std::string Pinyin(absl::string_view text) {
  std::string spoken;
  spoken.reserve(text.size() * 2);
  bool separated = false;
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t c = NextCharacter(text, at);
    const absl::string_view reading = c < 0x80 ? absl::string_view() : PinyinOf(c);
    const bool word = !reading.empty() || c == ' ';
    if ((word || separated) && !spoken.empty() && spoken.back() != ' ') spoken.push_back(' ');
    separated = word;
    if (!reading.empty()) {
      spoken.append(reading.data(), reading.size());
    } else if (c != ' ') {
      spoken.append(text.data() + start, at - start);
    }
  }
  while (!spoken.empty() && spoken.back() == ' ') spoken.pop_back();
  return spoken;
}

std::string Spoken(absl::string_view text) { return WithoutAccents(Pinyin(text)); }

std::vector<absl::string_view> PinyinSyllables(absl::string_view word) {
  // Eight syllables are more than a name has, and this much text costs little.
  constexpr size_t kLongestWord = 32;
  if (word.empty() || word.size() > kLongestWord) return {};
  // Twice the syllables, and one for each but the first that begins with a vowel: pinyin sets those
  // off with an apostrophe (GB/T 16159), so "nana" is na na.
  const auto begins_with_vowel = [&](size_t at) {
    return at > 0 && absl::StrContains("aeo", word[at]);
  };
  struct Best {
    size_t cost = 0;  // From here to the end; 0 where there is no way.
    size_t length = 0;
    absl::string_view syllable;
  };
  std::array<Best, kLongestWord + 1> best;
  for (size_t at = word.size(); at-- > 0;) {
    if (!absl::ascii_islower(static_cast<unsigned char>(word[at]))) return {};
    for (size_t length = std::min(kLongestSyllable, word.size() - at); length > 0; --length) {
      const size_t next = at + length;
      if (next < word.size() && best[next].cost == 0) continue;
      const size_t cost = best[next].cost + 2 + (begins_with_vowel(at) ? 1 : 0);
      if (best[at].cost != 0 && cost >= best[at].cost) continue;
      const absl::string_view syllable = Syllable(word.substr(at, length));
      if (!syllable.empty()) best[at] = {cost, length, syllable};
    }
  }
  std::vector<absl::string_view> syllables;
  for (size_t at = 0; best[0].cost != 0 && at < word.size(); at += best[at].length) {
    syllables.push_back(best[at].syllable);
  }
  return syllables;
}

std::optional<int> ChineseNumber(absl::string_view characters) {
  constexpr int kGreatest = 99999;
  int total = 0;
  int digit = -1;
  int last_unit = 0;
  size_t digits = 0;
  size_t units = 0;
  for (size_t at = 0; at < characters.size();) {
    const char32_t c = NextCharacter(characters, at);
    const int next = DigitOf(c);
    const int unit = UnitOf(c);
    if (next >= 0) {
      // 二〇一 is written digit by digit.
      if (units == 0) {
        total = total * 10 + next;
        if (total > kGreatest) return std::nullopt;
        digit = next;
        ++digits;
        continue;
      }
      if (digit > 0) return std::nullopt;
      digit = next;
      continue;
    }
    if (unit == 0 || (last_unit != 0 && unit >= last_unit)) return std::nullopt;
    if (units == 0) {
      if (digits > 1) return std::nullopt;
      total = 0;
    }
    // 十二 is 12, 一百十二 is 112.
    if (digit <= 0 && unit != 10) return std::nullopt;
    total += (digit > 0 ? digit : 1) * unit;
    digit = -1;
    last_unit = unit;
    ++units;
  }
  if (units > 0 && digit > 0) total += digit;
  if (digits == 0 && units == 0) return std::nullopt;
  return total > kGreatest ? std::nullopt : std::optional<int>(total);
}

}  // namespace yilan::core
