// Chinese writing: simplified characters, pinyin, and numbers in characters.
//
//   Simplified("陳乾坤");         // "陈乾坤"
//   Pinyin("小明");               // "xiao ming"
//   PinyinSyllables("xiaoming");  // {"xiao", "ming"}
//
// The tables are OpenCC's (t2s) and ICU's (Han-Latin). They are read when Yilan is built
// (chinese_tables_main.cc), so that nothing is loaded at run time: a name costs a fraction of a
// microsecond. All functions are pure and thread-safe.
#ifndef YILAN_CORE_IDENTITY_CHINESE_TEXT_H_
#define YILAN_CORE_IDENTITY_CHINESE_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace yilan::core {

// In simplified characters, as OpenCC converts, by its phrases and then its characters. One
// exception: 乾 stays wherever it is, since names of people and places mean qián by it, and never
// 干. Everything else is left as it is.
std::string Simplified(absl::string_view text);

// How a character is read, without tone: "lv" for 吕, as keyboards have it, for lǚ. Of several
// readings the one that is usual in given names: 乐 le, 长 chang, 晟 sheng. Empty for what is not a
// Chinese character, or a very rare one.
absl::string_view PinyinOf(char32_t c);

// The syllables of all Chinese characters in `text` and the words between them, with single blanks:
// "阿里baba" is "a li baba". `text` is simplified and folded.
std::string Pinyin(absl::string_view text);

// The same, and other letters without their accents: "élodie 王" is "elodie wang". Pinyin with
// tones is pinyin without: "wáng", "lǚ" and "lü" are "wang" and "lv".
std::string Spoken(absl::string_view text);

// The syllables of which a word in ASCII consists if it is pinyin, in as few as possible and, where
// that leaves a choice, none but the first beginning with a vowel (GB/T 16159) and the first as
// long as possible; none if it is not. "lyu" and "lue" are the syllables lv and lve.
std::vector<absl::string_view> PinyinSyllables(absl::string_view word);

// The value of a number in characters: 十二 is 12, 一百零三 is 103, 二〇一 is 201. Nothing where it
// is not one, or greater than 99,999.
std::optional<int> ChineseNumber(absl::string_view characters);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_CHINESE_TEXT_H_
