#include "core/identity/postal_address.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/identity/chinese_address.h"
#include "core/identity/chinese_text.h"
#include "core/identity/identifiers.h"
#include "core/identity/placeholders.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

using WordMap = absl::flat_hash_map<absl::string_view, absl::string_view>;

// The one form of words that are written in several: those of USPS publication 28 and what
// Australia, Britain and Ireland add.
absl::string_view OneForm(absl::string_view word) {
  static const auto* const kForms = new WordMap{
      {"street", "st"},      {"str", "st"},         {"saint", "st"},      {"road", "rd"},
      {"avenue", "ave"},     {"av", "ave"},         {"aven", "ave"},      {"boulevard", "blvd"},
      {"boul", "blvd"},      {"bvd", "blvd"},       {"boulv", "blvd"},    {"lane", "ln"},
      {"drive", "dr"},       {"drv", "dr"},         {"court", "ct"},      {"crt", "ct"},
      {"place", "pl"},       {"plc", "pl"},         {"square", "sq"},     {"terrace", "tce"},
      {"terr", "tce"},       {"ter", "tce"},        {"crescent", "cres"}, {"cr", "cres"},
      {"crs", "cres"},       {"crec", "cres"},      {"circuit", "cct"},   {"circ", "cct"},
      {"cir", "cct"},        {"crct", "cct"},       {"circle", "cct"},    {"close", "cl"},
      {"parade", "pde"},     {"highway", "hwy"},    {"hway", "hwy"},      {"parkway", "pkwy"},
      {"pky", "pkwy"},       {"parkwy", "pkwy"},    {"grove", "gr"},      {"grv", "gr"},
      {"gardens", "gdns"},   {"garden", "gdns"},    {"gdn", "gdns"},      {"esplanade", "esp"},
      {"promenade", "prom"}, {"alley", "aly"},      {"ally", "aly"},      {"mount", "mt"},
      {"mountain", "mt"},    {"heights", "hts"},    {"point", "pt"},      {"trail", "trl"},
      {"track", "trk"},      {"building", "bldg"},  {"bld", "bldg"},      {"apartment", "apt"},
      {"appartment", "apt"}, {"apartments", "apt"}, {"flat", "flt"},      {"suite", "ste"},
      {"room", "rm"},        {"floor", "fl"},       {"flr", "fl"},        {"level", "lvl"},
      {"unit", "unt"},       {"north", "n"},        {"south", "s"},       {"east", "e"},
      {"west", "w"},         {"northeast", "ne"},   {"northwest", "nw"},  {"southeast", "se"},
      {"southwest", "sw"},   {"fort", "ft"},        {"first", "1st"},     {"second", "2nd"},
      {"third", "3rd"},      {"fourth", "4th"},     {"fifth", "5th"}};
  const auto found = kForms->find(word);
  return found == kForms->end() ? word : found->second;
}

// After which a number is not that of the house. In their one form.
bool NamesUnit(absl::string_view word) {
  constexpr std::array<absl::string_view, 10> kUnits = {"unt", "flt", "apt",   "ste",  "rm",
                                                        "fl",  "lvl", "villa", "bldg", "shop"};
  for (const absl::string_view unit : kUnits) {
    if (word == unit) return true;
  }
  return false;
}

struct Word {
  std::string text;
  char before = ' ';  // The sign that parts it from the word before: ' ', '/' or '#'.
};

// Digits, perhaps with one or two letters that do not make it an ordinal: "12", "12b".
bool IsNumber(absl::string_view word) {
  size_t digits = 0;
  while (digits < word.size() && absl::ascii_isdigit(static_cast<unsigned char>(word[digits]))) {
    ++digits;
  }
  if (digits == 0 || digits > 6 || word.size() > digits + 2) return false;
  const absl::string_view letters = word.substr(digits);
  for (const char c : letters) {
    if (!absl::ascii_isalpha(static_cast<unsigned char>(c))) return false;
  }
  return letters != "st" && letters != "nd" && letters != "rd" && letters != "th";
}

// FoldName would make blanks of slashes, which tell the flat from the house.
std::vector<Word> Words(absl::string_view line) {
  std::vector<Word> words;
  size_t start = 0;
  char before = ' ';
  for (size_t at = 0; at <= line.size(); ++at) {
    if (at < line.size() && line[at] != '/' && line[at] != '#' && line[at] != ' ') continue;
    std::string piece = FoldName(line.substr(start, at - start));
    // Punctuation within it parts words as well.
    size_t from = 0;
    while (from < piece.size()) {
      size_t end = piece.find(' ', from);
      if (end == std::string::npos) end = piece.size();
      const absl::string_view word = absl::string_view(piece).substr(from, end - from);
      words.push_back({std::string(OneForm(word)), from == 0 ? before : ' '});
      from = end + 1;
    }
    if (at < line.size()) {
      if (line[at] != ' ') {
        before = line[at];
      } else if (!piece.empty()) {
        before = ' ';
      }
    }
    start = at + 1;
  }
  return words;
}

PostalAddress ParseWestern(absl::string_view line) {
  std::vector<Word> words = Words(line);
  // "No. 12", "Nr. 12": the word adds nothing.
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i].text;
    if ((word == "no" || word == "nr" || word == "num" || word == "number") &&
        IsNumber(words[i + 1].text)) {
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t house = kNone;
  size_t first = kNone;
  std::vector<bool> of_unit(words.size(), false);
  for (size_t i = 0; i < words.size(); ++i) {
    if (!IsNumber(words[i].text)) continue;
    if (first == kNone) first = i;
    const bool named = i > 0 && NamesUnit(words[i - 1].text);
    const bool before_slash =
        i + 1 < words.size() && words[i + 1].before == '/' && IsNumber(words[i + 1].text);
    if (named) of_unit[i - 1] = true;
    if (named || before_slash || words[i].before == '#') {
      of_unit[i] = true;
    } else if (house == kNone) {
      house = i;
    }
  }
  if (house == kNone) house = first;

  PostalAddress address;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string& word = words[i].text;
    if (IsNumber(word)) word = WithoutLeadingZeros(std::move(word));
    absl::StrAppend(&address.text, address.text.empty() ? "" : " ", word);
    if (i == house) {
      address.house_number = word;
    } else if (!of_unit[i]) {
      absl::StrAppend(&address.street, address.street.empty() ? "" : " ", word);
    }
  }
  return address;
}

std::string PostalCode(absl::string_view written) {
  std::string code = Without(FoldCase(FoldWidth(written)), "-.");
  if (code.find_first_not_of('0') == std::string::npos || SaysNothing(code)) return "";
  return code;
}

std::string Folded(absl::string_view text) {
  std::string folded = Simplified(FoldName(text));
  return SaysNothing(folded) ? "" : folded;
}

}  // namespace

PostalAddress NormalizePostalAddress(absl::string_view line, absl::string_view city,
                                     absl::string_view state, absl::string_view postal_code) {
  PostalAddress address;
  const std::string folded_city = Folded(city);
  const std::string folded_state = Folded(state);
  if (HasHan(line) || HasHan(folded_city) || HasHan(folded_state)) {
    address = ParseChineseAddress(Folded(line), folded_city, folded_state);
  } else {
    address = SaysNothing(FoldName(line)) ? PostalAddress() : ParseWestern(line);
    address.city = folded_city;
    address.state = folded_state;
  }
  std::string code = PostalCode(postal_code);
  if (!code.empty()) address.postal_code = std::move(code);
  return address;
}

}  // namespace yilan::core
