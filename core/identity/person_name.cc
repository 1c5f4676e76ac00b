#include "core/identity/person_name.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/identity/chinese_text.h"
#include "core/identity/family_names.h"
#include "core/identity/identifiers.h"
#include "core/identity/placeholders.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

using Words = std::vector<absl::string_view>;
using WordSet = absl::flat_hash_set<absl::string_view>;

Words SplitWords(absl::string_view folded) {
  Words words;
  for (size_t start = 0; start < folded.size();) {
    const size_t end = std::min(folded.find(' ', start), folded.size());
    words.push_back(folded.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

bool IsTitle(absl::string_view word) {
  static const auto* const kTitles = new WordSet{
      "mr",   "mrs",    "ms",  "miss", "dr",   "prof", "professor", "sir",  "madam", "mme", "herr",
      "frau", "mister", "esq", "phd",  "先生", "女士", "小姐",      "太太", "夫人",  "同志"};
  return kTitles->contains(word);
}

// Behind the family name.
bool IsGeneration(absl::string_view word) {
  return word == "jr" || word == "sr" || word == "ii" || word == "iii" || word == "iv" ||
         word == "junior" || word == "senior";
}

// Before the family name, and part of it.
bool IsParticle(absl::string_view word) {
  static const auto* const kParticles =
      new WordSet{"van", "von",   "der", "den", "de",  "la", "le", "di",  "da",  "do", "dos",
                  "del", "della", "du",  "bin", "ibn", "al", "el", "ter", "ten", "zu", "st"};
  return kParticles->contains(word);
}

// "王小明（本人）" is 王小明; what is only a remark stays.
std::string WithoutRemarks(absl::string_view text) {
  std::string kept;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) kept.push_back(c);
    if (c == ')' && depth > 0) --depth;
  }
  return FoldName(kept).empty() ? std::string(text) : kept;
}

// Folded, simplified, without titles; empty for what says nothing.
std::string Folded(absl::string_view text) {
  std::string folded = Simplified(FoldName(text));
  if (SaysNothing(folded)) return "";
  for (const absl::string_view title : {"先生", "女士", "小姐", "太太", "夫人"}) {
    if (folded.size() > title.size() && absl::EndsWith(folded, title)) {
      folded.resize(folded.size() - title.size());
      absl::StripTrailingAsciiWhitespace(&folded);
      break;
    }
  }
  Words words = SplitWords(folded);
  const bool titled = !words.empty() && (IsTitle(words.front()) || IsTitle(words.back()));
  if (!titled) return folded;
  while (!words.empty() && IsTitle(words.front())) words.erase(words.begin());
  while (!words.empty() && IsTitle(words.back())) words.pop_back();
  return absl::StrJoin(words, " ");
}

// Digits say nothing of a person.
bool HasLetter(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return !absl::ascii_isascii(static_cast<unsigned char>(c)) ||
           absl::ascii_isalpha(static_cast<unsigned char>(c));
  });
}

// What people call themselves where nobody asks for their name: "lihua1990", 明同学. Who says
// 王同学 may mean a family name, and who says 明同学 a given name: one character says neither.
bool IsUserName(absl::string_view folded) {
  constexpr std::ptrdiff_t kLeastDigits = 2;
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  if (folded.find(' ') == absl::string_view::npos &&
      std::count_if(folded.begin(), folded.end(), is_digit) >= kLeastDigits) {
    return true;
  }
  absl::string_view rest = folded;
  return absl::ConsumeSuffix(&rest, "同学") && CountCharacters(rest) <= 1;
}

std::string WithoutBlanks(absl::string_view text) { return Without(text, ""); }

// The syllables of each word; empty unless all words are pinyin and together make a Chinese name.
std::vector<std::vector<absl::string_view>> NameInPinyin(const Words& words) {
  constexpr size_t kMostSyllables = 5;
  std::vector<std::vector<absl::string_view>> syllables;
  size_t count = 0;
  for (const absl::string_view word : words) {
    syllables.push_back(PinyinSyllables(word));
    count += syllables.back().size();
    if (syllables.back().empty() || count > kMostSyllables) return {};
  }
  const bool has_family_name =
      words.size() > 1 && (IsFamilyNamePinyin(words.front()) || IsFamilyNamePinyin(words.back()));
  return has_family_name ? syllables : std::vector<std::vector<absl::string_view>>();
}

enum class Family { kUnknown, kFirst, kLast };

