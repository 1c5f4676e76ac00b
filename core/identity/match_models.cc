#include "core/identity/match_models.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/once.h"
#include "core/identity/own_customers.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {
namespace {

using storage::RecordKey;
using storage::RecordView;
using yilan::storage::v1::StoredActiveModel;
using yilan::storage::v1::StoredMatchModelPart;

constexpr char kStaleModelUrl[] = "yilan/stale-model";
constexpr int kMostAttempts = 3;

// The record id of a model, or of the list of frequencies with this number, from 1.
std::string PartId(absl::string_view version, int list = 0) {
  if (list == 0) return std::string(version);
  const char behind[] = {'\0', static_cast<char>(list)};
  return absl::StrCat(version, absl::string_view(behind, sizeof(behind)));
}

absl::Status NoSuchModel() {
  return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_MODEL_NOT_FOUND,
                         "there is no match model of this version; ListModels names them");
}

absl::StatusOr<StoredMatchModelPart> ParsePart(const RecordView& record) {
  StoredMatchModelPart part;
  if (!part.ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return absl::DataLossError("a stored match model does not parse");
  }
  return part;
}

// The stored model of this version, or nothing.
absl::StatusOr<std::optional<v1::MatchModel>> FindModel(storage::Reader& reader,
                                                        absl::string_view version) {
  std::optional<v1::MatchModel> model;
  const std::string first = PartId(version);
  const std::string limit = PartId(version, 0x7f);
  RETURN_IF_ERROR(reader.Scan({.subject = OwnSubject(OwnPlace::kModels),
                               .kind = kMatchModelKind,
                               .first_id = first,
                               .limit_id = limit},
                              [&](const RecordView& record) -> absl::Status {
                                ASSIGN_OR_RETURN(StoredMatchModelPart part, ParsePart(record));
                                if (part.has_model()) {
                                  model = std::move(*part.mutable_model());
                                } else if (model.has_value()) {
                                  model->add_term_frequencies()->Swap(
                                      part.mutable_term_frequencies());
                                }
                                return absl::OkStatus();
                              }));
  return model;
}

absl::StatusOr<std::string> ActiveVersion(storage::Reader& reader) {
  const absl::StatusOr<storage::Record> record = reader.Get(ActiveModelKey());
  if (absl::IsNotFound(record.status())) return std::string();
  RETURN_IF_ERROR(record.status());
  return ReadActiveModel(record->payload);
}

void Summarize(const v1::MatchModel& model, bool active, v1::ModelSummary& summary) {
  summary.set_model_version(model.version());
  summary.set_active(active);
  summary.set_join_probability(model.join_probability());
  summary.set_review_probability(model.review_probability());
  *summary.mutable_provenance() = model.provenance();
}

}  // namespace

RecordKey ActiveModelKey() {
  return {OwnSubject(OwnPlace::kSettings), kActiveModelKind, "active_model"};
}

absl::StatusOr<std::string> ReadActiveModel(absl::string_view payload) {
  StoredActiveModel stored;
  if (!stored.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::DataLossError("what is stored of the active match model does not parse");
  }
  return stored.model_version();
}

const std::string& ShippedModelVersion() {
  static const std::string* const version = new std::string(ShippedMatchModel().version());
  return *version;
}

absl::Status StaleModel() {
  absl::Status status = absl::AbortedError("another match model holds by now; try again");
  status.SetPayload(kStaleModelUrl, absl::Cord());
  return status;
}

bool IsStaleModel(const absl::Status& status) {
  return status.GetPayload(kStaleModelUrl).has_value();
}

MatchModels::MatchModels(storage::RecordStore& store, const Clock& clock)
    : store_(store),
      clock_(clock),
      shipped_(*MatchModel::Make(ShippedMatchModel())),
      active_(shipped_) {}

std::shared_ptr<const MatchModel> MatchModels::Active() const {
  MutexLock lock(mutex_);
  return active_;
}

absl::Status MatchModels::Decide(const storage::CallOptions& call,
                                 absl::FunctionRef<absl::Status(const MatchModel&)> decide) {
  absl::Status status;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const std::shared_ptr<const MatchModel> model = Active();
    status = decide(*model);
    if (!IsStaleModel(status)) return status;
    RETURN_IF_ERROR(Refresh(call));
  }
  status.ErasePayload(kStaleModelUrl);
  return status;
}

absl::StatusOr<std::shared_ptr<const MatchModel>> MatchModels::Load(
    const storage::CallOptions& call, absl::string_view version) {
  std::optional<v1::MatchModel> stored;
  bool shipped = false;
  RETURN_IF_ERROR(store_.Read(call, [&](storage::Reader& reader) -> absl::Status {
    std::string wanted(version);
    if (wanted.empty()) {
      ASSIGN_OR_RETURN(wanted, ActiveVersion(reader));
    }
    shipped = wanted.empty() || wanted == shipped_->version();
    if (shipped) return absl::OkStatus();
    ASSIGN_OR_RETURN(stored, FindModel(reader, wanted));
    return absl::OkStatus();
  }));
  if (shipped) return shipped_;
  if (!stored.has_value()) return NoSuchModel();
  return MatchModel::Make(*std::move(stored));
}

