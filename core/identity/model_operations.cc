#include "core/identity/model_operations.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/once.h"
#include "core/facts/times.h"
#include "core/identity/cluster_input.h"
#include "core/identity/identity_records.h"
#include "core/identity/own_customers.h"
#include "core/identity/partition_difference.h"
#include "core/matching/training.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::RecordKey;
using storage::SubjectId;

struct ModelOperationTag;

// Subjects that are read at once.
constexpr size_t kPage = 256;
// The store may fail so often in a row, with a second between the attempts.
constexpr int kMostFailures = 30;

// As nodes, those of `subjects` that have no source record: decisions and references hold others
// together through them.
absl::StatusOr<absl::flat_hash_map<SubjectId, ClusterNode>> NodesWithoutSource(
    storage::Reader& reader, absl::Span<const MemberSubject> subjects) {
  std::vector<RecordKey> rows;
  for (const MemberSubject& one : subjects) {
    rows.push_back({one.subject, kSubjectKind, kSubjectRecordId});
  }
  std::sort(rows.begin(), rows.end());
  absl::flat_hash_map<SubjectId, ClusterNode> nodes;
  RETURN_IF_ERROR(reader.GetMany(rows, [&](const storage::RecordView& view) -> absl::Status {
    yilan::storage::v1::Subject record;
    if (!record.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
      return absl::DataLossError("the record of a subject does not parse");
    }
    ClusterNode node = ClusterNodeOf(record);
    if (!node.established) nodes.emplace(view.subject, std::move(node));
    return absl::OkStatus();
  }));
  return nodes;
}

absl::StatusOr<std::optional<v1::ModelOperation>> Find(storage::Reader& reader) {
  const absl::StatusOr<storage::Record> record = reader.Get(ModelOperationKey());
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  v1::ModelOperation operation;
  if (!operation.ParseFromString(record->payload)) {
    return absl::DataLossError("the stored operation on match models does not parse");
  }
  return operation;
}

absl::Status Put(storage::Transaction& txn, const v1::ModelOperation& operation, TimeMicros now) {
  return txn.Put({.key = ModelOperationKey(),
                  .version = {.event_time = now},
                  .recorded_time = now,
                  .payload = operation.SerializeAsString()});
}

absl::StatusOr<storage::WritePlan> PlanModels(storage::Reader&) {
  return storage::WritePlan{
      .customers = {OwnCustomer(OwnPlace::kSettings), OwnCustomer(OwnPlace::kModels)}};
}

absl::Status Nothing(storage::Transaction&) { return absl::OkStatus(); }

size_t Threads() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace

RecordKey ModelOperationKey() {
  return {OwnSubject(OwnPlace::kModels), kModelOperationKind, "operation"};
}

void ModelOperations::GiveUpIfSilent(v1::ModelOperation& operation) const {
  if (operation.state() == v1::OPERATION_STATE_RUNNING &&
      clock_.Now() - MicrosOf(operation.update_time()) > absl::ToInt64Microseconds(kGivenUp)) {
    operation.set_state(v1::OPERATION_STATE_GIVEN_UP);
  }
}

template <typename Request, typename Response>
absl::Status ModelOperations::Begin(const Call& call, const Request& request, Response& response,
                                    v1::ModelOperationType type,
                                    absl::FunctionRef<absl::Status(storage::Transaction&)> body,
                                    Work work) {
  const TimeMicros now = clock_.Now();
  const std::string id = ids_.Next<ModelOperationTag>().ToString();
  const Once once{store_, call, now, request.request_id()};
  bool began = false;
  RETURN_IF_ERROR(
      once.Write(request, response, PlanModels, [&](storage::Transaction& txn) -> absl::Status {
        began = false;
        response.Clear();
        ASSIGN_OR_RETURN(auto last, Find(txn));
        if (last.has_value()) GiveUpIfSilent(*last);
        if (last.has_value() && last->state() == v1::OPERATION_STATE_RUNNING) {
          return ErrorWithReason(absl::StatusCode::kFailedPrecondition,
                                 v1::ERROR_REASON_MODEL_OPERATION_RUNNING,
                                 "an operation on match models is under way; GetModelOperation "
                                 "says how far it is");
        }
        RETURN_IF_ERROR(body(txn));
        v1::ModelOperation& operation = *response.mutable_operation();
        operation.set_operation_id(id);
        operation.set_type(type);
        operation.set_model_version(request.model_version());
        operation.set_state(v1::OPERATION_STATE_RUNNING);
        operation.set_actor(call.client);
        SetTimestamp(now, *operation.mutable_start_time());
        SetTimestamp(now, *operation.mutable_update_time());
        began = true;
        RETURN_IF_ERROR(MakeOwnCustomer(txn, OwnPlace::kModels));
        return Put(txn, operation, now);
      }));
  if (began) {
    work_.Start(
        [this, operation = response.operation(), work = std::move(work)] { Run(operation, work); });
  }
  return absl::OkStatus();
}