// Which word of the name is the only one in capitals.
Family InCapitals(absl::string_view written, size_t count) {
  const Words words = SplitWords(written);
  if (words.size() != count || count < 2) return Family::kUnknown;
  size_t capitals = 0;
  const auto is_capital = [](absl::string_view word) {
    return word.size() > 1 && std::all_of(word.begin(), word.end(), absl::ascii_isupper);
  };
  for (const absl::string_view word : words) {
    if (is_capital(word)) ++capitals;
  }
  if (capitals != 1) return Family::kUnknown;
  if (is_capital(words.front())) return Family::kFirst;
  return is_capital(words.back()) ? Family::kLast : Family::kUnknown;
}

void PartChinese(const Words& words, PersonName& name) {
  const std::string joined = absl::StrJoin(words, "");
  const size_t count = CountCharacters(joined);
  name.whole.written = joined;
  if (words.size() > 1 && CountCharacters(words.back()) == 1 && IsFamilyName(words.back()) &&
      !(CountCharacters(words.front()) == 1 && IsFamilyName(words.front()))) {
    name.family.written = std::string(words.back());
    name.given.written = joined.substr(0, joined.size() - words.back().size());
    return;
  }
  const absl::string_view compound = CompoundFamilyName(joined);
  size_t family = 0;
  size_t first = 0;
  NextCharacter(joined, first);
  if (!compound.empty() && (count > 2 || words.size() == 2)) {
    family = count > 2 ? compound.size() : first;
  } else if (words.size() > 1 && CountCharacters(words.front()) > 1) {
    // Transliterated names have the family name behind the dot: 阿凡提·买买提.
    name.family.written = std::string(words.back());
    name.given.written = joined.substr(0, joined.size() - words.back().size());
    return;
  } else if (count <= 4) {
    family = first;
  }
  name.family.written = joined.substr(0, family);
  name.given.written = joined.substr(family);
}

// `written` has the same words with the case of the source, if it could be told.
void PartOthers(absl::string_view written, Words words, PersonName& name) {
  size_t meant = words.size();
  while (meant > 1 && IsGeneration(words[meant - 1])) --meant;
  words.resize(meant);
  Family family = InCapitals(written, words.size());
  if (family == Family::kUnknown) {
    const std::string spoken = Spoken(absl::StrJoin(words, " "));  // "Lǚ" is lv.
    const Words said = SplitWords(spoken);
    const auto syllables = NameInPinyin(said);
    if (!syllables.empty()) {
      const bool first = IsFamilyNamePinyin(said.front());
      const bool last = IsFamilyNamePinyin(said.back());
      family = first && last ? (syllables.front().size() > syllables.back().size() ? Family::kLast
                                                                                   : Family::kFirst)
                             : (first ? Family::kFirst : Family::kLast);
    }
  }
  size_t begin = words.size() - 1;
  if (family == Family::kFirst) {
    name.family.written = std::string(words.front());
    words.erase(words.begin());
    name.given.written = absl::StrJoin(words, " ");
    return;
  }
  while (family == Family::kUnknown && begin > 1 && IsParticle(words[begin - 1])) --begin;
  const auto middle = words.begin() + static_cast<std::ptrdiff_t>(begin);
  name.given.written = absl::StrJoin(words.begin(), middle, " ");
  name.family.written = absl::StrJoin(middle, words.end(), " ");
}

// Fills in all written forms from the name alone. `text` is without remarks, not folded.
void PartName(absl::string_view text, PersonName& name) {
  const std::string folded = Folded(text);
  if (folded.empty() || !HasLetter(folded) || IsUserName(folded)) return;
  const Words words = SplitWords(folded);
  Words han;
  for (const absl::string_view word : words) {
    if (IsAllHan(word)) han.push_back(word);
  }
  // "王小明 Wang Xiaoming": once is enough.
  if (han.size() == words.size() || CountCharacters(absl::StrJoin(han, "")) > 1) {
    PartChinese(han, name);
    return;
  }
  name.whole.written = folded;
  const size_t comma = text.find(',');
  if (comma != absl::string_view::npos && comma == text.rfind(',')) {
    const std::string family = Folded(text.substr(0, comma));
    const std::string given = Folded(text.substr(comma + 1));
    if (!family.empty() && !given.empty() && !IsGeneration(given)) {
      name.family.written = family;
      name.given.written = given;
      return;
    }
  }
  PartOthers(text, words, name);
}

