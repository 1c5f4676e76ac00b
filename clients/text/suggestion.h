// "Did you mean …?" for names that people mistype. Thread-safe.
#ifndef YILAN_CLIENTS_TEXT_SUGGESTION_H_
#define YILAN_CLIENTS_TEXT_SUGGESTION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace yilan {

// How to go on after an unknown name: "; did you mean `amount`?" when one of `known` is close,
// else "; known: a, b, c" (the first twelve of them). Fits behind an error message. Upper and
// lower case, and - and _, are taken for the same.
std::string Suggestion(absl::string_view unknown, const std::vector<std::string>& known);

}  // namespace yilan

#endif  // YILAN_CLIENTS_TEXT_SUGGESTION_H_
