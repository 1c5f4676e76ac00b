// From whatever a caller knows of a customer to the customer.
#ifndef YILAN_CORE_IDENTITY_RESOLVE_H_
#define YILAN_CORE_IDENTITY_RESOLVE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "storage/record_store.h"
#include "yilan/v1/identifier.pb.h"

namespace yilan::core {

// The customer that `identifier` names at `now`: redirects are followed, and of a term only entries
// valid at `now` count. Errors: INVALID_FIELDS (nothing set, a malformed customer id, a subject
// without source system), CUSTOMER_NOT_FOUND, AMBIGUOUS_IDENTIFIER with metadata customer_ids
// (comma-separated, at most 20).
absl::StatusOr<storage::CustomerState> ResolveCustomer(storage::Reader& reader,
                                                       const v1::CustomerIdentifier& identifier,
                                                       TimeMicros now);

// All customers that hold `identifier` at `now`, sorted, at most `max`; empty when there is none.
// Errors: INVALID_FIELDS.
absl::StatusOr<std::vector<storage::CustomerId>> FindHolders(
    storage::Reader& reader, const v1::CustomerIdentifier& identifier, TimeMicros now, size_t max);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_RESOLVE_H_
