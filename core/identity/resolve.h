// From whatever a caller knows of a customer to the customer.
//
//   RETURN_IF_ERROR(store.Read(call.storage(), [&](Reader& reader) -> absl::Status {
//     ASSIGN_OR_RETURN(const CustomerState customer,
//                      ResolveCustomer(reader, request.customer(), AsOf(request, now)));
//     ...
//
// Customers of Yilan's own (core/identity/own_customers.h) are not found by anything.
#ifndef YILAN_CORE_IDENTITY_RESOLVE_H_
#define YILAN_CORE_IDENTITY_RESOLVE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "core/facts/times.h"
#include "storage/record_store.h"
#include "yilan/v1/identifier.pb.h"

namespace yilan::core {

// The customer that `identifier` names at `as_of`, which is now unless the caller asks for another
// time: redirects are followed, and of a term only entries valid then count. `path` is how the
// caller's request calls the identifier. Errors: INVALID_FIELDS (nothing set, a malformed customer
// id, a subject without source system or key, a value that holds nothing of an identifier),
// CUSTOMER_NOT_FOUND, AMBIGUOUS_IDENTIFIER with metadata customer_ids (comma-separated, at most
// 20); those of the reader as they are.
absl::StatusOr<storage::CustomerState> ResolveCustomer(storage::Reader& reader,
                                                       const v1::CustomerIdentifier& identifier,
                                                       TimeMicros as_of,
                                                       absl::string_view path = "customer");

// The customer_id in `identifier`, if that is not `found`, to which it led: the id of a customer
// that was merged. Empty for all other identifiers.
std::string RedirectedFrom(const v1::CustomerIdentifier& identifier, storage::CustomerId found);

// All customers that hold `identifier` at `as_of`, sorted, at most `max`; empty when there is none.
// Errors: INVALID_FIELDS; those of the reader as they are.
absl::StatusOr<std::vector<storage::CustomerId>> FindHolders(
    storage::Reader& reader, const v1::CustomerIdentifier& identifier, TimeMicros as_of, size_t max,
    absl::string_view path = "customer");

// The parts of the above, for callers that go other ways to the same end.

// INVALID_FIELDS with the path of the field if `identifier` cannot name a customer, whatever is
// stored. A malformed customer id is not found here but by ParseCustomerId.
absl::Status CheckIdentifier(const v1::CustomerIdentifier& identifier, absl::string_view path);
// The id in an identifier whose customer_id is set. Errors: INVALID_FIELDS.
absl::StatusOr<storage::CustomerId> ParseCustomerId(const v1::CustomerIdentifier& identifier,
                                                    absl::string_view path);
// Follows redirects from `customer` to a customer that has members. Errors: CUSTOMER_NOT_FOUND.
absl::StatusOr<storage::CustomerState> FollowRedirects(storage::Reader& reader,
                                                       storage::CustomerId customer);
absl::Status CustomerNotFound();

// How long a chain of redirects may be. A customer is redirected when another takes its subjects,
// of which there are at most kMaxMembers, so no chain is longer; a longer one is damaged data.
inline constexpr int kMaxRedirects = static_cast<int>(storage::kMaxMembers);

// Whether an index entry says something about `time`.
inline bool IsValidAt(const storage::Term& term, TimeMicros time) {
  return term.valid_from <= time && time < term.valid_to;
}

// The moment at which a request wants its identifier looked up.
template <typename Request>
TimeMicros AsOf(const Request& request, TimeMicros now) {
  return request.has_as_of_time() ? MicrosOf(request.as_of_time()) : now;
}

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_RESOLVE_H_
