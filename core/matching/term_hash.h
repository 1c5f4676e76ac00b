// The hash by which values are known in term frequency tables and blocking keys. It is stored: XXH3
// with 64 bits, seed 0, of the folded value; never to be changed.
#ifndef YILAN_CORE_MATCHING_TERM_HASH_H_
#define YILAN_CORE_MATCHING_TERM_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace yilan::core {

uint64_t TermHash(absl::string_view term);
// Of several parts, as different from one text that has them all.
uint64_t TermHash(absl::string_view first, absl::string_view second);

}  // namespace yilan::core

#endif  // YILAN_CORE_MATCHING_TERM_HASH_H_
