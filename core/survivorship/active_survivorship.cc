#include "core/survivorship/active_survivorship.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/keys.h"
#include "core/facts/once.h"
#include "core/facts/times.h"
#include "core/identity/own_customers.h"

namespace yilan::core {
namespace {

using storage::Record;
using storage::RecordKey;

absl::StatusOr<v1::SurvivorshipRules> ParseStored(absl::string_view payload) {
  v1::SurvivorshipRules rules;
  if (!rules.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::DataLossError("the stored survivorship rules do not parse");
  }
  return rules;
}

// The stored record, or nothing while nobody has set rules.
absl::StatusOr<std::optional<Record>> FindStored(storage::Reader& reader) {
  absl::StatusOr<Record> record = reader.Get(SurvivorshipRulesKey());
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RETURN_IF_ERROR(record.status());
  return *std::move(record);
}

// Stored rules as a caller sees them: for all fields, with what the store knows of them.
void Show(const v1::SurvivorshipRules& stored, storage::Revision revision, TimeMicros recorded_time,
          v1::SurvivorshipRules& shown) {
  shown = stored;
  SurvivorshipRules(stored).Describe(shown);
  shown.set_etag(EtagOf(revision));
  SetTimestamp(recorded_time, *shown.mutable_recorded_time());
}

void ShowDefaults(v1::SurvivorshipRules& shown) {
  SurvivorshipRules().Describe(shown);
  shown.set_etag(EtagOf(0));
}

bool SameRules(const v1::SurvivorshipRules& a, const v1::SurvivorshipRules& b) {
  v1::SurvivorshipRules left;
  v1::SurvivorshipRules right;
  SurvivorshipRules(a).Describe(left);
  SurvivorshipRules(b).Describe(right);
  return left.SerializeAsString() == right.SerializeAsString();
}

absl::Status NoSuchRules() {
  return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_SURVIVORSHIP_RULES_NOT_FOUND,
                         "there is no such version of the survivorship rules; read the newest, "
                         "which tells its number");
}

absl::Status CheckUpdate(const v1::UpdateSurvivorshipRulesRequest& request) {
  Violations violations;
  for (const std::string& path : request.update_mask().paths()) {
    if (path != "rules" && path != "source_systems") {
      violations.Add("update_mask",
                     "has a path that cannot be written; use \"rules\" and \"source_systems\"");
    }
  }
  SurvivorshipRules::Check(request.survivorship_rules(), "survivorship_rules", violations);
  return violations.ToStatus();
}

// What is stored, with what the request writes of it.
v1::SurvivorshipRules Updated(v1::SurvivorshipRules stored,
                              const v1::UpdateSurvivorshipRulesRequest& request) {
  bool rules = request.update_mask().paths().empty();
  bool systems = rules;
  for (const std::string& path : request.update_mask().paths()) {
    rules |= path == "rules";
    systems |= path == "source_systems";
  }
  if (rules) *stored.mutable_rules() = request.survivorship_rules().rules();
  if (systems) *stored.mutable_source_systems() = request.survivorship_rules().source_systems();
  return stored;
}

}  // namespace

RecordKey SurvivorshipRulesKey() {
  return {OwnSubject(OwnPlace::kSettings), kSurvivorshipRulesKind, "survivorship_rules"};
}

absl::Status ActiveSurvivorship::WaitForTurn(const storage::CallOptions& call) {
  while (reading_) {
    if (call.deadline == absl::InfiniteFuture()) {
      turn_.Wait(mutex_);
      continue;
    }
    const absl::Duration left = call.deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError("the deadline passed while another call read the rules");
    }
    turn_.WaitFor(mutex_, left);
  }
  return absl::OkStatus();
}

