#include "core/ingest/quarantine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/facts/fact_write.h"
#include "core/facts/keys.h"
#include "core/facts/once.h"
#include "core/facts/resolve_written.h"
#include "core/facts/times.h"
#include "core/facts/write_batch.h"
#include "core/identity/own_customers.h"
#include "core/ingest/fact_results.h"
#include "core/validation/page_token.h"
#include "core/views/fact_pages.h"
#include "google/protobuf/arena.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::Record;
using storage::RecordKey;
using storage::SubjectId;
using yilan::storage::v1::StoredQuarantinedFact;

struct QuarantineTag;
using QuarantineId = Id<QuarantineTag>;

constexpr uint64_t kPlaces = storage::kFeedPartitions;

CustomerId CustomerAt(uint64_t place) { return OwnCustomer(OwnPlace::kQuarantine, place); }
SubjectId SubjectAt(uint64_t place) { return OwnSubject(OwnPlace::kQuarantine, place); }

RecordKey KeyOf(QuarantineId id) {
  std::string record_id;
  id.AppendTo(record_id);
  return {SubjectAt(id.low % kPlaces), kQuarantinedFactKind, std::move(record_id)};
}

absl::Status NoSuchQuarantinedFact() {
  return ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_QUARANTINED_FACT_NOT_FOUND,
                         "no such fact is in quarantine; it may have been taken in or discarded");
}

absl::StatusOr<RecordKey> ParseId(absl::string_view text) {
  const auto id = QuarantineId::FromString(text);
  if (!id.has_value()) return NoSuchQuarantinedFact();
  return KeyOf(*id);
}

absl::StatusOr<StoredQuarantinedFact> ParseStored(absl::string_view payload) {
  StoredQuarantinedFact stored;
  if (!stored.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::DataLossError("a quarantined fact does not parse");
  }
  return stored;
}

absl::StatusOr<StoredQuarantinedFact> ReadStored(storage::Reader& reader, const RecordKey& key) {
  const absl::StatusOr<Record> record = reader.Get(key);
  if (absl::IsNotFound(record.status())) return NoSuchQuarantinedFact();
  RETURN_IF_ERROR(record.status());
  return ParseStored(record->payload);
}

