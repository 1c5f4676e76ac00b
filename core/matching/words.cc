#include "core/matching/words.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "core/matching/string_distance.h"

namespace yilan::core {
namespace {

// Of characters of one byte; of Chinese characters, with three bytes, it is four as well.
constexpr size_t kLeastNearWord = 4;
constexpr size_t kLeastNearWideWord = 12;
// What a word counts for that has one edit.
constexpr double kNearWord = 0.85;

bool IsLetter(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

bool AreNear(absl::string_view a, absl::string_view b) {
  const size_t shorter = std::min(a.size(), b.size());
  if (shorter < kLeastNearWord) return false;
  const bool wide = static_cast<uint8_t>(a.front()) >= 0x80;
  return (!wide || shorter >= kLeastNearWideWord) && WithinEdits(a, b, 1);
}

// Of two words that were run together and one of them.
bool IsBeginning(absl::string_view a, absl::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  return size > kLeastNearWord && a.substr(0, size) == b.substr(0, size);
}

}  // namespace

bool IsIdeographic(absl::string_view text) {
  // They have three bytes in UTF-8, the first from here on.
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) >= 0xE3; });
}

Words WordsOf(absl::string_view text) {
  Words words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

bool NamesPlace(absl::string_view word) {
  constexpr absl::string_view kDistricts[] = {"区", "县", "市", "镇", "乡", "州", "旗", "盟"};
  return std::none_of(std::begin(kDistricts), std::end(kDistricts), [&](absl::string_view end) {
    return word.size() > end.size() && word.substr(word.size() - end.size()) == end;
  });
}

bool HasWords(absl::string_view text, absl::string_view part) {
  if (part.empty()) return false;
  for (size_t at = text.find(part); at != absl::string_view::npos; at = text.find(part, at + 1)) {
    const size_t end = at + part.size();
    const bool begins = at == 0 || !IsLetter(text[at - 1]) || !IsLetter(part.front());
    const bool ends = end == text.size() || !IsLetter(text[end]) || !IsLetter(part.back());
    if (begins && ends) return true;
  }
  return false;
}

WordOverlap OverlapOf(absl::string_view a, absl::string_view b) {
  // Words are paired greedily, which depends on the order of the two; the result must not.
  if (b < a) std::swap(a, b);
  const Words left = WordsOf(a);
  const Words right = WordsOf(b);
  absl::InlinedVector<bool, 8> left_used(left.size(), false), right_used(right.size(), false);
  double left_common = 0;
  double right_common = 0;
  size_t longest = 0;
  for (const bool exact : {true, false}) {
    for (size_t i = 0; i < left.size(); ++i) {
      if (left_used[i]) continue;
      for (size_t j = 0; j < right.size(); ++j) {
        if (right_used[j]) continue;
        if (!exact && IsBeginning(left[i], right[j])) {
          longest = std::max(longest, std::min(left[i].size(), right[j].size()));
        }
        const bool same = exact ? left[i] == right[j] : AreNear(left[i], right[j]);
        if (!same) continue;
        left_used[i] = right_used[j] = true;
        if (NamesPlace(left[i]))
          longest = std::max(longest, std::min(left[i].size(), right[j].size()));
        const double part = exact ? 1 : kNearWord;
        left_common += part * static_cast<double>(left[i].size());
        right_common += part * static_cast<double>(right[j].size());
        break;
      }
    }
  }
  double left_size = 0;
  double right_size = 0;
  for (absl::string_view word : left) left_size += static_cast<double>(word.size());
  for (absl::string_view word : right) right_size += static_cast<double>(word.size());
  if (left_size == 0 || right_size == 0) return {};
  return {.of_both = (left_common + right_common) / (left_size + right_size),
          .of_either = std::max(left_common / left_size, right_common / right_size),
          .longest = longest};
}

}  // namespace yilan::core