absl::Status MatchModels::Refresh(const storage::CallOptions& call) {
  std::string version;
  RETURN_IF_ERROR(store_.Read(call, [&](storage::Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(version, ActiveVersion(reader));
    return absl::OkStatus();
  }));
  if (version.empty()) version = shipped_->version();
  if (Active()->version() == version) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::shared_ptr<const MatchModel> model, Load(call, version));
  MutexLock lock(mutex_);
  active_ = std::move(model);
  return absl::OkStatus();
}

absl::StatusOr<bool> MatchModels::Exists(storage::Reader& reader, absl::string_view version) {
  if (version == shipped_->version()) return true;
  const auto record = reader.Get({OwnSubject(OwnPlace::kModels), kMatchModelKind, PartId(version)});
  if (absl::IsNotFound(record.status())) return false;
  RETURN_IF_ERROR(record.status());
  return true;
}

absl::Status MatchModels::Put(storage::Transaction& txn, const v1::MatchModel& model,
                              const std::string& actor, TimeMicros now) {
  ASSIGN_OR_RETURN(const bool exists, Exists(txn, model.version()));
  if (exists) {
    return ErrorWithReason(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_MODEL_EXISTS,
                           "there is a match model of this version, and models do not change; "
                           "call this one otherwise");
  }
  RETURN_IF_ERROR(MakeOwnCustomer(txn, OwnPlace::kModels));
  const auto put = [&](int list, const StoredMatchModelPart& part) {
    return txn.Put(
        {.key = {OwnSubject(OwnPlace::kModels), kMatchModelKind, PartId(model.version(), list)},
         .recorded_time = now,
         .payload = part.SerializeAsString()});
  };
  for (int i = 0; i < model.term_frequencies_size(); ++i) {
    StoredMatchModelPart part;
    *part.mutable_term_frequencies() = model.term_frequencies(i);
    RETURN_IF_ERROR(put(i + 1, part));
  }
  StoredMatchModelPart part;
  *part.mutable_model() = model;
  part.mutable_model()->clear_term_frequencies();
  part.set_actor(actor);
  return put(0, part);
}

absl::Status MatchModels::Activate(storage::Transaction& txn, const std::string& version,
                                   const std::string& actor, TimeMicros now) {
  ASSIGN_OR_RETURN(const bool exists, Exists(txn, version));
  if (!exists) return NoSuchModel();
  StoredActiveModel active;
  active.set_model_version(version);
  active.set_actor(actor);
  RETURN_IF_ERROR(MakeOwnCustomer(txn, OwnPlace::kSettings));
  const storage::RecordKey key = ActiveModelKey();
  const absl::StatusOr<storage::Record> before = txn.Get(key);
  if (before.ok()) {
    RETURN_IF_ERROR(txn.AddHistory({.subject = key.subject,
                                    .kind = key.kind,
                                    .fact_id = key.record_id,
                                    .version = before->version,
                                    .revision = before->revision,
                                    .recorded_time = before->recorded_time,
                                    .retired_time = now,
                                    .payload = before->payload}));
  } else if (!absl::IsNotFound(before.status())) {
    return before.status();
  }
  return txn.Put({.key = key,
                  .version = {.event_time = now},
                  .recorded_time = now,
                  .payload = active.SerializeAsString()});
}

absl::Status MatchModels::Get(const Call& call, const v1::GetModelRequest& request,
                              v1::GetModelResponse& response) {
  const auto active = Load(call.storage(), "");
  RETURN_IF_ERROR(FromStore(active.status()));
  const auto model =
      request.model_version().empty() ? active : Load(call.storage(), request.model_version());
  RETURN_IF_ERROR(FromStore(model.status()));
  *response.mutable_model() = (*model)->proto();
  response.set_active((*model)->version() == (*active)->version());
  return absl::OkStatus();
}

absl::Status MatchModels::List(const Call& call, const v1::ListModelsRequest&,
                               v1::ListModelsResponse& response) {
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(std::string active, ActiveVersion(reader));
    if (active.empty()) active = shipped_->version();
    const auto show_shipped = [&] {
      Summarize(shipped_->proto(), active == shipped_->version(), *response.add_models());
    };
    bool shown = false;
    RETURN_IF_ERROR(reader.Scan(
        {.subject = OwnSubject(OwnPlace::kModels), .kind = kMatchModelKind},
        [&](const RecordView& record) -> absl::Status {
          ASSIGN_OR_RETURN(const StoredMatchModelPart part, ParsePart(record));
          if (!part.has_model()) return absl::OkStatus();
          if (!shown && shipped_->version() < part.model().version()) {
            show_shipped();
            shown = true;
          }
          Summarize(part.model(), part.model().version() == active, *response.add_models());
          return absl::OkStatus();
        }));
    if (!shown) show_shipped();
    return absl::OkStatus();
  }));
}

absl::Status MatchModels::Add(const Call& call, const v1::AddModelRequest& request,
                              v1::AddModelResponse& response) {
  if (const auto made = MatchModel::Make(request.model()); !made.ok()) {
    Violations violations;
    violations.Add("model", std::string(made.status().message()));
    return violations.ToStatus();
  }
  const TimeMicros now = clock_.Now();
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  return once.Write(
      request, response,
      [](storage::Reader&) {
        return storage::WritePlan{.customers = {OwnCustomer(OwnPlace::kModels)}};
      },
      [&](storage::Transaction& txn) -> absl::Status {
        response.Clear();
        RETURN_IF_ERROR(Put(txn, request.model(), call.client, now));
        Summarize(request.model(), false, *response.mutable_model());
        return absl::OkStatus();
      });
}

}  // namespace yilan::core
