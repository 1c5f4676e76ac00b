#include "core/quality/quality.h"

#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/once.h"
#include "core/facts/times.h"
#include "core/identity/own_customers.h"

namespace yilan::core {
namespace {

using storage::RecordKey;

struct ComputationTag;

template <typename T>
absl::StatusOr<std::optional<T>> Find(storage::Reader& reader, const RecordKey& key) {
  const absl::StatusOr<storage::Record> record = reader.Get(key);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  T message;
  if (!message.ParseFromString(record->payload)) {
    return absl::DataLossError("what is stored of the quality scorecard does not parse");
  }
  return message;
}

absl::StatusOr<storage::WritePlan> Plan(storage::Reader&) {
  storage::WritePlan plan;
  plan.customers = {OwnCustomer(OwnPlace::kQuality)};
  return plan;
}

absl::Status Put(storage::Transaction& txn, const RecordKey& key,
                 const google::protobuf::Message& message, TimeMicros now) {
  return txn.Put({.key = key,
                  .version = {.event_time = now},
                  .recorded_time = now,
                  .payload = message.SerializeAsString()});
}

}  // namespace

RecordKey QualityScorecardKey() {
  return {OwnSubject(OwnPlace::kQuality), kQualityScorecardKind, "scorecard"};
}

RecordKey QualityComputationKey() {
  return {OwnSubject(OwnPlace::kQuality), kQualityComputationKind, "computation"};
}

void Quality::GiveUpIfSilent(v1::QualityComputation& computation) const {
  if (computation.state() == v1::QUALITY_COMPUTATION_STATE_RUNNING &&
      clock_.Now() - MicrosOf(computation.updated_time()) > absl::ToInt64Microseconds(kGivenUp)) {
    computation.set_state(v1::QUALITY_COMPUTATION_STATE_ABANDONED);
  }
}

absl::Status Quality::Get(const Call& call, const v1::GetQualityScorecardRequest&,
                          v1::GetQualityScorecardResponse& response) {
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(auto scorecard, Find<v1::QualityScorecard>(reader, QualityScorecardKey()));
    ASSIGN_OR_RETURN(auto computation,
                     Find<v1::QualityComputation>(reader, QualityComputationKey()));
    if (scorecard.has_value()) response.mutable_quality_scorecard()->Swap(&*scorecard);
    if (computation.has_value()) {
      GiveUpIfSilent(*computation);
      response.mutable_quality_computation()->Swap(&*computation);
    }
    return absl::OkStatus();
  }));
}

absl::Status Quality::Compute(const Call& call, const v1::ComputeQualityScorecardRequest& request,
                              v1::ComputeQualityScorecardResponse& response) {
  const TimeMicros now = clock_.Now();
  const std::string id = ids_.Next<ComputationTag>().ToString();
  bool began = false;
  const Once once{store_, call, now, request.request_id()};
  RETURN_IF_ERROR(
      once.Write(request, response, Plan, [&](storage::Transaction& txn) -> absl::Status {
        began = false;
        response.Clear();
        v1::QualityComputation& computation = *response.mutable_quality_computation();
        ASSIGN_OR_RETURN(auto last, Find<v1::QualityComputation>(txn, QualityComputationKey()));
        if (last.has_value()) {
          GiveUpIfSilent(*last);
          if (last->state() == v1::QUALITY_COMPUTATION_STATE_RUNNING) {
            computation.Swap(&*last);
            return absl::OkStatus();
          }
        }
        began = true;
        computation.set_computation_id(id);
        computation.set_state(v1::QUALITY_COMPUTATION_STATE_RUNNING);
        SetTimestamp(now, *computation.mutable_started_time());
        SetTimestamp(now, *computation.mutable_updated_time());
        computation.set_actor(call.client);
        RETURN_IF_ERROR(MakeOwnCustomer(txn, OwnPlace::kQuality));
        return Put(txn, QualityComputationKey(), computation, now);
      }));
  if (began) {
    work_.Start([this, computation = response.quality_computation()] { Run(computation); });
  }
  return absl::OkStatus();
}

absl::Status Quality::Store(v1::QualityComputation& computation,
                            const v1::QualityScorecard* scorecard) {
  const TimeMicros now = clock_.Now();
  SetTimestamp(now, *computation.mutable_updated_time());
  return store_.Write(
      {.call = {.deadline = absl::Now() + kHeartbeat},
       .actor = computation.actor(),
       .recorded_time = now},
      Plan, [&](storage::Transaction& txn) -> absl::Status {
        ASSIGN_OR_RETURN(const auto stored,
                         Find<v1::QualityComputation>(txn, QualityComputationKey()));
        if (!stored.has_value() || stored->computation_id() != computation.computation_id()) {
          return absl::CancelledError("another computation has begun");
        }
        RETURN_IF_ERROR(Put(txn, QualityComputationKey(), computation, now));
        if (scorecard == nullptr) return absl::OkStatus();
        return Put(txn, QualityScorecardKey(), *scorecard, now);
      });
}

void Quality::Run(v1::QualityComputation computation) {
  if (const auto statistics = store_.GetStatistics({.deadline = absl::Now() + kHeartbeat});
      statistics.ok()) {
    computation.set_customers_total(static_cast<int64_t>(statistics->customers));
  }
  absl::Time heard = absl::Now();
  bool replaced = false;
  const auto scorecard = ScanQuality(store_, MicrosOf(computation.started_time()), options_,
                                     [&](absl::Duration duration, int64_t customers) {
                                       computation.set_customers_done(customers);
                                       if (absl::Now() - heard >= kHeartbeat) {
                                         // A failure is of no account: the next one comes soon, and
                                         // the scan itself insists.
                                         replaced = absl::IsCancelled(Store(computation, nullptr));
                                         heard = absl::Now();
                                       }
                                       return !replaced && work_.Pause(duration);
                                     });
  if (absl::IsCancelled(scorecard.status())) return;  // Nobody waits for it.
  if (scorecard.ok()) {
    computation.set_state(v1::QUALITY_COMPUTATION_STATE_DONE);
    computation.set_customers_done(scorecard->customers());
  } else {
    computation.set_state(v1::QUALITY_COMPUTATION_STATE_FAILED);
    computation.set_error(std::string(FromStore(scorecard.status()).message()));
  }
  for (int failures = 0; failures <= options_.max_failures; ++failures) {
    const absl::Status stored = Store(computation, scorecard.ok() ? &*scorecard : nullptr);
    if (stored.ok() || absl::IsCancelled(stored) || !work_.Pause(absl::Seconds(1))) return;
  }
}

}  // namespace yilan::core
