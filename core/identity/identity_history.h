// The ledger of identity, as people read it: how a customer came to be.
#ifndef YILAN_CORE_IDENTITY_IDENTITY_HISTORY_H_
#define YILAN_CORE_IDENTITY_IDENTITY_HISTORY_H_

#include <map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/identity/identity_records.h"
#include "storage/record_store.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/identity_event.pb.h"

namespace yilan::core {

// The events of a customer and of those that were merged into it, also through others; the oldest
// first, as their ids are. Errors: DATA_LOSS; those of the reader.
using IdentityHistory = std::map<IdentityEventId, yilan::storage::v1::StoredIdentityEvent>;
absl::StatusOr<IdentityHistory> HistoryOf(storage::Reader& reader, storage::CustomerId customer);

// Fills `event`, which is empty, with what is stored, subjects by the first of their names. Errors:
// DATA_LOSS; those of the reader.
absl::Status ShowEvent(storage::Reader& reader, IdentityEventId id,
                       const yilan::storage::v1::StoredIdentityEvent& stored,
                       v1::IdentityEvent& event);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_IDENTITY_HISTORY_H_
