// The facts of one customer over several subjects and kinds, newest first, page by page.
//
// Facts are ordered by occurrence time, the newest first; where that is equal, by kind, record id
// and subject. Each (subject, kind) is one scan that starts at the page's position and ends where
// the page is full, so a page costs the same at any depth. A page continues behind a place in this
// order, not behind a count: facts that come or go between two pages neither repeat nor hide
// others.
//
//   ASSIGN_OR_RETURN(const std::string next,
//                    ListFacts(reader, customer.members, kinds, position, 50, visit));
//   if (!next.empty()) response.set_next_page_token(MakePageToken(query, next));
#ifndef YILAN_CORE_VIEWS_FACT_PAGES_H_
#define YILAN_CORE_VIEWS_FACT_PAGES_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/record_store.h"

namespace yilan::core {

// A page ends behind the fact with which its payloads reach this: clients refuse messages of more
// than 4 MiB unless told otherwise, and a quarantined fact is shown twice, parsed and as it came.
inline constexpr size_t kMaxPageBytes = size_t{1} << 20;

// Visits up to `max` (at least 1) facts, fewer where they are large, of `members` and `kinds`
// behind `position`, an earlier result or empty for the newest. Returns the position behind the
// last one visited; empty when there are no more. A member or kind that is listed twice counts
// once. The visit happens after all scans, and its views live as long as it. Errors:
// INVALID_PAGE_TOKEN when `position` is not one that this returned; those of the reader and of
// `visit`.
absl::StatusOr<std::string> ListFacts(storage::Reader& reader,
                                      absl::Span<const storage::SubjectId> members,
                                      absl::Span<const storage::Kind> kinds,
                                      absl::string_view position, size_t max,
                                      storage::RecordVisitor visit);

}  // namespace yilan::core

#endif  // YILAN_CORE_VIEWS_FACT_PAGES_H_
