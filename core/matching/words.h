// The words of a folded text.
#ifndef YILAN_CORE_MATCHING_WORDS_H_
#define YILAN_CORE_MATCHING_WORDS_H_

#include <cstddef>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

namespace yilan::core {

// Parts of the text.
using Words = absl::InlinedVector<absl::string_view, 8>;

// Written with Chinese characters, at least one of them.
bool IsIdeographic(absl::string_view text);

// What stands between blanks, in its order.
Words WordsOf(absl::string_view text);

// Not the name of a Chinese district, county or town, which is that of thousands of addresses.
bool NamesPlace(absl::string_view word);

// Whether `part` stands in `text` and neither begins nor ends within a word of letters.
bool HasWords(absl::string_view text, absl::string_view part);

// What two texts have in common, word by word, in [0, 1]; words of four characters and more count
// as nearly the same with one edit between them. The order of the words does not count, and how
// long they are does.
struct WordOverlap {
  double of_both = 0;    // Part of all characters of both.
  double of_either = 0;  // Part of the characters of the one that has more of its own in common.
  size_t longest =
      0;  // Bytes of the longest word in common, nearly so, or run together; districts aside.
};
WordOverlap OverlapOf(absl::string_view a, absl::string_view b);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_WORDS_H_
