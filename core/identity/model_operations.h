// Long pieces of work on match models: training, looking at what another model would change, and
// making it hold.
//
// One at a time in a store. The operation is a record of Yilan's own, so that every server knows of
// it: the server that runs it says every few seconds how far it is, and one that has not been heard
// of for a minute is given up.
//
// Thread-safe. Errors are those documented at the RPCs.
#ifndef YILAN_CORE_IDENTITY_MODEL_OPERATIONS_H_
#define YILAN_CORE_IDENTITY_MODEL_OPERATIONS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/call.h"
#include "core/identity/bulk_resolve.h"
#include "core/identity/match_models.h"
#include "core/identity/resolver.h"
#include "core/identity/source_records.h"
#include "core/operations/background_work.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_model.pb.h"

namespace yilan::core {

// Where the operation is stored that was begun last.
storage::RecordKey ModelOperationKey();

class ModelOperations {
 public:
  // `store`, `clock`, `ids`, `models` and `resolver` outlive it.
  ModelOperations(storage::RecordStore& store, const Clock& clock, IdGenerator& ids,
                  MatchModels& models, Resolver& resolver)
      : store_(store), clock_(clock), ids_(ids), models_(models), resolver_(resolver) {}

  // The operations go on when these have returned.
  absl::Status Train(const Call& call, const v1::TrainModelRequest& request,
                     v1::TrainModelResponse& response);
  absl::Status Preview(const Call& call, const v1::PreviewModelRequest& request,
                       v1::PreviewModelResponse& response);
  absl::Status Activate(const Call& call, const v1::ActivateModelRequest& request,
                        v1::ActivateModelResponse& response);
  absl::Status GetOperation(const Call& call, const v1::GetModelOperationRequest& request,
                            v1::GetModelOperationResponse& response);

  static constexpr absl::Duration kHeartbeat = absl::Seconds(2);
  static constexpr absl::Duration kGivenUp = absl::Minutes(1);

 private:
  // What an operation is done with: what it adds to the record, and what else goes into the last
  // transaction.
  using Finish = std::function<absl::Status(storage::Transaction&)>;
  using Work = std::function<absl::StatusOr<Finish>(v1::ModelOperation&)>;

  // All source records in the form in which they are compared.
  struct Parties {
    std::vector<MemberSubject> subjects;  // By their number in `bulk`.
    BulkSubjects bulk;
  };

  // Stores the operation if none is under way, together with what `body` does, and runs `work`.
  template <typename Request, typename Response>
  absl::Status Begin(const Call& call, const Request& request, Response& response,
                     v1::ModelOperationType type,
                     absl::FunctionRef<absl::Status(storage::Transaction&)> body, Work work);
  void GiveUpIfSilent(v1::ModelOperation& operation) const;
  void Run(v1::ModelOperation operation, const Work& work);
  absl::Status Store(v1::ModelOperation& operation, const Finish& finish);
  // Says how far it is, now and then. CANCELLED when it is to end.
  absl::Status Advance(v1::ModelOperation& operation, double progress, absl::string_view step);

  absl::StatusOr<Finish> RunTraining(const v1::TrainModelRequest& request, const std::string& actor,
                                     v1::ModelOperation& operation);
  absl::StatusOr<Finish> RunPreview(v1::ModelOperation& operation);
  absl::StatusOr<Finish> RunActivation(v1::ModelOperation& operation);
  // Up to `progress`; with what is needed to cluster them, also the subjects without source records
  // behind those that have them, if `nodes`.
  absl::StatusOr<Parties> ReadParties(v1::ModelOperation& operation, double progress, bool nodes);
  // Adds what stewards and sources say of these subjects. Returns how many of their pairs are in
  // review by the model that holds.
  absl::StatusOr<int64_t> ReadStated(v1::ModelOperation& operation, double from, double to,
                                     Parties& parties);

  storage::RecordStore& store_;
  const Clock& clock_;
  IdGenerator& ids_;
  MatchModels& models_;
  Resolver& resolver_;
  absl::Time heard_ = absl::InfinitePast();  // Of the thread of `work_`.
  BackgroundWork work_;  // When it ends early, its operation is left to be given up.
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_MODEL_OPERATIONS_H_
