// The quality scorecard: computed on demand in the background, kept as a record of Yilan's own.
//
// A computation is a record too, so that every server of the store knows of it: the server that
// runs it says every 10 s how far it is, and one that has not been heard of for a minute is given
// up.
//
// Thread-safe. Errors are those documented at the RPCs.
#ifndef YILAN_CORE_QUALITY_QUALITY_H_
#define YILAN_CORE_QUALITY_QUALITY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/operations/background_work.h"
#include "core/quality/quality_scan.h"
#include "storage/record_store.h"
#include "yilan/v1/quality_service.pb.h"

namespace yilan::core {

// Where the scorecard and its computation are stored.
storage::RecordKey QualityScorecardKey();
storage::RecordKey QualityComputationKey();

class Quality {
 public:
  // `store`, `clock` and `ids` outlive it.
  Quality(storage::RecordStore& store, const Clock& clock, IdGenerator& ids,
          const QualityScanOptions& options = {})
      : store_(store), clock_(clock), ids_(ids), options_(options) {}

  absl::Status Get(const Call& call, const v1::GetQualityScorecardRequest& request,
                   v1::GetQualityScorecardResponse& response);
  // The computation goes on when this has returned.
  absl::Status Compute(const Call& call, const v1::ComputeQualityScorecardRequest& request,
                       v1::ComputeQualityScorecardResponse& response);

  static constexpr absl::Duration kHeartbeat = absl::Seconds(10);
  static constexpr absl::Duration kGivenUp = absl::Minutes(1);

 private:
  // The state as it is now: a computation that runs but was not heard of has been given up.
  void GiveUpIfSilent(v1::QualityComputation& computation) const;
  void Run(v1::QualityComputation computation);
  // Stores how far the computation is, and the scorecard if there is one. CANCELLED when another
  // computation has begun.
  absl::Status Store(v1::QualityComputation& computation, const v1::QualityScorecard* scorecard);

  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  const QualityScanOptions options_;
  BackgroundWork work_;  // When it ends early, its computation is left to be given up.
};

}  // namespace yilan::core

#endif  // YILAN_CORE_QUALITY_QUALITY_H_
