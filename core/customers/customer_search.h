// Customers by index entries, page by page, each customer once.
//
// A customer may hold many entries of one search: a prefix finds several words of its names, and
// several records state the same number. It is shown at the first of its entries only, in order of
// (term, record). Whether an entry is the first of its customer is asked of the customer's own
// records, not of the pages before, so the answer is the same on whatever page the entry comes up:
// no customer is shown on two pages, and none is left out. (A customer whose entries change between
// two pages may move across the place where the page ended, as in any list that is paged by key.)
#ifndef YILAN_CORE_CUSTOMERS_CUSTOMER_SEARCH_H_
#define YILAN_CORE_CUSTOMERS_CUSTOMER_SEARCH_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "core/facts/keys.h"
#include "storage/record_store.h"
#include "yilan/v1/identifier.pb.h"

namespace yilan::core {

// The customers of one page, in the order of their first entries.
struct SearchPage {
  std::vector<storage::CustomerState> customers;
  std::string next;  // Where the next page begins; empty when there is none.
};

// Up to `max` (at least 1) customers whose names, in any source record, have a word that begins
// with the prefix of `range` (NamePrefixRange). `position` is `next` of the page before, or empty.
// Errors: INVALID_PAGE_TOKEN; those of the reader.
absl::StatusOr<SearchPage> SearchByName(storage::Reader& reader, const TermRange& range,
                                        absl::string_view position, TimeMicros as_of, size_t max);

// Up to `max` customers that hold `identifier`, which is well-formed, at `as_of`.
absl::StatusOr<SearchPage> SearchByTypedIdentifier(storage::Reader& reader,
                                                   const v1::TypedIdentifier& identifier,
                                                   absl::string_view position, TimeMicros as_of,
                                                   size_t max);

}  // namespace yilan::core

#endif  // YILAN_CORE_CUSTOMERS_CUSTOMER_SEARCH_H_