// What a name has besides `part`, with which it begins or ends; nothing where it does not.
std::optional<std::string> RestOfName(absl::string_view whole, absl::string_view part) {
  absl::string_view rest = whole;
  if (!absl::ConsumePrefix(&rest, part) && !absl::ConsumeSuffix(&rest, part)) return std::nullopt;
  const bool at_word = rest.empty() || rest.front() == ' ' || rest.back() == ' ' || IsAllHan(whole);
  if (!at_word) return std::nullopt;
  return std::string(absl::StripAsciiWhitespace(rest));
}

// Sets the spoken forms of the parts, then of the whole as its parts are spoken.
void Speak(PersonName& name) {
  NameForm& family = name.family;
  NameForm& given = name.given;
  family.spoken =
      IsAllHan(family.written) ? FamilyNamePinyin(family.written) : Spoken(family.written);
  given.spoken = Spoken(given.written);
  if (IsAllHan(name.whole.written)) {
    if (name.whole.written == absl::StrCat(family.written, given.written)) {
      name.whole.spoken = absl::StrCat(
          family.spoken, given.spoken.empty() || family.spoken.empty() ? "" : " ", given.spoken);
    } else if (name.whole.written == absl::StrCat(given.written, family.written)) {
      name.whole.spoken = absl::StrCat(given.spoken, " ", family.spoken);
    } else {
      name.whole.spoken = Spoken(name.whole.written);
    }
    return;
  }
  name.whole.spoken = Spoken(name.whole.written);
  // Pinyin or not is seen of family and given name together.
  const auto in_syllables = [](const std::string& spoken) {
    std::vector<absl::string_view> syllables;
    for (const absl::string_view word : SplitWords(spoken)) {
      const auto of_word = PinyinSyllables(word);
      syllables.insert(syllables.end(), of_word.begin(), of_word.end());
    }
    return absl::StrJoin(syllables, " ");
  };
  const std::string whole = name.whole.spoken;
  if (!IsAscii(whole) || NameInPinyin(SplitWords(whole)).empty()) return;
  name.whole.spoken = in_syllables(whole);
  if (!NameInPinyin(SplitWords(absl::StrCat(family.spoken, " ", given.spoken))).empty()) {
    family.spoken = in_syllables(family.spoken);
    given.spoken = in_syllables(given.spoken);
  }
}

}  // namespace

PersonName NormalizePersonName(absl::string_view name, absl::string_view given_name,
                               absl::string_view family_name) {
  PersonName result;
  // Parentheses and commas of full width are those of ASCII to the rules above.
  PartName(WithoutRemarks(FoldWidth(name)), result);
  std::string given = Folded(WithoutRemarks(FoldWidth(given_name)));
  std::string family = Folded(WithoutRemarks(FoldWidth(family_name)));
  if (!HasLetter(given)) given.clear();
  if (!HasLetter(family)) family.clear();
  for (std::string* part : {&given, &family}) {
    if (HasHan(*part)) *part = WithoutBlanks(*part);
  }
  // Some put the whole name into the field of the given name.
  const bool whole_in_given = IsAllHan(given) && CountCharacters(given) > 2;
  if (whole_in_given && !family.empty() && absl::StartsWith(given, family)) {
    given.erase(0, family.size());
  } else if (whole_in_given && family.empty() && result.whole.written.empty()) {
    PartChinese({given}, result);
    given.clear();
  }
  // Where the source states one part, the other is what else is in the name: of "Ann" with the
  // given name Ann, nothing.
  if (!given.empty() && family.empty()) {
    family = RestOfName(result.whole.written, given).value_or(result.family.written);
    if (family == given) family.clear();
  } else if (!family.empty() && given.empty()) {
    given = RestOfName(result.whole.written, family).value_or(result.given.written);
    if (given == family) given.clear();
  }
  if (!given.empty() || !family.empty()) {
    result.given.written = given;
    result.family.written = family;
  }
  if (result.whole.written.empty()) {
    const bool chinese = HasHan(result.family.written) || HasHan(result.given.written);
    std::string& whole = result.whole.written;
    whole = chinese ? absl::StrCat(result.family.written, result.given.written)
                    : absl::StrCat(result.given.written, " ", result.family.written);
    absl::StripAsciiWhitespace(&whole);
  }
  Speak(result);
  return result;
}

}  // namespace yilan::core
