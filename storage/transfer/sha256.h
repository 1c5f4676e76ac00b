// SHA-256, by libcrypto.
#ifndef YILAN_STORAGE_TRANSFER_SHA256_H_
#define YILAN_STORAGE_TRANSFER_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace yilan::storage::transfer {

inline constexpr size_t kSha256Bytes = 32;

// The 32 bytes of the digest of all pieces, one behind the other. Thread-safe.
std::string Sha256(absl::Span<const absl::string_view> pieces);

}  // namespace yilan::storage::transfer

#endif  // YILAN_STORAGE_TRANSFER_SHA256_H_