absl::Status ModelOperations::Train(const Call& call, const v1::TrainModelRequest& request,
                                    v1::TrainModelResponse& response) {
  Violations violations;
  for (const auto& [name, value] :
       {std::pair("join_probability", request.join_probability()),
        std::pair("review_probability", request.review_probability())}) {
    if (!(value >= 0 && value <= 1)) violations.Add(name, "is not a probability; state 0 to 1");
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return Begin(
      call, request, response, v1::MODEL_OPERATION_TYPE_TRAIN,
      [&](storage::Transaction& txn) -> absl::Status {
        ASSIGN_OR_RETURN(const bool exists, models_.Exists(txn, request.model_version()));
        if (!exists) return absl::OkStatus();
        return ErrorWithReason(
            absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_MODEL_EXISTS,
            "there is a match model of this version; call the new one otherwise");
      },
      [this, request, actor = call.client](v1::ModelOperation& operation) {
        return RunTraining(request, actor, operation);
      });
}

absl::Status ModelOperations::Preview(const Call& call, const v1::PreviewModelRequest& request,
                                      v1::PreviewModelResponse& response) {
  RETURN_IF_ERROR(FromStore(models_.Load(call.storage(), request.model_version()).status()));
  return Begin(call, request, response, v1::MODEL_OPERATION_TYPE_PREVIEW, Nothing,
               [this](v1::ModelOperation& operation) { return RunPreview(operation); });
}

absl::Status ModelOperations::Activate(const Call& call, const v1::ActivateModelRequest& request,
                                       v1::ActivateModelResponse& response) {
  return Begin(
      call, request, response, v1::MODEL_OPERATION_TYPE_ACTIVATE,
      [&](storage::Transaction& txn) {
        return models_.Activate(txn, request.model_version(), call.client, clock_.Now());
      },
      [this](v1::ModelOperation& operation) { return RunActivation(operation); });
}

absl::Status ModelOperations::GetOperation(const Call& call, const v1::GetModelOperationRequest&,
                                           v1::GetModelOperationResponse& response) {
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(auto operation, Find(reader));
    if (!operation.has_value()) return absl::OkStatus();
    GiveUpIfSilent(*operation);
    response.mutable_operation()->Swap(&*operation);
    return absl::OkStatus();
  }));
}

absl::Status ModelOperations::Store(v1::ModelOperation& operation, const Finish& finish) {
  const TimeMicros now = clock_.Now();
  SetTimestamp(now, *operation.mutable_update_time());
  return store_.Write(
      {.call = {.deadline = absl::Now() + absl::Seconds(10)},
       .actor = operation.actor(),
       .recorded_time = now},
      PlanModels, [&](storage::Transaction& txn) -> absl::Status {
        ASSIGN_OR_RETURN(const auto stored, Find(txn));
        if (!stored.has_value() || stored->operation_id() != operation.operation_id()) {
          return absl::CancelledError("another operation has begun");
        }
        RETURN_IF_ERROR(finish(txn));
        return Put(txn, operation, now);
      });
}

