#include "clients/text/suggestion.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace yilan {
namespace {

constexpr size_t kLongestName = 64;
constexpr size_t kMostListed = 12;

std::string Folded(absl::string_view name) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(name.substr(0, kLongestName)), {{"-", "_"}});
}

// Edits (insert, delete, replace, swap of neighbours) that lead from one to the other.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> edits(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) edits[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) edits[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1,
                              edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
      }
    }
  }
  return edits[a.size()][b.size()];
}

}  // namespace

std::string Suggestion(absl::string_view unknown, const std::vector<std::string>& known) {
  const std::string folded = Folded(unknown);
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(folded.size() / 3, 1) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = Distance(folded, Folded(candidate));
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  if (best != nullptr) return absl::StrCat("; did you mean `", *best, "`?");
  if (known.empty()) return "";
  const size_t listed = std::min(known.size(), kMostListed);
  return absl::StrCat(
      "; known: ",
      absl::StrJoin(known.begin(), known.begin() + static_cast<ptrdiff_t>(listed), ", "),
      listed < known.size() ? ", …" : "");
}

}  // namespace yilan
