// Text that is fit to be stored and shown: UTF-8 without NUL.
#ifndef YILAN_CORE_VALIDATION_TEXT_H_
#define YILAN_CORE_VALIDATION_TEXT_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace yilan::core {

// How many bytes of `text`, from its beginning, are well-formed UTF-8 (Unicode, table 3-7: no
// surrogates, nothing overlong, nothing above U+10FFFF) without NUL. text.size() when all are; else
// the byte at that place is NUL or begins what is not UTF-8.
size_t CleanTextPrefix(absl::string_view text);

}  // namespace yilan::core

#endif  // YILAN_CORE_VALIDATION_TEXT_H_