absl::Status ModelOperations::Advance(v1::ModelOperation& operation, double progress,
                                      absl::string_view step) {
  operation.set_progress(progress);
  operation.set_step(std::string(step));
  if (!work_.GoesOn()) return absl::CancelledError("the server ends");
  if (absl::Now() - heard_ < kHeartbeat) return absl::OkStatus();
  heard_ = absl::Now();
  // Another failure is of no account: the next time comes soon, and the work itself insists.
  const absl::Status stored = Store(operation, Nothing);
  return absl::IsCancelled(stored) ? stored : absl::OkStatus();
}

void ModelOperations::Run(v1::ModelOperation operation, const Work& work) {
  heard_ = absl::Now();
  const absl::StatusOr<Finish> finish = work(operation);
  if (absl::IsCancelled(finish.status())) return;  // Nobody waits for it.
  operation.set_step("");
  if (finish.ok()) {
    operation.set_state(v1::OPERATION_STATE_SUCCEEDED);
    operation.set_progress(1);
  } else {
    operation.set_state(v1::OPERATION_STATE_FAILED);
    operation.set_error(std::string(FromStore(finish.status()).message()));
  }
  for (int failures = 0; failures <= kMostFailures; ++failures) {
    const absl::Status stored = Store(operation, finish.ok() ? *finish : Nothing);
    if (stored.ok() || absl::IsCancelled(stored)) return;
    if (absl::IsAlreadyExists(stored) || absl::IsResourceExhausted(stored)) {
      operation.set_state(v1::OPERATION_STATE_FAILED);
      operation.set_error(std::string(FromStore(stored).message()));
      Store(operation, Nothing).IgnoreError();
      return;
    }
    if (!work_.Pause(absl::Seconds(1))) return;
  }
}

absl::StatusOr<ModelOperations::Parties> ModelOperations::ReadParties(v1::ModelOperation& operation,
                                                                      double progress, bool nodes) {
  ASSIGN_OR_RETURN(const std::vector<MemberSubject> subjects, AllSubjects(store_, {}));
  Parties parties;
  std::vector<MemberSubject> unestablished;
  std::vector<ClusterNode> nodes_of_unestablished;
  for (size_t at = 0; at < subjects.size(); at += kPage) {
    const auto page = absl::MakeConstSpan(subjects).subspan(at, kPage);
    struct One {
      PartyFeatures features;
      size_t place = 0;
      ClusterNode node;
    };
    std::vector<One> found;
    absl::flat_hash_map<SubjectId, ClusterNode> others;
    RETURN_IF_ERROR(store_.Read({}, [&](storage::Reader& reader) -> absl::Status {
      found.clear();
      RETURN_IF_ERROR(VisitSourceRecords(reader, page, [&](const SubjectWithSource& one) {
        found.push_back(
            {FeaturesOf(one.source), one.place, nodes ? ClusterNodeOf(one.record) : ClusterNode()});
        return absl::OkStatus();
      }));
      if (!nodes) return absl::OkStatus();
      ASSIGN_OR_RETURN(others, NodesWithoutSource(reader, page));
      return absl::OkStatus();
    }));
    // In the order of the customers, so that the same store gives the same model.
    std::sort(found.begin(), found.end(),
              [](const One& a, const One& b) { return a.place < b.place; });
    for (One& one : found) {
      parties.bulk.parties.Add(PartyView(one.features));
      parties.subjects.push_back(page[one.place]);
      if (nodes) parties.bulk.nodes.push_back(std::move(one.node));
    }
    for (const MemberSubject& member : page) {
      const auto other = others.find(member.subject);
      if (other == others.end()) continue;
      unestablished.push_back(member);
      nodes_of_unestablished.push_back(std::move(other->second));
    }
    RETURN_IF_ERROR(Advance(
        operation, progress * static_cast<double>(at) / static_cast<double>(subjects.size()),
        "reading source records"));
  }
  parties.subjects.insert(parties.subjects.end(), unestablished.begin(), unestablished.end());
  std::move(nodes_of_unestablished.begin(), nodes_of_unestablished.end(),
            std::back_inserter(parties.bulk.nodes));
  return parties;
}