void AddPlaces(const std::vector<RecordKey>& records, storage::WritePlan& plan) {
  for (const RecordKey& key : records) {
    const CustomerId customer = CustomerAt(key.subject.low - 1);
    if (std::find(plan.customers.begin(), plan.customers.end(), customer) == plan.customers.end()) {
      plan.customers.push_back(customer);
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> Quarantine::Keep(storage::RecordStore& store,
                                                          IdGenerator& ids, const Call& call,
                                                          TimeMicros now,
                                                          const std::vector<Rejected>& rejected) {
  std::vector<std::string> keys;
  std::vector<RecordKey> records;
  for (const Rejected& fact : rejected) {
    // Digests of the bytes, so that a stream that is sent again does not fill the quarantine.
    keys.push_back(absl::StrCat("q", FactId(call.client, fact.original)));
    records.push_back(KeyOf(ids.Next<QuarantineTag>()));
  }
  std::vector<std::string> names(rejected.size());
  const absl::Status status = store.Write(
      {.call = call.storage(), .actor = call.client, .recorded_time = now},
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        storage::WritePlan plan;
        plan.keys = keys;
        std::sort(plan.keys.begin(), plan.keys.end());
        plan.keys.erase(std::unique(plan.keys.begin(), plan.keys.end()), plan.keys.end());
        AddPlaces(records, plan);
        ASSIGN_OR_RETURN(const auto holders, reader.FindByKeys(keys));
        for (const auto& holder : holders) {
          if (holder.has_value()) AddPlaces({*holder}, plan);
        }
        return plan;
      },
      [&](storage::Transaction& txn) -> absl::Status {
        for (size_t i = 0; i < rejected.size(); ++i) {
          // One by one: the same bytes may come twice in a batch.
          const absl::StatusOr<RecordKey> holder = txn.FindByKey(keys[i]);
          if (!holder.ok() && !absl::IsNotFound(holder.status())) return holder.status();
          Record record;
          record.key = holder.ok() ? *holder : records[i];
          StoredQuarantinedFact stored;
          stored.set_first_received_micros(now);
          if (holder.ok()) {
            ASSIGN_OR_RETURN(stored, ReadStored(txn, *holder));
          } else {
            const CustomerId place = CustomerAt(record.key.subject.low - 1);
            if (absl::IsNotFound(txn.GetCustomer(place).status())) {
              RETURN_IF_ERROR(txn.SetMembers(place, {record.key.subject}));
            }
          }
          stored.set_original(std::string(rejected[i].original));
          stored.set_outcome(rejected[i].outcome);
          stored.set_client(call.client);
          stored.set_times_received(stored.times_received() + 1);
          stored.clear_violations();
          AddViolations(rejected[i].violations, *stored.mutable_violations());
          record.recorded_time = now;
          record.payload = stored.SerializeAsString();
          if (record.payload.size() > storage::kMaxPayloadBytes) {
            // Only a fact near the size of a message is cut; the reason says so.
            stored.mutable_original()->resize(storage::kMaxPayloadBytes / 2);
            auto* violation = stored.add_violations();
            violation->set_description("the original is kept up to 512 KiB only");
            record.payload = stored.SerializeAsString();
          }
          record.keys.push_back(keys[i]);
          names[i] = QuarantineId::FromBytes(record.key.record_id).ToString();
          RETURN_IF_ERROR(txn.Put(std::move(record)));
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(FromStore(status));
  return names;
}

absl::Status Quarantine::List(const Call& call, const v1::ListQuarantinedFactsRequest& request,
                              v1::ListQuarantinedFactsResponse& response) {
  const uint64_t query = QueryHash({"ListQuarantinedFacts"});
  ASSIGN_OR_RETURN(const std::string position, ReadPageToken(query, request.page_token()));
  std::vector<SubjectId> places;
  for (uint64_t place = 0; place < kPlaces; ++place) places.push_back(SubjectAt(place));
  return FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
    response.Clear();
    // The order of ListFacts is that of record ids, which here begin with the time of receipt:
    // oldest first.
    ASSIGN_OR_RETURN(
        const std::string next,
        ListFacts(reader, places, {kQuarantinedFactKind}, position,
                  static_cast<size_t>(ClampPageSize(request.page_size())),
                  [&](const storage::RecordView& view) -> absl::Status {
                    ASSIGN_OR_RETURN(StoredQuarantinedFact stored, ParseStored(view.payload));
                    v1::QuarantinedFact& fact = *response.add_quarantined_facts();
                    fact.set_quarantined_fact_id(
                        QuarantineId::FromBytes(view.record_id).ToString());
                    if (!fact.mutable_fact()->ParseFromString(stored.original())) {
                      fact.clear_fact();
                    }
                    fact.set_original(std::move(*stored.mutable_original()));
                    fact.set_outcome(stored.outcome());
                    fact.mutable_violations()->Swap(stored.mutable_violations());
                    fact.set_client(std::move(*stored.mutable_client()));
                    fact.set_times_received(stored.times_received());
                    SetTimestamp(stored.first_received_micros(), *fact.mutable_recorded_time());
                    SetTimestamp(view.recorded_time, *fact.mutable_last_received_time());
                    return absl::OkStatus();
                  }));
    if (!next.empty()) response.set_next_page_token(MakePageToken(query, next));
    return absl::OkStatus();
  }));
}

absl::Status Quarantine::Fix(const Call& call, const v1::FixQuarantinedFactRequest& request,
                             v1::FixQuarantinedFactResponse& response) {
  const TimeMicros now = clock_.Now();
  google::protobuf::Arena arena;
  const std::string bytes = request.fact().SerializeAsString();
  ASSIGN_OR_RETURN(const RecordKey key, ParseId(request.quarantined_fact_id()));
  ASSIGN_OR_RETURN(const FactWrite write, ParseFactWrite(bytes, now, arena));
  WriteBatch batch(absl::MakeConstSpan(&write, 1), now, ids_);
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  SubjectId written;
  bool waits = false;
  RETURN_IF_ERROR(once.Write(
      request, response,
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        ASSIGN_OR_RETURN(storage::WritePlan plan, batch.Plan(reader));
        AddPlaces({key}, plan);
        return plan;
      },
      [&](storage::Transaction& txn) -> absl::Status {
        RETURN_IF_ERROR(ReadStored(txn, key).status());
        std::vector<FactWriteResult> results;
        RETURN_IF_ERROR(batch.Apply(txn, results));
        RETURN_IF_ERROR(results[0].status);
        RETURN_IF_ERROR(txn.Delete(key));
        written = results[0].subject;
        waits = results[0].resolve_pending;
        v1::WriteResult& result = *response.mutable_result();
        result.set_outcome(results[0].outcome);
        result.set_identity_conflict(results[0].identity_conflict);
        ASSIGN_OR_RETURN(const storage::CustomerState customer,
                         txn.GetCustomer(results[0].subject));
        result.set_customer_id(customer.customer.ToString());
        result.set_customer_etag(EtagOf(customer.revision));
        return absl::OkStatus();
      },
      &waits));
  if (once.validate_only) {
    response.mutable_result()->Clear();
    response.mutable_result()->set_outcome(v1::WRITE_OUTCOME_VALIDATED);
    return absl::OkStatus();
  }
  if (!waits) return absl::OkStatus();
  return ResolveWritten(resolver_, once, written, request, response, *response.mutable_result());
}

absl::Status Quarantine::Replay(const Call& call, const v1::ReplayQuarantinedFactsRequest& request,
                                v1::ReplayQuarantinedFactsResponse& response) {
  const TimeMicros now = clock_.Now();
  // Their bytes never change while they are there, so they are read first and only looked for again
  // in the transaction.
  struct Entry {
    std::optional<RecordKey> key;
    absl::StatusOr<FactWrite> write = NoSuchQuarantinedFact();
  };
  google::protobuf::Arena arena;
  std::vector<Entry> entries(static_cast<size_t>(request.quarantined_fact_ids_size()));
  RETURN_IF_ERROR(
      FromStore(store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
        for (size_t i = 0; i < entries.size(); ++i) {
          const auto key = ParseId(request.quarantined_fact_ids(static_cast<int>(i)));
          if (!key.ok()) continue;
          const auto stored = ReadStored(reader, *key);
          if (ReasonOf(stored.status()) == v1::ERROR_REASON_QUARANTINED_FACT_NOT_FOUND) continue;
          RETURN_IF_ERROR(stored.status());
          entries[i].key = *key;
          entries[i].write = ParseFactWrite(stored->original(), now, arena);
        }
        return absl::OkStatus();
      })));
  std::vector<FactWrite> writes;
  std::vector<size_t> origin;  // Of each write: its entry.
  std::vector<RecordKey> keys;
  for (size_t i = 0; i < entries.size(); ++i) {
    const bool again = entries[i].key.has_value() &&
                       std::find(keys.begin(), keys.end(), *entries[i].key) != keys.end();
    if (again) entries[i].write = NoSuchQuarantinedFact();
    if (!entries[i].write.ok()) continue;
    writes.push_back(*entries[i].write);
    origin.push_back(i);
    keys.push_back(*entries[i].key);
  }
  WriteBatch batch(writes, now, ids_);
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  std::vector<SubjectId> waiting;
  RETURN_IF_ERROR(once.Write(
      request, response,
      [&](storage::Reader& reader) -> absl::StatusOr<storage::WritePlan> {
        ASSIGN_OR_RETURN(storage::WritePlan plan, batch.Plan(reader));
        AddPlaces(keys, plan);
        return plan;
      },
      [&](storage::Transaction& txn) -> absl::Status {
        response.Clear();
        for (const Entry& entry : entries) {
          *response.add_results() = ToFactResult({.status = entry.write.status()});
        }
        for (const RecordKey& key : keys) {
          // Somebody fixed or discarded one meanwhile: read them all again.
          if (absl::IsNotFound(txn.Get(key).status())) {
            return ErrorWithReason(absl::StatusCode::kAborted, v1::ERROR_REASON_WRITE_CONTENTION,
                                   "the quarantine changed meanwhile; try again", {},
                                   absl::Milliseconds(50));
          }
        }
        std::vector<FactWriteResult> results;
        RETURN_IF_ERROR(batch.Apply(txn, results));
        waiting.clear();
        for (size_t i = 0; i < results.size(); ++i) {
          if (results[i].resolve_pending) waiting.push_back(results[i].subject);
          v1::FactResult& result = *response.mutable_results(static_cast<int>(origin[i]));
          result = ToFactResult(results[i]);
          if (results[i].status.ok()) {
            RETURN_IF_ERROR(txn.Delete(keys[i]));
          } else {
            result.set_quarantined_fact_id(
                request.quarantined_fact_ids(static_cast<int>(origin[i])));
          }
        }
        return absl::OkStatus();
      }));
  // What fails here is resolved later.
  if (!once.validate_only) resolver_.Resolve(call, waiting).status().IgnoreError();
  return absl::OkStatus();
}

absl::Status Quarantine::Delete(const Call& call, const v1::DeleteQuarantinedFactRequest& request,
                                v1::DeleteQuarantinedFactResponse& response) {
  const TimeMicros now = clock_.Now();
  ASSIGN_OR_RETURN(const RecordKey key, ParseId(request.quarantined_fact_id()));
  const Once once{store_, call, now, request.request_id(), request.validate_only()};
  return once.Write(
      request, response,
      [&](storage::Reader&) -> absl::StatusOr<storage::WritePlan> {
        storage::WritePlan plan;
        AddPlaces({key}, plan);
        return plan;
      },
      [&](storage::Transaction& txn) -> absl::Status {
        RETURN_IF_ERROR(ReadStored(txn, key).status());
        return txn.Delete(key);
      });
}

}  // namespace yilan::core
