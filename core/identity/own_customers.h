// Customers of Yilan's own: what Yilan keeps for itself (quarantined facts, settings) are records
// of theirs, so that it is transactional, audited and in the change feed, and is copied, backed up
// and verified like everything else.
//
// They are shown to nobody: no id, key, search, list or count leads to one. The ids that Yilan
// makes for others have a time in their upper half; these have none there.
//
//   plan.customers = {OwnCustomer(OwnPlace::kSettings)};
//   txn.SetMembers(OwnCustomer(OwnPlace::kSettings), {OwnSubject(OwnPlace::kSettings)});
#ifndef YILAN_CORE_IDENTITY_OWN_CUSTOMERS_H_
#define YILAN_CORE_IDENTITY_OWN_CUSTOMERS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "storage/record.h"
#include "storage/record_store.h"

namespace yilan::core {

// What one of them is for. Each has kFeedPartitions slots, one per partition of the change feed,
// for what is written by many at once; who needs one takes slot 0. Numbers are never reused.
enum class OwnPlace : uint64_t {
  kQuarantine = 0,
  kSettings = 1,  // What decides how Yilan works; read by every server when it changes.
  kQuality = 2,   // The scorecard, and the computing of it.
  kBlocks = 3,    // Blocks of source records that are over their cap.
  kModels = 4,    // Match models, and the training of them.
};

// The customer of a place, and its one subject.
inline storage::CustomerId OwnCustomer(OwnPlace place, uint64_t slot = 0) {
  return {0, static_cast<uint64_t>(place) * storage::kFeedPartitions + slot + 1};
}
inline storage::SubjectId OwnSubject(OwnPlace place, uint64_t slot = 0) {
  return {0, OwnCustomer(place, slot).low};
}

inline bool IsOwnCustomer(storage::CustomerId customer) { return customer.high == 0; }
inline bool IsOwnSubject(storage::SubjectId subject) { return subject.high == 0; }

// Makes the customer of a place if it is not there yet; `plan` of the write names it.
inline absl::Status MakeOwnCustomer(storage::Transaction& txn, OwnPlace place, uint64_t slot = 0) {
  const auto customer = txn.GetCustomer(OwnCustomer(place, slot));
  if (!absl::IsNotFound(customer.status())) return customer.status();
  return txn.SetMembers(OwnCustomer(place, slot), {OwnSubject(place, slot)});
}

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_OWN_CUSTOMERS_H_
