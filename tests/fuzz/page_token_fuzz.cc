// Page tokens come from outside: any bytes must be refused or read, never crash, and what is read
// must be what MakePageToken wrote.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "core/errors.h"
#include "core/validation/page_token.h"

namespace yilan::core {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void ReadAnything(uint64_t query, absl::string_view token) {
  const auto position = ReadPageToken(query, token);
  if (!position.ok()) {
    Require(ReasonOf(position.status()) == v1::ERROR_REASON_INVALID_PAGE_TOKEN);
  } else if (!token.empty()) {
    Require(MakePageToken(query, *position) == token);
  }
}

void ReadBack(uint64_t query, absl::string_view position) {
  // Longer positions do not fit into the field of a request.
  if (position.size() > 700) return;
  const std::string token = MakePageToken(query, position);
  const auto read = ReadPageToken(query, token);
  Require(read.ok() && *read == position);
  Require(!ReadPageToken(query + 1, token).ok());
}

}  // namespace
}  // namespace yilan::core

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const uint64_t query = yilan::core::QueryHash({"ListCustomerBills"});
  yilan::core::ReadAnything(query, bytes);
  yilan::core::ReadBack(query, bytes);
  return 0;
}
