#include "storage/transfer/sha256.h"

#include <openssl/evp.h>

#include <memory>

namespace yilan::storage::transfer {
namespace {

// Looking the algorithm up takes longer than hashing a record does.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

std::string Sha256(absl::Span<const absl::string_view> pieces) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex2(context.get(), Algorithm(), nullptr);
  for (const absl::string_view piece : pieces) {
    EVP_DigestUpdate(context.get(), piece.data(), piece.size());
  }
  unsigned char digest[kSha256Bytes];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), kSha256Bytes);
}

}  // namespace yilan::storage::transfer
