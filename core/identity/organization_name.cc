#include "core/identity/organization_name.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/identity/chinese_regions.h"
#include "core/identity/chinese_text.h"
#include "core/identity/identifiers.h"
#include "core/identity/placeholders.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

// Longer ones before what they contain. Anywhere in the name: branches have theirs in the middle.
constexpr std::array<absl::string_view, 11> kChineseForms = {
    "股份有限公司", "有限责任公司", "有限公司",     "股份公司",   "特殊普通合伙", "有限合伙",
    "普通合伙",     "合伙企业",     "个人独资企业", "个体工商户", "有限责任"};

bool IsLatinForm(absl::string_view word) {
  static const auto* const kForms = new absl::flat_hash_set<absl::string_view>{
      "ltd",  "limited", "co",  "company", "corp", "corporation", "inc", "incorporated",
      "llc",  "llp",     "lp",  "plc",     "gmbh", "ag",          "sa",  "srl",
      "bv",   "nv",      "pty", "kg",      "oy",   "ab",          "as",  "spa",
      "sarl", "kk",      "pte", "sdn",     "bhd",  "sas",         "kft", "ug",
      "ohg",  "kgaa",    "se",  "aps",     "cc",   "pvt",         "jsc", "ooo"};
  return kForms->contains(word);
}

// Without the legal form at the end: "co ltd", "s a". The words that are left are never none.
bool DropLatinForms(std::vector<std::string>& words) {
  bool dropped = false;
  for (;;) {
    size_t letters = 0;  // "S.A." and "G.m.b.H." have been folded to single letters.
    std::string joined;
    while (letters < words.size() && letters < 4 && words[words.size() - 1 - letters].size() == 1) {
      joined = absl::StrCat(words[words.size() - 1 - letters], joined);
      ++letters;
      if (letters > 1 && IsLatinForm(joined)) break;
    }
    const size_t count = letters > 1 && IsLatinForm(joined) ? letters
                         : !words.empty() && (IsLatinForm(words.back()) || words.back() == "&" ||
                                              (dropped && words.back() == "and"))
                             ? 1
                             : 0;
    if (count == 0 || count >= words.size()) return dropped;
    words.resize(words.size() - count);
    dropped = true;
  }
}

// The region that is the whole of `text`: 深圳, 深圳市, 广东省. Empty for anything else.
absl::string_view RegionIn(absl::string_view text) {
  const RegionName city = CityAt(text);
  if (city.bytes == text.size()) return city.name;
  const RegionName province = ProvinceAt(text);
  return province.bytes == text.size() ? province.name : absl::string_view();
}

// 一览（深圳）科技 with its region in front. Companies may have it there or here (Provisions on the
// Administration of Enterprise Name Registration, 2020). `name` has the parentheses of ASCII.
std::string WithRegionInFront(std::string name) {
  const size_t open = name.find('(');
  const size_t close = name.find(')', open);
  if (open == std::string::npos || close == std::string::npos) return name;
  const std::string region(RegionIn(absl::string_view(name).substr(open + 1, close - open - 1)));
  if (region.empty()) return name;
  name.erase(open, close - open + 1);
  return absl::StartsWith(name, region) ? name : absl::StrCat(region, name);
}

struct Stripped {
  std::string name;
  bool had_form = false;
};

Stripped WithoutLegalForm(absl::string_view name) {
  std::string folded = Simplified(FoldName(name));
  if (SaysNothing(folded)) return {};
  if (HasHan(folded) && absl::StrContains(FoldWidth(name), '(')) {
    folded = FoldName(WithRegionInFront(Simplified(FoldCase(name))));
  }
  if (!HasHan(folded)) {
    std::vector<std::string> words = absl::StrSplit(folded, ' ');
    const bool dropped = DropLatinForms(words);
    return {absl::StrJoin(words, " "), dropped};
  }
  Stripped result;
  for (size_t i = 0; i < folded.size(); ++i) {
    const bool needless = folded[i] == ' ' && ((static_cast<unsigned char>(folded[i - 1]) & 0x80) ||
                                               (static_cast<unsigned char>(folded[i + 1]) & 0x80));
    if (!needless) result.name.push_back(folded[i]);
  }
  const RegionName city = CityAt(result.name);
  if (city.bytes > city.name.size() && city.bytes < result.name.size()) {
    result.name.erase(city.name.size(), city.bytes - city.name.size());
  }
  const std::string whole = result.name;
  for (const absl::string_view form : kChineseForms) {
    const size_t at = result.name.find(form.data(), 0, form.size());
    if (at == std::string::npos) continue;
    result.name.erase(at, form.size());
    result.had_form = true;
  }
  absl::string_view rest = result.name;
  const bool part_of_another = absl::EndsWith(rest, "分公司") || absl::EndsWith(rest, "子公司") ||
                               absl::EndsWith(rest, "总公司");
  if (!part_of_another && absl::ConsumeSuffix(&rest, "公司")) {
    result.had_form = true;
    result.name.resize(rest.size());
  }
  result.had_form = result.had_form || part_of_another;
  if (result.name.empty()) result.name = whole;
  return result;
}

}  // namespace

NameForm NormalizeOrganizationName(absl::string_view name) {
  NameForm form;
  form.written = WithoutLegalForm(name).name;
  form.spoken = Spoken(form.written);
  return form;
}

bool HasLegalForm(absl::string_view name) { return WithoutLegalForm(name).had_form; }

}  // namespace yilan::core
