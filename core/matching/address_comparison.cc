// Levels of postal addresses. Sources put the parts of an address into different fields, so words
// are compared wherever they stand.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "core/matching/comparison.h"
#include "core/matching/string_distance.h"
#include "core/matching/words.h"

namespace yilan::core {
namespace {

constexpr double kAlike = 0.8;
constexpr double kAll = 0.999;
constexpr double kHalf = 0.5;
constexpr size_t kLeastTownInText = 3;
// Bytes of a word that names a street, more likely than a sort of street.
constexpr size_t kLeastNamingWord = 5;

enum class Part : uint8_t { kMissing, kSame, kNear, kDifferent };

Part CompareTexts(absl::string_view a, absl::string_view b) {
  if (a.empty() || b.empty()) return Part::kMissing;
  if (a == b) return Part::kSame;
  if (std::min(a.size(), b.size()) >= 3 && WithinEdits(a, b, 1)) return Part::kNear;
  return Part::kDifferent;
}

Part CompareTowns(const AddressView& a, const AddressView& b) {
  const Part part = CompareTexts(a.city, b.city);
  if (part == Part::kSame || part == Part::kNear) return part;
  const auto stands_in = [](absl::string_view town, absl::string_view text) {
    return town.size() >= kLeastTownInText && HasWords(text, town);
  };
  if (stands_in(a.city, b.text) || stands_in(b.city, a.text)) return Part::kSame;
  if (part == Part::kMissing) return part;
  if (HasWords(a.city, b.city) || HasWords(b.city, a.city)) return Part::kNear;
  if (IsSimilar(a.city, b.city, kAlike) || OverlapOf(a.city, b.city).of_both >= kAlike) {
    return Part::kNear;
  }
  return Part::kDifferent;
}

bool EndsWith(absl::string_view text, absl::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether the line leads to a house, and not to a street or village only: in Chinese villages the
// one number is that of a group of houses.
bool NamesHouse(const AddressView& address) {
  if (address.house_number.empty()) return false;
  const Words words = WordsOf(address.street);
  if (words.empty()) return true;
  constexpr absl::string_view kVillages[] = {"村", "屯", "庄", "组", "队", "社", "寨"};
  const bool village =
      std::any_of(std::begin(kVillages), std::end(kVillages),
                  [&](absl::string_view end) { return EndsWith(words.back(), end); });
  if (!village) return true;
  const Words all = WordsOf(address.text);
  return std::count_if(all.begin(), all.end(), [](absl::string_view word) {
           return absl::ascii_isdigit(static_cast<unsigned char>(word.front()));
         }) > 1;
}

// A Chinese street line in parts: 荔湾区 朝阳街 145 怡景苑 6 2 401 is the district, two names (a
// road and a housing estate) and four numbers. Sources leave out the district, the road or the
// estate.
struct ChineseLine {
  absl::string_view district;
  Words names;
  Words numbers;
};

ChineseLine PartsOf(const AddressView& address) {
  ChineseLine line;
  line.district = DistrictOf(address.text);
  Words words = WordsOf(address.text);
  for (size_t i = line.district.empty() ? 0 : 1; i < words.size(); ++i) {
    const bool number =
        absl::ascii_isdigit(static_cast<unsigned char>(words[i].front())) || words[i].size() == 1;
    (number ? line.numbers : line.names).push_back(words[i]);
  }
  return line;
}

bool AllAmong(const Words& part, const Words& all) {
  return std::all_of(part.begin(), part.end(), [&](absl::string_view word) {
    return std::find(all.begin(), all.end(), word) != all.end();
  });
}

bool IsPrefix(const Words& part, const Words& all) {
  return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

bool IsSuffix(const Words& part, const Words& all) {
  return part.size() <= all.size() && std::equal(part.rbegin(), part.rend(), all.rbegin());
}

// One name of several is another by one character: 青年路 and 青牛路.
bool DifferInOneCharacter(const Words& a, const Words& b) {
  if (a.size() != b.size()) return false;
  size_t different = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    if (!WithinEdits(a[i], b[i], 1)) return false;
    ++different;
  }
  return different == 1;
}

// Numbers of one flat, written with an error in one of them: all others agree, the last as well,
// in which neighbors differ.
bool DifferInOneNumber(const Words& a, const Words& b) {
  if (a.size() != b.size() || a.size() < 3 || a.back() != b.back()) return false;
  size_t different = 0;
  for (size_t i = 0; i < a.size(); ++i) different += a[i] == b[i] ? 0 : 1;
  return different == 1;
}

// Whether so many numbers lead to one flat wherever they agree.
bool LeadToFlat(const Words& numbers) {
  return numbers.size() >= 2 || (numbers.size() == 1 && numbers.front().size() >= 3);
}

// What the parts of two Chinese lines say that words and house number do not: kNotCompared where
// they say nothing more.
Level CompareChineseStreets(const AddressView& a, const AddressView& b) {
  ChineseLine left = PartsOf(a);
  ChineseLine right = PartsOf(b);
  if (!left.district.empty() && !right.district.empty() && left.district != right.district) {
    return Level::kNotCompared;
  }
  if (left.names.empty() || right.names.empty()) return Level::kNotCompared;
  if (left.numbers.size() > right.numbers.size()) std::swap(left, right);
  const bool left_in_right = AllAmong(left.names, right.names);
  const bool right_in_left = AllAmong(right.names, left.names);
  const bool same_numbers = left.numbers == right.numbers;
  if (left_in_right && right_in_left) {
    const bool houses = NamesHouse(a) && NamesHouse(b);
    if (left.numbers.empty() || !houses) {
      return IsPrefix(left.numbers, right.numbers) ? Level::kContained : Level::kNotCompared;
    }
    // The one without its district: else the texts are the same.
    if (same_numbers || IsPrefix(left.numbers, right.numbers)) return Level::kNear;
    return DifferInOneNumber(left.numbers, right.numbers) ? Level::kNear : Level::kNotCompared;
  }
  if (!LeadToFlat(left.numbers)) return Level::kNotCompared;
  if (same_numbers && (left_in_right || right_in_left)) return Level::kNear;
  if (left_in_right && IsSuffix(left.numbers, right.numbers)) return Level::kNear;
  if (same_numbers && DifferInOneCharacter(left.names, right.names)) return Level::kNear;
  return Level::kNotCompared;
}

}  // namespace

absl::string_view DistrictOf(absl::string_view text) {
  const absl::string_view first = text.substr(0, text.find(' '));
  constexpr size_t kLeast = 6;
  if (first.size() < kLeast) return {};
  constexpr absl::string_view kDistricts[] = {"区", "县", "旗", "市"};
  constexpr absl::string_view kParts[] = {"小区", "社区", "园区", "校区", "厂区", "街区"};
  const auto ends = [first](absl::string_view end) { return EndsWith(first, end); };
  return std::any_of(std::begin(kDistricts), std::end(kDistricts), ends) &&
                 std::none_of(std::begin(kParts), std::end(kParts), ends)
             ? first
             : absl::string_view();
}

Level CompareStreets(const AddressView& a, const AddressView& b) {
  if (a.text.empty() || b.text.empty()) return Level::kNotCompared;
  if (a.text == b.text) return NamesHouse(a) ? Level::kExact : Level::kContained;
  if (IsIdeographic(a.text) && IsIdeographic(b.text)) {
    const Level level = CompareChineseStreets(a, b);
    if (level != Level::kNotCompared) return level;
  }
  const bool one_has_no_number = a.house_number.empty() || b.house_number.empty();
  const bool same_house = !one_has_no_number && a.house_number == b.house_number;
  if (a.street.empty() || b.street.empty()) {
    return same_house && a.street == b.street ? Level::kSimilar : Level::kNotCompared;
  }
  WordOverlap overlap = OverlapOf(a.street, b.street);
  if (overlap.of_both < kAlike) {
    // Words that are run together or split, and texts without blanks.
    if (IsSimilar(a.street, b.street, kAlike)) {
      overlap.of_both = std::max(overlap.of_both, EditSimilarity(a.street, b.street));
    } else if (same_house && IsSimilar(a.street, b.street, kHalf)) {
      overlap.of_both = std::max(overlap.of_both, kHalf);
    }
    const absl::string_view shorter = a.street.size() <= b.street.size() ? a.street : b.street;
    const absl::string_view longer = a.street.size() <= b.street.size() ? b.street : a.street;
    if (shorter.size() >= 6 && HasWords(longer, shorter)) overlap.of_either = 1;
  }
  const bool same_street = overlap.of_both >= kAll;
  const bool alike = overlap.of_both >= kAlike;
  const bool contained = overlap.of_either >= 0.9;
  if (same_house && same_street) {
    // Flats of one house, where both say which.
    const WordOverlap all = OverlapOf(a.text, b.text);
    if (all.of_both >= kAll) return NamesHouse(a) ? Level::kExact : Level::kContained;
    return all.of_either >= kAll ? Level::kNear : Level::kSimilar;
  }
  if (same_house && alike) return Level::kNear;
  if ((same_house && contained) || (one_has_no_number && alike)) return Level::kContained;
  const bool share_name = overlap.longest >= kLeastNamingWord;
  if (same_house && (overlap.of_both >= kHalf || share_name)) return Level::kSimilar;
  if (alike && !one_has_no_number && std::max(a.house_number.size(), b.house_number.size()) >= 2 &&
      WithinEdits(a.house_number, b.house_number, 1)) {
    return Level::kSimilar;
  }
  if (alike || contained || share_name) return Level::kPartial;
  return Level::kDifferent;
}

Level ComparePlaces(const AddressView& a, const AddressView& b) {
  const Part town = CompareTowns(a, b);
  Part code = CompareTexts(a.postal_code, b.postal_code);
  // In China the district says as much, and stands in the line.
  if (code == Part::kMissing) {
    const absl::string_view left = DistrictOf(a.text);
    const absl::string_view right = DistrictOf(b.text);
    if (!left.empty() && !right.empty()) code = left == right ? Part::kSame : Part::kDifferent;
  }
  if (town == Part::kMissing && code == Part::kMissing) {
    switch (CompareTexts(a.state, b.state)) {
      case Part::kMissing:
        return Level::kNotCompared;
      case Part::kSame:
        return Level::kPartial;
      case Part::kNear:
      case Part::kDifferent:
        return Level::kDifferent;
    }
  }
  const auto [better, worse] = std::minmax(town, code, [](Part x, Part y) {
    // What is missing stands between what agrees and what does not.
    const auto rank = [](Part part) {
      return part == Part::kSame ? 0 : part == Part::kNear ? 1 : part == Part::kMissing ? 2 : 3;
    };
    return rank(x) < rank(y);
  });
  if (better == Part::kSame) {
    if (worse == Part::kSame) return Level::kExact;
    if (worse == Part::kNear) return Level::kNear;
    return worse == Part::kMissing ? Level::kContained : Level::kSimilar;
  }
  if (better == Part::kNear) return worse == Part::kNear ? Level::kSimilar : Level::kPartial;
  return Level::kDifferent;
}

}  // namespace yilan::core
