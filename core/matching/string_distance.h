// How far two texts are apart, in characters (Unicode code points), not bytes.
//
// Texts are UTF-8; a byte that is none counts as a character of its own. Pure; thread-safe; nothing
// allocates for texts up to 64 characters.
#ifndef YILAN_CORE_MATCHING_STRING_DISTANCE_H_
#define YILAN_CORE_MATCHING_STRING_DISTANCE_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace yilan::core {

// Characters of a text.
size_t CharacterCount(absl::string_view text);

// Fewest insertions, deletions, substitutions and transpositions of neighbours that turn one text
// into the other, where nothing is edited twice: the optimal string alignment distance (restricted
// Damerau-Levenshtein), by the bit vectors of Hyyrö 2003, "A Bit-Vector Algorithm for Computing
// Levenshtein and Damerau Edit Distances".
//
//   EditDistance("setreet", "street") == 1;   EditDistance("王小明", "王晓明") == 1;
size_t EditDistance(absl::string_view a, absl::string_view b);

// Whether EditDistance(a, b) <= limit; fast where lengths or letters say no, and for a limit of 1.
bool WithinEdits(absl::string_view a, absl::string_view b, size_t limit);

// 1 - EditDistance / characters of the longer text; 1 for two empty texts.
double EditSimilarity(absl::string_view a, absl::string_view b);

// Whether EditSimilarity(a, b) >= least; fast where lengths or letters say no.
bool IsSimilar(absl::string_view a, absl::string_view b, double least);

// Jaro similarity, raised by .1 of what is missing for each of up to four characters at the
// beginning that are the same (Winkler 1990, "String Comparator Metrics and Enhanced Decision
// Rules"). In [0, 1]; 1 for equal texts, 0 where one is empty.
//
//   JaroWinkler("martha", "marhta") == 0.9611;
double JaroWinkler(absl::string_view a, absl::string_view b);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_STRING_DISTANCE_H_
