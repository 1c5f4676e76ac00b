#include "core/matching/term_hash.h"

#define XXH_INLINE_ALL  // The library is in its header.
#include <xxhash.h>

namespace yilan::core {

uint64_t TermHash(absl::string_view term) { return XXH3_64bits(term.data(), term.size()); }

uint64_t TermHash(absl::string_view first, absl::string_view second) {
  return XXH3_64bits_withSeed(second.data(), second.size(), TermHash(first));
}

}  // namespace yilan::core