absl::StatusOr<ModelOperations::Finish> ModelOperations::RunTraining(
    const v1::TrainModelRequest& request, const std::string& actor, v1::ModelOperation& operation) {
  constexpr double kReading = .2;
  ASSIGN_OR_RETURN(const Parties parties, ReadParties(operation, kReading, /*nodes=*/false));
  ASSIGN_OR_RETURN(const std::shared_ptr<const MatchModel> active, models_.Load({}, ""));
  v1::MatchModel base = active->proto();
  if (request.join_probability() > 0) base.set_join_probability(request.join_probability());
  if (request.review_probability() > 0) base.set_review_probability(request.review_probability());
  TrainingOptions options;
  options.version = request.model_version();
  options.description = request.description();
  options.threads = Threads();
  if (request.seed() != 0) options.seed = request.seed();
  absl::Status advanced;
  options.progress = [&](double part, absl::string_view step) {
    advanced = Advance(operation, kReading + (1 - kReading) * part, step);
    return advanced.ok();
  };
  ASSIGN_OR_RETURN(v1::MatchModel model, TrainMatchModel(parties.bulk.parties, base, options));
  SetTimestamp(clock_.Now(), *model.mutable_provenance()->mutable_trained_time());
  RETURN_IF_ERROR(MatchModel::Make(model).status());
  return [this, model = std::move(model), actor](storage::Transaction& txn) {
    return models_.Put(txn, model, actor, clock_.Now());
  };
}

absl::StatusOr<int64_t> ModelOperations::ReadStated(v1::ModelOperation& operation, double from,
                                                    double to, Parties& parties) {
  absl::flat_hash_map<SubjectId, uint32_t> places;
  for (size_t i = 0; i < parties.subjects.size(); ++i) {
    places[parties.subjects[i].subject] = static_cast<uint32_t>(i);
  }
  const std::shared_ptr<const MatchModel> active = models_.Active();
  int64_t review_pairs = 0;
  for (size_t at = 0; at < parties.subjects.size(); at += kPage) {
    const size_t end = std::min(at + kPage, parties.subjects.size());
    std::vector<std::pair<SubjectPair, IdentityEdit::StoredEdge>> edges;
    RETURN_IF_ERROR(store_.Read({}, [&](storage::Reader& reader) -> absl::Status {
      edges.clear();
      std::vector<SubjectId> subjects;
      for (size_t i = at; i < end; ++i) subjects.push_back(parties.subjects[i].subject);
      ASSIGN_OR_RETURN(const auto pairs, PairsOf(reader, subjects));
      std::set<RecordKey> keys;
      for (size_t i = 0; i < subjects.size(); ++i) {
        for (const SubjectPair& pair : pairs[i]) {
          // Each once: with its first subject.
          if (pair.first == subjects[i]) keys.insert(EdgeRecordKey(pair));
        }
      }
      return reader.GetMany(
          std::vector<RecordKey>(keys.begin(), keys.end()),
          [&](const storage::RecordView& view) -> absl::Status {
            IdentityEdit::StoredEdge edge;
            if (!edge.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
              return absl::DataLossError("an edge does not parse");
            }
            edges.emplace_back(PairOfEdge({view.subject, view.kind, std::string(view.record_id)}),
                               std::move(edge));
            return absl::OkStatus();
          });
    }));
    for (const auto& [pair, edge] : edges) {
      const auto a = places.find(pair.first);
      const auto b = places.find(pair.second);
      if (a == places.end() || b == places.end()) continue;
      const size_t established = parties.bulk.parties.size();
      const bool both_established = a->second < established && b->second < established;
      // What records say, the other model is to tell.
      const auto strength = StrengthOf(edge, both_established, /*join_probability=*/2);
      if (strength.has_value()) {
        parties.bulk.stated.push_back({a->second, b->second, strength->first, strength->second});
      }
      if (both_established && Refers(edge)) {
        parties.bulk.referring.emplace_back(a->second, b->second);
      }
      const double probability = edge.score().probability();
      if (probability >= active->review_probability() && probability < active->join_probability()) {
        ++review_pairs;
      }
    }
    RETURN_IF_ERROR(Advance(operation,
                            from + (to - from) * static_cast<double>(end) /
                                       static_cast<double>(parties.subjects.size()),
                            "reading decisions"));
  }
  return review_pairs;
}

