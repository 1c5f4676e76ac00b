// What stewards decide: merges, their undoing, and that customers are different. And the ledger of
// all that happened to customers.
#ifndef YILAN_CORE_IDENTITY_STEWARDSHIP_H_
#define YILAN_CORE_IDENTITY_STEWARDSHIP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/identity/identity_records.h"
#include "core/identity/match_models.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_service.pb.h"

namespace yilan::core {

class IdentityEdit;

// The decisions themselves, as part of a change that is being planned.

// Makes one customer of two, by a steward's word on `pair`, which has an end in each; the id of
// `into` stays. Errors: as MergeRequest, except those about finding the customers.
absl::Status PlanMerge(IdentityEdit& edit, IdGenerator& ids, const storage::CustomerState& into,
                       const storage::CustomerState& from, const SubjectPair& pair,
                       bool lift_separation, const MatchModel& model);
// Keeps two customers apart; the id of the decision in the ledger. Errors: those of the store.
absl::StatusOr<IdentityEventId> PlanSeparation(IdentityEdit& edit, IdGenerator& ids,
                                               const storage::CustomerState& first,
                                               const storage::CustomerState& second);
// In a transaction that has applied the edit: the merge that took an end of `pair`, and what was
// with it, into `customer`; the same decision may bring others there, by merges of their own.
std::string MergeEventOf(const IdentityEdit& edit, storage::CustomerId customer,
                         const SubjectPair& pair);

// Thread-safe. Errors are those documented at the RPCs.
class Stewardship {
 public:
  Stewardship(storage::RecordStore& store, const Clock& clock, IdGenerator& ids,
              MatchModels& models)
      : store_(store), clock_(clock), ids_(ids), models_(models) {}

  absl::Status Merge(const Call& call, const v1::MergeRequest& request,
                     v1::MergeResponse& response);
  absl::Status Unmerge(const Call& call, const v1::UnmergeRequest& request,
                       v1::UnmergeResponse& response);
  absl::Status MarkNotDuplicate(const Call& call, const v1::MarkNotDuplicateRequest& request,
                                v1::MarkNotDuplicateResponse& response);
  absl::Status ListHistory(const Call& call, const v1::ListHistoryRequest& request,
                           v1::ListHistoryResponse& response);

 private:
  absl::Status Merge(const Call& call, const MatchModel& model, const v1::MergeRequest& request,
                     v1::MergeResponse& response);
  absl::Status Unmerge(const Call& call, const MatchModel& model, const v1::UnmergeRequest& request,
                       v1::UnmergeResponse& response);

  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  MatchModels& models_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_STEWARDSHIP_H_
