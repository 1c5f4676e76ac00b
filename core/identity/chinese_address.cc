#include "core/identity/chinese_address.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/identity/chinese_regions.h"
#include "core/identity/chinese_text.h"
#include "core/identity/unicode_text.h"

namespace yilan::core {
namespace {

constexpr size_t kHan = 3;  // Bytes of the characters named here.

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

// Without the blanks beside Chinese characters; those between numbers and letters part them.
std::string WithoutNeedlessBlanks(absl::string_view text) {
  std::string compact;
  compact.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool needless =
        text[i] == ' ' && (i == 0 || i + 1 == text.size() || !absl::ascii_isascii(text[i - 1]) ||
                           !absl::ascii_isascii(text[i + 1]));
    if (!needless) compact.push_back(text[i]);
  }
  return compact;
}

// What follows a number and says what it is the number of; longer ones before their beginnings.
constexpr std::array<absl::string_view, 22> kMarkers = {
    "号楼", "号院", "号门", "单元", "楼层", "号", "栋", "幢", "座", "室", "层",
    "楼",   "弄",   "组",   "队",   "排",   "房", "院", "期", "门", "户", "巷"};

absl::string_view MarkerAt(absl::string_view text) {
  for (const absl::string_view marker : kMarkers) {
    if (absl::StartsWith(text, marker)) return marker;
  }
  return "";
}

// The number in characters with which `text` begins, if a marker follows it: 十二号, not 五一路.
// With `after_number`, as in 二单元五〇一, the end of the text will do.
struct WrittenNumber {
  int value = 0;
  size_t bytes = 0;
};
std::optional<WrittenNumber> WrittenNumberAt(absl::string_view text, bool after_number) {
  constexpr absl::string_view kNumerals = "〇零一二三四五六七八九十百千两";
  size_t end = 0;
  while (end < text.size() && text.size() - end >= kHan &&
         absl::StrContains(kNumerals, text.substr(end, kHan))) {
    end += kHan;
  }
  // A marker's beginning is enough, as long as no name of a street follows: 三门路 is no number.
  const absl::string_view rest = text.substr(end);
  if (end == 0 || !(rest.empty() ? after_number : !MarkerAt(rest).empty())) return std::nullopt;
  const absl::string_view after = rest.substr(std::min(kHan, rest.size()));
  for (const absl::string_view street : {"路", "街", "村", "镇", "乡", "县", "峡", "堡"}) {
    if (absl::StartsWith(after, street)) return std::nullopt;
  }
  const std::optional<int> value = ChineseNumber(text.substr(0, end));
  if (!value.has_value()) return std::nullopt;
  return WrittenNumber{*value, end};
}

// Whether a word ends behind the character before `at`, as the names of districts and streets do.
bool EndsWord(absl::string_view word, absl::string_view rest) {
  if (word.size() < 2 * kHan) return false;
  for (const absl::string_view ending : {"大道", "街道", "胡同"}) {
    if (absl::EndsWith(word, ending)) return true;
  }
  for (const absl::string_view ending : {"市", "区", "县", "旗", "镇", "乡", "村", "路", "巷"}) {
    if (absl::EndsWith(word, ending)) return true;
  }
  return absl::EndsWith(word, "街") && !absl::StartsWith(rest, "道");
}

void AppendWord(absl::string_view word, std::string& words) {
  if (word.empty()) return;
  absl::StrAppend(&words, words.empty() ? "" : " ", word);
}

// Fills in text, street and house_number from what is below the city.
void ReadStreet(absl::string_view text, PostalAddress& address) {
  std::string word;
  std::string first_number;
  const auto end_word = [&] {
    AppendWord(word, address.text);
    AppendWord(word, address.street);
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const absl::string_view rest = text.substr(at);
    if (rest[0] == ' ') {
      end_word();
      ++at;
      continue;
    }
    std::string number;
    const bool after_number = word.empty() && !first_number.empty();
    if (absl::ascii_isascii(rest[0])) {
      size_t end = 0;
      while (end < rest.size() && (IsDigit(rest[end]) || IsLetter(rest[end]))) ++end;
      if (end == 0) end = 1;  // A symbol.
      number = WithoutLeadingZeros(std::string(rest.substr(0, end)));
      at += end;
    } else if (const auto written = WrittenNumberAt(rest, after_number); written.has_value()) {
      number = absl::StrCat(written->value);
      at += written->bytes;
    }
    if (number.empty()) {
      const size_t start = at;
      NextCharacter(text, at);
      word.append(text.data() + start, at - start);
      if (EndsWord(word, text.substr(at))) end_word();
      continue;
    }
    // 第三栋 is 3栋.
    if (absl::EndsWith(word, "第")) word.resize(word.size() - kHan);
    end_word();
    const absl::string_view marker = MarkerAt(text.substr(at));
    at += marker.size();
    AppendWord(number, address.text);
    const bool begins_with_digit = IsDigit(number[0]);
    if (begins_with_digit && first_number.empty()) first_number = number;
    if (begins_with_digit && address.house_number.empty() && (marker == "号" || marker == "号院")) {
      address.house_number = number;
    }
    // A word in letters ("SOHO") names a place, a single letter a building.
    if (!begins_with_digit && marker.empty() && number.size() > 1) {
      AppendWord(number, address.street);
    }
  }
  end_word();
  if (address.house_number.empty()) address.house_number = first_number;
}

// Takes province and city off the start of `text`, as often as they are there, and keeps the first.
void TakeRegions(absl::string_view& text, std::string& state, std::string& city) {
  for (;;) {
    const RegionName province = ProvinceAt(text);
    // 北京市 with nothing behind may be either.
    if (province.bytes > 0) {
      if (state.empty()) state = std::string(province.name);
      text.remove_prefix(province.bytes);
      continue;
    }
    const RegionName found = CityAt(text);
    if (found.bytes == 0) return;
    if (city.empty()) city = std::string(found.name);
    text.remove_prefix(found.bytes);
  }
}

}  // namespace