absl::StatusOr<ModelOperations::Finish> ModelOperations::RunPreview(v1::ModelOperation& operation) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MatchModel> model,
                   models_.Load({}, operation.model_version()));
  ASSIGN_OR_RETURN(Parties parties, ReadParties(operation, .3, /*nodes=*/true));
  ASSIGN_OR_RETURN(const int64_t review_pairs, ReadStated(operation, .3, .5, parties));
  BulkOptions options;
  options.threads = Threads();
  options.progress = [&](double part) {
    return Advance(operation, .5 + .5 * part, "comparing source records").ok();
  };
  ASSIGN_OR_RETURN(const BulkResolution result, ResolveInBulk(*model, parties.bulk, options));
  // Those with source records.
  const size_t records = parties.bulk.parties.size();
  std::vector<CustomerId> before;
  for (size_t i = 0; i < records; ++i) before.push_back(parties.subjects[i].customer);
  v1::ModelDifference& difference = *operation.mutable_difference();
  ComparePartitions(before, absl::MakeConstSpan(result.clusters.cluster_of).first(records),
                    difference);
  difference.set_review_pairs_before(review_pairs);
  difference.set_review_pairs_after(std::count_if(
      result.matches.pairs.begin(), result.matches.pairs.end(), [&](const ScoredPair& pair) {
        return pair.probability >= model->review_probability() &&
               pair.probability < model->join_probability();
      }));
  return Nothing;
}

absl::StatusOr<ModelOperations::Finish> ModelOperations::RunActivation(
    v1::ModelOperation& operation) {
  ASSIGN_OR_RETURN(const std::vector<MemberSubject> subjects, AllSubjects(store_, {}));
  RETURN_IF_ERROR(models_.Refresh({}));
  const Call call = {.client = operation.actor()};
  std::vector<MemberSubject> records;
  for (size_t at = 0; at < subjects.size(); at += kPage) {
    const auto page = absl::MakeConstSpan(subjects).subspan(at, kPage);
    std::vector<SubjectId> established;
    std::vector<size_t> places;
    RETURN_IF_ERROR(store_.Read({}, [&](storage::Reader& reader) {
      established.clear();
      places.clear();
      return VisitSourceRecords(reader, page, [&](const SubjectWithSource& one) {
        established.push_back(page[one.place].subject);
        places.push_back(one.place);
        return absl::OkStatus();
      });
    }));
    for (const size_t place : places) records.push_back(page[place]);
    absl::Status resolved;
    for (int failures = 0; failures <= kMostFailures; ++failures) {
      resolved = resolver_.ResolveAnew(call, established);
      if (resolved.ok() || !work_.Pause(absl::Milliseconds(100))) break;
    }
    RETURN_IF_ERROR(resolved);
    RETURN_IF_ERROR(Advance(operation,
                            static_cast<double>(at) / static_cast<double>(subjects.size()),
                            "resolving source records"));
  }
  // What became of the records that there were.
  ASSIGN_OR_RETURN(const std::vector<MemberSubject> now, AllSubjects(store_, {}));
  absl::flat_hash_map<SubjectId, CustomerId> customers;
  for (const MemberSubject& one : now) customers[one.subject] = one.customer;
  absl::flat_hash_map<CustomerId, size_t> numbers;
  std::vector<CustomerId> before;
  std::vector<size_t> after;
  for (const MemberSubject& one : records) {
    const auto it = customers.find(one.subject);
    if (it == customers.end()) continue;
    before.push_back(one.customer);
    after.push_back(numbers.emplace(it->second, numbers.size()).first->second);
  }
  ComparePartitions(before, after, *operation.mutable_difference());
  return Nothing;
}

}  // namespace yilan::core