absl::Status ActiveSurvivorship::ReadLocked(const storage::CallOptions& call) {
  RETURN_IF_ERROR(WaitForTurn(call));
  reading_ = true;
  const storage::Revision known = rules_ == nullptr ? 0 : revision_;
  mutex_.Unlock();
  absl::StatusOr<v1::SurvivorshipRules> stored = v1::SurvivorshipRules();
  const auto settings =
      store_.LoadCustomer(call, OwnCustomer(OwnPlace::kSettings), {.known = known},
                          [&stored](const storage::RecordView& record) {
                            if (record.kind == kSurvivorshipRulesKind) {
                              stored = ParseStored(record.payload);
                            }
                            return absl::OkStatus();
                          });
  mutex_.Lock();
  reading_ = false;
  turn_.SignalAll();
  // Before the first setting of any sort there is no such customer.
  const bool none = absl::IsNotFound(settings.status());
  if (!none) {
    RETURN_IF_ERROR(settings.status());
    if (settings->unchanged) return absl::OkStatus();
    RETURN_IF_ERROR(stored.status());
  }
  revision_ = none ? 0 : settings->state.revision;
  rules_ = none || stored->version() == 0 ? std::make_shared<const SurvivorshipRules>()
                                          : std::make_shared<const SurvivorshipRules>(*stored);
  fingerprint_.store(rules_->fingerprint(), std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<SharedSurvivorshipRules> ActiveSurvivorship::Current(
    const storage::CallOptions& call) {
  MutexLock lock(mutex_);
  if (rules_ == nullptr) RETURN_IF_ERROR(ReadLocked(call));
  return rules_;
}

absl::Status ActiveSurvivorship::Refresh(const storage::CallOptions& call) {
  MutexLock lock(mutex_);
  return ReadLocked(call);
}

absl::Status ActiveSurvivorship::Get(const Call& call,
                                     const v1::GetSurvivorshipRulesRequest& request,
                                     v1::GetSurvivorshipRulesResponse& response) {
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    v1::SurvivorshipRules& shown = *response.mutable_survivorship_rules();
    ASSIGN_OR_RETURN(const std::optional<Record> record, FindStored(reader));
    if (!record.has_value()) {
      if (request.version() != 0) return NoSuchRules();
      ShowDefaults(shown);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const v1::SurvivorshipRules newest, ParseStored(record->payload));
    if (request.version() == 0 || request.version() == newest.version()) {
      Show(newest, record->revision, record->recorded_time, shown);
      return absl::OkStatus();
    }
    bool found = false;
    RETURN_IF_ERROR(reader.ScanHistory(
        record->key.subject, record->key.kind, record->key.record_id,
        [&](const storage::HistoryEntry& entry) -> absl::Status {
          if (entry.version.source_version != static_cast<uint64_t>(request.version())) {
            return absl::OkStatus();
          }
          ASSIGN_OR_RETURN(const v1::SurvivorshipRules earlier, ParseStored(entry.payload));
          Show(earlier, entry.revision, entry.recorded_time, shown);
          found = true;
          return absl::OkStatus();
        }));
    return found ? absl::OkStatus() : NoSuchRules();
  }));
}

absl::Status ActiveSurvivorship::Update(const Call& call,
                                        const v1::UpdateSurvivorshipRulesRequest& request,
                                        v1::UpdateSurvivorshipRulesResponse& response) {
  RETURN_IF_ERROR(CheckUpdate(request));
  const TimeMicros now = clock_.Now();
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  const auto plan = [](storage::Reader&) -> absl::StatusOr<storage::WritePlan> {
    storage::WritePlan planned;
    planned.customers = {OwnCustomer(OwnPlace::kSettings)};
    return planned;
  };
  const auto body = [&](storage::Transaction& txn) -> absl::Status {
    response.Clear();
    v1::SurvivorshipRules& shown = *response.mutable_survivorship_rules();
    ASSIGN_OR_RETURN(const std::optional<Record> record, FindStored(txn));
    const storage::Revision revision = record.has_value() ? record->revision : 0;
    if (!request.etag().empty() && EtagOf(revision) != request.etag()) {
      return ErrorWithReason(
          absl::StatusCode::kAborted, v1::ERROR_REASON_ETAG_MISMATCH,
          "the survivorship rules have changed since the etag was read; read them again");
    }
    v1::SurvivorshipRules before;
    if (record.has_value()) {
      ASSIGN_OR_RETURN(before, ParseStored(record->payload));
    }
    v1::SurvivorshipRules after = Updated(before, request);
    if (SameRules(before, after)) {
      if (!record.has_value()) {
        ShowDefaults(shown);
      } else {
        Show(before, revision, record->recorded_time, shown);
      }
      return absl::OkStatus();
    }
    after.set_version(before.version() + 1);
    after.set_actor(call.client);
    RETURN_IF_ERROR(MakeOwnCustomer(txn, OwnPlace::kSettings));
    if (record.has_value()) {
      RETURN_IF_ERROR(txn.AddHistory({.subject = record->key.subject,
                                      .kind = record->key.kind,
                                      .fact_id = record->key.record_id,
                                      .version = record->version,
                                      .revision = record->revision,
                                      .recorded_time = record->recorded_time,
                                      .retired_time = now,
                                      .payload = record->payload}));
    }
    ASSIGN_OR_RETURN(const storage::Revision next,
                     txn.NextRevision(OwnCustomer(OwnPlace::kSettings)));
    Show(after, next, now, shown);
    return txn.Put(
        {.key = SurvivorshipRulesKey(),
         .version = {.event_time = now, .source_version = static_cast<uint64_t>(after.version())},
         .recorded_time = now,
         .payload = after.SerializeAsString()});
  };
  RETURN_IF_ERROR(once.Write(request, response, plan, body));
  if (once.validate_only) {
    response.mutable_survivorship_rules()->clear_etag();
    response.mutable_survivorship_rules()->clear_recorded_time();
    return absl::OkStatus();
  }
  // They are written, whatever happens now: who cannot read them must not go on with the old ones.
  if (!Refresh(call.storage()).ok()) {
    MutexLock lock(mutex_);
    rules_ = nullptr;
    fingerprint_.store(kNeverRead, std::memory_order_release);
  }
  return absl::OkStatus();
}

}  // namespace yilan::core
