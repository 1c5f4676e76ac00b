// The pairs of records that wait for a steward, and their decisions.
//
// A pair waits exactly as long as its edge has a score and its ends are of two customers that
// nobody has kept apart: IdentityEdit maintains that with each change of who is who, so that
// listing is one range of the index, the most probable first.
#ifndef YILAN_CORE_IDENTITY_REVIEW_QUEUE_H_
#define YILAN_CORE_IDENTITY_REVIEW_QUEUE_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/identity/match_models.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_review.pb.h"

namespace yilan::core {

// Thread-safe. Errors are those documented at the RPCs.
class ReviewQueue {
 public:
  ReviewQueue(storage::RecordStore& store, const Clock& clock, IdGenerator& ids,
              MatchModels& models)
      : store_(store), clock_(clock), ids_(ids), models_(models) {}

  absl::Status List(const Call& call, const v1::ListReviewCandidatesRequest& request,
                    v1::ListReviewCandidatesResponse& response);
  absl::Status Claim(const Call& call, const v1::ClaimCandidateRequest& request,
                     v1::ClaimCandidateResponse& response);
  absl::Status Resolve(const Call& call, const v1::ResolveCandidateRequest& request,
                       v1::ResolveCandidateResponse& response);

 private:
  absl::Status Resolve(const Call& call, const MatchModel& model,
                       const v1::ResolveCandidateRequest& request,
                       v1::ResolveCandidateResponse& response);

  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  MatchModels& models_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_REVIEW_QUEUE_H_