std::string WithoutLeadingZeros(std::string number) {
  size_t zeros = 0;
  while (zeros + 1 < number.size() && number[zeros] == '0' && IsDigit(number[zeros + 1])) ++zeros;
  number.erase(0, zeros);
  return number;
}

PostalAddress ParseChineseAddress(absl::string_view line, absl::string_view city,
                                  absl::string_view state) {
  constexpr size_t kPostalCode = 6;
  PostalAddress address;
  const std::string compact = WithoutNeedlessBlanks(line);
  absl::string_view text = compact;
  if (text.size() > kPostalCode && AreDigits(text.substr(0, kPostalCode)) &&
      !absl::ascii_isascii(text[kPostalCode])) {
    address.postal_code = std::string(text.substr(0, kPostalCode));
    text.remove_prefix(kPostalCode);
  }
  for (const absl::string_view country : {"中华人民共和国", "中国"}) {
    if (absl::ConsumePrefix(&text, country)) break;
  }

  const std::string compact_state = WithoutNeedlessBlanks(state);
  absl::string_view below_state = compact_state;
  TakeRegions(below_state, address.state, address.city);
  if (address.state.empty()) address.state = std::string(below_state);
  const std::string compact_city = WithoutNeedlessBlanks(city);
  absl::string_view below_city = compact_city;
  // The field for the city is right about it even where that for the province names another.
  std::string stated_city;
  TakeRegions(below_city, address.state, stated_city);
  std::string district;
  if (!stated_city.empty()) {
    address.city = stated_city;
    district = std::string(below_city);
  } else if (!below_city.empty()) {
    address.city = std::string(below_city);  // A town that is not in the table.
    if (below_city.size() > 2 * kHan) absl::ConsumeSuffix(&below_city, "市");
    if (absl::ConsumePrefix(&text, below_city)) absl::ConsumePrefix(&text, "市");
    address.city = std::string(below_city);
  }
  TakeRegions(text, address.state, address.city);
  if (address.city.empty() && !ProvinceOfCity(address.state).empty() &&
      ProvinceOfCity(address.state) == address.state) {
    address.city = address.state;  // A municipality.
  }
  if (address.state.empty()) address.state = std::string(ProvinceOfCity(address.city));
  // "深圳科技园路": the city is known, so its name before a street is no part of the street's.
  if (!address.city.empty() && absl::StartsWith(text, address.city) && district.empty()) {
    const absl::string_view behind = text.substr(address.city.size());
    const bool street_of_that_name = absl::StartsWith(behind, "路") ||
                                     absl::StartsWith(behind, "街") ||
                                     absl::StartsWith(behind, "大道");
    const bool direction = absl::StartsWith(behind, "东") || absl::StartsWith(behind, "西") ||
                           absl::StartsWith(behind, "南") || absl::StartsWith(behind, "北") ||
                           absl::StartsWith(behind, "中");
    if (!street_of_that_name && !direction) text = behind;
  }
  std::string street(text);
  if (!district.empty() && !absl::StartsWith(street, district)) street = district + street;
  ReadStreet(street, address);
  return address;
}

}  // namespace yilan::core
