// Page tokens: opaque, bound to the query that made them, and granting nothing.
//
//   const uint64_t query = QueryHash({"ListCustomerBills", customer_id});
//   response.set_next_page_token(MakePageToken(query, last_position));
//   ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
#ifndef YILAN_CORE_VALIDATION_PAGE_TOKEN_H_
#define YILAN_CORE_VALIDATION_PAGE_TOKEN_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace yilan::core {

// A hash of what makes a query the same query; the same in every server and version.
uint64_t QueryHash(std::initializer_list<absl::string_view> parts);

// A token (web-safe base64) that carries `position`, which is not secret: core checks every
// position as it would a request.
std::string MakePageToken(uint64_t query, absl::string_view position);
// The position in the token; empty for an empty token. INVALID_PAGE_TOKEN when it was not made for
// this query, or was altered.
absl::StatusOr<std::string> ReadPageToken(uint64_t query, absl::string_view token);

// The page size to use: 50 when 0, at most 1,000. `page_size` is not negative.
int ClampPageSize(int page_size);

}  // namespace yilan::core

#endif  // YILAN_CORE_VALIDATION_PAGE_TOKEN_H_
