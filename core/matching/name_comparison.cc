// Levels of names.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "core/matching/comparison.h"
#include "core/matching/string_distance.h"
#include "core/matching/words.h"

namespace yilan::core {
namespace {

// A name with less says nothing by one edit.
constexpr size_t kLeastNearName = 3;
constexpr size_t kLeastNearSpoken = 4;
constexpr size_t kLeastPrefix = 3;
constexpr size_t kLeastNearFullName = 4;

// Without the blanks between syllables, which sources set as they like.
bool SameWithoutBlanks(absl::string_view a, absl::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (true) {
    while (i < a.size() && a[i] == ' ') ++i;
    while (j < b.size() && b[j] == ' ') ++j;
    if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
    if (a[i++] != b[j++]) return false;
  }
}

bool Contains(absl::string_view text, absl::string_view part) {
  return text.find(part) != absl::string_view::npos;
}

bool StartsWith(absl::string_view text, absl::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Each word of `shorter` is a word of `longer`, or its initial.
bool IsShortFormOf(const Words& shorter, const Words& longer) {
  if (shorter.empty() || shorter.size() > longer.size()) return false;
  absl::InlinedVector<bool, 8> used(longer.size(), false);
  for (absl::string_view word : shorter) {
    bool found = false;
    for (size_t j = 0; j < longer.size() && !found; ++j) {
      if (used[j] || (word != longer[j] && !(word.size() == 1 && StartsWith(longer[j], word)))) {
        continue;
      }
      used[j] = found = true;
    }
    if (!found) return false;
  }
  return true;
}

bool ShareWord(const Words& a, const Words& b) {
  return std::any_of(a.begin(), a.end(), [&](absl::string_view word) {
    return word.size() >= kLeastPrefix && std::find(b.begin(), b.end(), word) != b.end();
  });
}

// A character of three bytes, as all common Chinese ones are, at the same place of both names.
bool ShareCharacter(absl::string_view a, absl::string_view b) {
  for (size_t at = 0; at + 3 <= std::min(a.size(), b.size()); at += 3) {
    if (a.substr(at, 3) == b.substr(at, 3)) return true;
  }
  return false;
}

// Of two names of two or more characters, all common ones of three bytes.
bool SharesLastCharacter(absl::string_view a, absl::string_view b) {
  return std::min(a.size(), b.size()) >= 6 && a.size() == b.size() &&
         a.substr(a.size() - 3) == b.substr(b.size() - 3);
}

Level CompareIdeographic(const NameView& a, const NameView& b) {
  const size_t shorter = std::min(a.spoken.size(), b.spoken.size());
  const bool near = shorter >= kLeastNearSpoken && WithinEdits(a.spoken, b.spoken, 1);
  const bool syllables = Contains(a.spoken, " ") || Contains(b.spoken, " ");
  if (near && syllables) return Level::kNear;
  if (std::min(CharacterCount(a.written), CharacterCount(b.written)) >= kLeastNearName &&
      WithinEdits(a.written, b.written, 1)) {
    return Level::kNear;
  }
  if (Contains(a.written, b.written) || Contains(b.written, a.written)) return Level::kContained;
  // One syllable more or less alike is often another name: wang and yang.
  if (near) return Level::kSimilar;
  // Brothers and sisters share the first character, as a rule; a name that was read wrongly keeps
  // either.
  if (SharesLastCharacter(a.written, b.written)) return Level::kSimilar;
  if (ShareCharacter(a.written, b.written)) return Level::kPartial;
  return Level::kDifferent;
}

Level CompareAlphabetic(absl::string_view a, absl::string_view b) {
  const size_t shorter = std::min(a.size(), b.size());
  const size_t longer = std::max(a.size(), b.size());
  const double alike = JaroWinkler(a, b);
  if (shorter >= kLeastNearName && (alike >= 0.96 || WithinEdits(a, b, 1))) return Level::kNear;
  const Words a_words = WordsOf(a);
  const Words b_words = WordsOf(b);
  if (IsShortFormOf(a_words, b_words) || IsShortFormOf(b_words, a_words)) return Level::kContained;
  if (shorter >= kLeastPrefix && (StartsWith(a, b) || StartsWith(b, a))) return Level::kContained;
  if (alike >= 0.88 || (longer >= 5 && WithinEdits(a, b, 2))) return Level::kSimilar;
  if (alike >= 0.78 || ShareWord(a_words, b_words)) return Level::kPartial;
  return Level::kDifferent;
}

// The branch of an organization that its name names at its end (上海分公司), without the place of
// that. Branches are customers of their own.
absl::string_view BranchIn(absl::string_view name) {
  constexpr absl::string_view kBranches[] = {"分公司", "子公司", "分行",   "支行",  "分店",
                                             "分部",   "办事处", "营业部", "分理处"};
  for (const absl::string_view branch : kBranches) {
    if (name.size() > branch.size() && name.substr(name.size() - branch.size()) == branch) {
      return branch;
    }
  }
  return {};
}

// Whether one names a branch, and the other none or that of another place.
bool AreDifferentBranches(absl::string_view a, absl::string_view b) {
  const absl::string_view branch = BranchIn(a);
  if (branch != BranchIn(b)) return true;
  if (branch.empty()) return false;
  // The place stands before: towns have two characters at least.
  constexpr size_t kTownBytes = 6;
  const absl::string_view in_a = a.substr(0, a.size() - branch.size());
  const absl::string_view in_b = b.substr(0, b.size() - branch.size());
  const size_t bytes = std::min({kTownBytes, in_a.size(), in_b.size()});
  return in_a.substr(in_a.size() - bytes) != in_b.substr(in_b.size() - bytes);
}

}  // namespace

Level CompareNames(const NameView& a, const NameView& b) {
  if (a.written == b.written) return Level::kExact;
  if (SameWithoutBlanks(a.spoken, b.spoken)) return Level::kSameSpoken;
  if (IsIdeographic(a.written) || IsIdeographic(b.written)) return CompareIdeographic(a, b);
  return CompareAlphabetic(a.written, b.written);
}

Level CompareFullNames(const NameView& a, const NameView& b) {
  if (a.written == b.written) return Level::kExact;
  if (SameWithoutBlanks(a.spoken, b.spoken)) return Level::kSameSpoken;
  const absl::string_view shorter = a.written.size() <= b.written.size() ? a.written : b.written;
  const absl::string_view longer = a.written.size() <= b.written.size() ? b.written : a.written;
  const double alike = EditSimilarity(a.written, b.written);
  if (AreDifferentBranches(a.written, b.written)) {
    return alike >= 0.5 || Contains(longer, shorter) ? Level::kPartial : Level::kDifferent;
  }
  if (alike >= 0.92 ||
      (std::min(CharacterCount(a.written), CharacterCount(b.written)) >= kLeastNearFullName &&
       WithinEdits(a.written, b.written, 1))) {
    return Level::kNear;
  }
  const Words a_words = WordsOf(a.written);
  const Words b_words = WordsOf(b.written);
  const bool a_in_b = IsShortFormOf(a_words, b_words);
  const bool b_in_a = IsShortFormOf(b_words, a_words);
  if (a_in_b && b_in_a) return Level::kNear;  // The same words in another order.
  if (a_in_b || b_in_a) return Level::kContained;
  if (shorter.size() >= kLeastNearFullName && IsIdeographic(a.written) &&
      IsIdeographic(b.written) && Contains(longer, shorter)) {
    return Level::kContained;
  }
  const double common = OverlapOf(a.written, b.written).of_both;
  if (alike >= 0.8 || common >= 0.75) return Level::kSimilar;
  if (alike >= 0.6 || common >= 0.5) return Level::kPartial;
  return Level::kDifferent;
}

}  // namespace yilan::core
