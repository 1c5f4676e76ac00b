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

}  // namespace

Level CompareStreets(const AddressView& a, const AddressView& b) {
  if (a.text.empty() || b.text.empty()) return Level::kNotCompared;
  if (a.text == b.text) return NamesHouse(a) ? Level::kExact : Level::kContained;
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
  const Part code = CompareTexts(a.postal_code, b.postal_code);
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
