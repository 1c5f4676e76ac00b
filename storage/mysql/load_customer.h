// The reading of one customer's records for a view.
//
// A caller who knows a revision asks for that first: a read by primary key, and most often all
// there is to do. (Asking for it in the statement that reads the records, on a condition, costs 1.4
// times as much where nothing has changed, for every table of a join is opened.) One statement then
// reads the customer and all its records, if they are no more than kMostRecordsAtOnce. A customer
// with more is read in another one, which takes of each kind as many as the limits allow;
// LoadedCustomer::place remembers that, so that the next load does not read records in vain.
#ifndef YILAN_STORAGE_MYSQL_LOAD_CUSTOMER_H_
#define YILAN_STORAGE_MYSQL_LOAD_CUSTOMER_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/mysql/session.h"
#include "storage/record_store.h"

namespace yilan::storage::mysql {

inline constexpr size_t kMostRecordsAtOnce = 256;

// The revisions of `customers`, in their order; nothing for one that is not there.
absl::Status ReadRevisions(Session& session, absl::Span<const CustomerId> customers,
                           std::vector<std::optional<Revision>>& revisions);

// As RecordStore::LoadCustomer says, on a session in mode kRead without a transaction. Nothing was
// visited when it ends with an error of the session.
absl::StatusOr<LoadedCustomer> LoadCustomer(Session& session, const CustomerRef& ref,
                                            const LoadOptions& options, RecordVisitor visit);

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_LOAD_CUSTOMER_H_
