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
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "core/call.h"
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
  // Ends a computation under way, soon; it is left to be given up.
  ~Quality();
  Quality(const Quality&) = delete;
  Quality& operator=(const Quality&) = delete;

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
  // Runs it on the thread of this object, in place of one that ran before.
  void Start(const v1::QualityComputation& computation);
  void Run(v1::QualityComputation computation);
  // Waits; false when told to stop.
  bool Pause(absl::Duration duration);
  // Stores how far the computation is, and the scorecard if there is one. CANCELLED when another
  // computation has begun.
  absl::Status Store(v1::QualityComputation& computation, const v1::QualityScorecard* scorecard);

  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  const QualityScanOptions options_;
  Mutex start_mutex_;  // Held by who starts a thread; before `mutex_`.
  std::thread worker_ ABSL_GUARDED_BY(start_mutex_);
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace yilan::core

#endif  // YILAN_CORE_QUALITY_QUALITY_H_
