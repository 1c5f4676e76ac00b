// Why records and customers are one or are not, and who a record could be.
//
// What it says is what resolving them (core/identity/resolver.h) would find now: the same blocks,
// the same model, the same score. Nothing is stored.
#ifndef YILAN_CORE_IDENTITY_EXPLAINER_H_
#define YILAN_CORE_IDENTITY_EXPLAINER_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/identity/match_models.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_service.pb.h"

namespace yilan::core {

// Thread-safe. Errors are those documented at the RPCs.
class Explainer {
 public:
  // All of them outlive it.
  Explainer(storage::RecordStore& store, const Clock& clock, IdGenerator& ids,
            const MatchModels& models)
      : store_(store), clock_(clock), ids_(ids), models_(models) {}

  absl::Status Match(const Call& call, const v1::MatchRequest& request,
                     v1::MatchResponse& response);
  absl::Status Explain(const Call& call, const v1::ExplainRequest& request,
                       v1::ExplainResponse& response);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  const MatchModels& models_;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_EXPLAINER_H_
