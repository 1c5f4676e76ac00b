// The match models of a store: which there are, and which one holds.
//
// A model is a few records under Yilan's own customer for models, written once and never changed;
// which one holds is one record under the customer for settings, and each server keeps a copy of
// both. Resolving looks at that record in the very snapshot in which it decides, and asks for
// Refresh when another model holds there: so no server resolves by a model that no longer holds.
//
// Thread-safe.
#ifndef YILAN_CORE_IDENTITY_MATCH_MODELS_H_
#define YILAN_CORE_IDENTITY_MATCH_MODELS_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "core/call.h"
#include "core/matching/match_model.h"
#include "storage/record_store.h"
#include "yilan/v1/identity_model.pb.h"

namespace yilan::core {

// Where it is stored which model holds; there is no such record while it is the one that comes with
// Yilan.
storage::RecordKey ActiveModelKey();
// The version in such a record. Errors: DATA_LOSS.
absl::StatusOr<std::string> ReadActiveModel(absl::string_view payload);

// The version of the model that comes with Yilan.
const std::string& ShippedModelVersion();

// What a decision returns that was about to be made by a model that no longer holds; see Decide.
absl::Status StaleModel();
bool IsStaleModel(const absl::Status& status);

class MatchModels {
 public:
  // `store` and `clock` outlive it. Reads nothing yet: the model that comes with Yilan holds.
  MatchModels(storage::RecordStore& store, const Clock& clock);

  // The model that holds here. One lock and no read.
  std::shared_ptr<const MatchModel> Active() const;
  // Makes the model that holds in the store hold here. Errors: those of the store as they are; then
  // what held before holds on.
  absl::Status Refresh(const storage::CallOptions& call);

  // Runs `decide` with the model that holds here; once more with a newer one if it returns
  // StaleModel(). Errors: those of `decide` and of the store.
  absl::Status Decide(const storage::CallOptions& call,
                      absl::FunctionRef<absl::Status(const MatchModel&)> decide);

  // A model by its version; empty: the one that holds in the store. Errors: MODEL_NOT_FOUND, and
  // those of the store as they are.
  absl::StatusOr<std::shared_ptr<const MatchModel>> Load(const storage::CallOptions& call,
                                                         absl::string_view version);

  // In a transaction whose plan names OwnCustomer(OwnPlace::kModels): adds a model. Errors:
  // MODEL_EXISTS.
  absl::Status Put(storage::Transaction& txn, const v1::MatchModel& model, const std::string& actor,
                   TimeMicros now);
  // In a transaction whose plan names OwnCustomer(OwnPlace::kSettings): makes a model hold that is
  // there.
  absl::Status Activate(storage::Transaction& txn, const std::string& version,
                        const std::string& actor, TimeMicros now);
  // Whether there is such a model. Errors: those of the reader.
  absl::StatusOr<bool> Exists(storage::Reader& reader, absl::string_view version);

  // The RPCs. Errors are those documented there.
  absl::Status Get(const Call& call, const v1::GetModelRequest& request,
                   v1::GetModelResponse& response);
  absl::Status List(const Call& call, const v1::ListModelsRequest& request,
                    v1::ListModelsResponse& response);
  absl::Status Add(const Call& call, const v1::AddModelRequest& request,
                   v1::AddModelResponse& response);

 private:
  storage::RecordStore& store_;
  const Clock& clock_;
  const std::shared_ptr<const MatchModel> shipped_;
  mutable Mutex mutex_;
  std::shared_ptr<const MatchModel> active_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_MATCH_MODELS_H_
