#include "core/validation/page_token.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/errors.h"

namespace yilan::core {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHashBytes = 8;
constexpr size_t kHeadBytes = 1 + kHashBytes;
constexpr size_t kChecksumBytes = 8;
// No token of ours is as long; reading a longer one is not worth its memory.
constexpr size_t kMaxTokenBytes = 4096;

constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;

void AppendBigEndian(uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

// The first eight bytes of SHA-256, which every version of the server can compute again. It finds
// tokens that were cut, mixed up or edited; it is no secret, because tokens grant nothing.
std::string Digest(absl::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return std::string(reinterpret_cast<const char*>(digest.data()), kHashBytes);
}

absl::Status InvalidPageToken(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_PAGE_TOKEN,
                         absl::StrCat("page_token ", why, "; start again without one"));
}

}  // namespace

uint64_t QueryHash(std::initializer_list<absl::string_view> parts) {
  // With their lengths, so that {"ab", "c"} is not {"a", "bc"}.
  std::string bytes;
  for (const absl::string_view part : parts) {
    AppendBigEndian(part.size(), bytes);
    absl::StrAppend(&bytes, part);
  }
  uint64_t hash = 0;
  for (const char byte : Digest(bytes)) hash = hash << 8 | static_cast<unsigned char>(byte);
  return hash;
}

std::string MakePageToken(uint64_t query, absl::string_view position) {
  std::string bytes(1, kVersion);
  AppendBigEndian(query, bytes);
  absl::StrAppend(&bytes, position);
  absl::StrAppend(&bytes, Digest(bytes));
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<std::string> ReadPageToken(uint64_t query, absl::string_view token) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (token.size() > kMaxTokenBytes || !absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() < kHeadBytes + kChecksumBytes) {
    return InvalidPageToken("is not one that this server hands out");
  }
  const absl::string_view all = bytes;
  const absl::string_view body = all.substr(0, all.size() - kChecksumBytes);
  // Base 64 can write the same bytes in several ways, of which one is ours.
  if (Digest(body) != all.substr(body.size()) || absl::WebSafeBase64Escape(bytes) != token) {
    return InvalidPageToken("was altered");
  }
  if (bytes[0] != kVersion) {
    return InvalidPageToken("is of another version of the server");
  }
  std::string expected;
  AppendBigEndian(query, expected);
  if (body.substr(1, kHashBytes) != expected) {
    return InvalidPageToken("was handed out for another query");
  }
  return std::string(body.substr(kHeadBytes));
}

int ClampPageSize(int page_size) {
  return page_size <= 0 ? kDefaultPageSize : std::min(page_size, kMaxPageSize);
}

}  // namespace yilan::core
