#include "core/ingest/ingest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/errors.h"
#include "core/facts/fact_write.h"
#include "core/facts/write_batch.h"
#include "core/ingest/fact_results.h"
#include "core/ingest/groups.h"
#include "core/ingest/quarantine.h"
#include "core/validation/page_token.h"
#include "google/protobuf/arena.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {
namespace {

// Facts in one transaction: enough to share its cost, not so many that others wait long for its
// locks.
constexpr size_t kMaxFactsPerTransaction = 1000;

v1::FactResult Retry(absl::string_view why) {
  v1::FactResult result;
  result.set_outcome(v1::FACT_OUTCOME_RETRY);
  result.add_violations()->set_description(std::string(why));
  return result;
}

// Whether an error of the store says something of the moment, and not of what was to be written.
bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status) || absl::IsUnknown(status) || absl::IsCancelled(status);
}

// One batch on its way.
class BatchWriter {
 public:
  BatchWriter(storage::RecordStore& store, IdGenerator& ids, Resolver& resolver, const Call& call,
              TimeMicros now, const KeyCustomers& customers, std::vector<v1::FactResult>& results)
      : store_(store),
        ids_(ids),
        resolver_(resolver),
        call_(call),
        now_(now),
        customers_(customers),
        results_(results) {}

  // Writes facts of a group; `positions` are those of the writes in the batch.
  void Write(absl::Span<const FactWrite> writes, absl::Span<const size_t> positions,
             absl::Span<const int> partitions) {
    for (size_t at = 0; at < writes.size(); at += kMaxFactsPerTransaction) {
      const absl::Span<const FactWrite> part = writes.subspan(at, kMaxFactsPerTransaction);
      WriteTogether(part, positions.subspan(at, part.size()), partitions);
    }
  }

 private:
  void WriteTogether(absl::Span<const FactWrite> writes, absl::Span<const size_t> positions,
                     absl::Span<const int> partitions) {
    WriteBatch batch(writes, now_, ids_, partitions, &customers_);
    std::vector<FactWriteResult> written;
    absl::Status status = store_.Write(
        {.call = call_.storage(), .actor = call_.client, .recorded_time = now_},
        [&](storage::Reader& reader) { return batch.Plan(reader); },
        [&](storage::Transaction& txn) { return batch.Apply(txn, written); });
    if (status.ok()) {
      for (size_t i = 0; i < writes.size(); ++i) results_[positions[i]] = ToFactResult(written[i]);
      Resolve(written, positions);
      return;
    }
    if (!IsPassing(status) && writes.size() > 1) {
      // One of them is to blame: the others must not suffer for it.
      for (size_t i = 0; i < writes.size(); ++i) {
        WriteTogether(writes.subspan(i, 1), positions.subspan(i, 1), partitions);
      }
      return;
    }
    const bool full = absl::IsResourceExhausted(status) && !store_.CheckReady(call_.storage()).ok();
    status = FromStore(status);
    for (const size_t position : positions) {
      results_[position] =
          IsPassing(status) || full ? Retry(status.message()) : ToFactResult({.status = status});
    }
  }

  // What is written is durable, whatever becomes of this: what is not resolved waits on.
  void Resolve(const std::vector<FactWriteResult>& written, absl::Span<const size_t> positions) {
    std::vector<storage::SubjectId> waiting;
    for (const FactWriteResult& one : written) {
      if (one.resolve_pending) waiting.push_back(one.subject);
    }
    if (waiting.empty()) return;
    const auto in_conflict = resolver_.Resolve(call_, waiting);
    if (!in_conflict.ok()) return;
    for (size_t i = 0; i < written.size(); ++i) {
      if (written[i].resolve_pending && in_conflict->contains(written[i].subject)) {
        results_[positions[i]].set_identity_conflict(true);
      }
    }
  }

  storage::RecordStore& store_;
  IdGenerator& ids_;
  Resolver& resolver_;
  const Call& call_;
  const TimeMicros now_;
  const KeyCustomers& customers_;
  std::vector<v1::FactResult>& results_;
};

}  // namespace

void RunSerially(size_t count, const std::function<void(size_t)>& task) {
  for (size_t i = 0; i < count; ++i) task(i);
}

std::vector<v1::FactResult> Ingest::TakeBatch(const Call& call,
                                              absl::Span<const absl::string_view> facts) {
  const TimeMicros now = clock_.Now();
  google::protobuf::Arena arena;
  std::vector<v1::FactResult> results(facts.size());
  std::vector<FactWrite> writes;
  std::vector<size_t> origin;  // Of each write: its position in the batch.
  writes.reserve(facts.size());
  origin.reserve(facts.size());
  for (size_t i = 0; i < facts.size(); ++i) {
    absl::StatusOr<FactWrite> write = ParseFactWrite(facts[i], now, arena);
    if (write.ok()) {
      writes.push_back(*std::move(write));
      origin.push_back(i);
    } else {
      results[i] = ToFactResult({.status = write.status()});
    }
  }

  FactGroups grouped_facts;
  const std::vector<FactGroup>& groups = grouped_facts.groups;
  const absl::Status grouped =
      store_.Read(call.storage(), [&](storage::Reader& reader) -> absl::Status {
        ASSIGN_OR_RETURN(grouped_facts, GroupByPartition(reader, writes, ids_));
        return absl::OkStatus();
      });
  if (!grouped.ok()) {
    for (const size_t position : origin) results[position] = Retry(FromStore(grouped).message());
    grouped_facts = {};
  }
  BatchWriter writer(store_, ids_, resolver_, call, now, grouped_facts.customers, results);
  parallel_(groups.size(), [&](size_t g) {
    std::vector<FactWrite> group;
    std::vector<size_t> positions;
    for (const size_t at : groups[g].positions) {
      group.push_back(std::move(writes[at]));
      positions.push_back(origin[at]);
    }
    writer.Write(group, positions, groups[g].partitions);
  });

  std::vector<Quarantine::Rejected> rejected;
  std::vector<size_t> where;
  for (size_t i = 0; i < results.size(); ++i) {
    const v1::FactOutcome outcome = results[i].outcome();
    if (outcome != v1::FACT_OUTCOME_REJECTED && outcome != v1::FACT_OUTCOME_CONFLICT) continue;
    Quarantine::Rejected one{facts[i], outcome, {}};
    for (const v1::FactViolation& violation : results[i].violations()) {
      one.violations.push_back({violation.field(), violation.description()});
    }
    rejected.push_back(std::move(one));
    where.push_back(i);
  }
  if (!rejected.empty()) {
    const auto kept = Quarantine::Keep(store_, ids_, call, now, rejected);
    for (size_t i = 0; i < where.size(); ++i) {
      // What could not even be kept is not done with: the caller still has it.
      if (kept.ok()) {
        results[where[i]].set_quarantined_fact_id((*kept)[i]);
      } else {
        results[where[i]] = Retry(kept.status().message());
      }
    }
  }
  return results;
}

absl::StatusOr<v1::IngestResponse> IngestStream::Take(const Call& call, absl::string_view bytes) {
  yilan::storage::v1::RawIngestRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_MALFORMED_MESSAGE,
                           "the message is not a yilan.v1.IngestRequest");
  }
  const uint64_t query = QueryHash({"Ingest"});
  if (!request.resume_token().empty()) {
    const absl::StatusOr<std::string> position = ReadPageToken(query, request.resume_token());
    if (started_ || !position.ok() || !absl::SimpleAtoi(*position, &position_)) {
      return ErrorWithReason(
          absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_RESUME_TOKEN,
          started_ ? "a resume token goes into the first message of a stream only"
                   : "this resume token was not handed out by Ingest; start without one: what is "
                     "stored already comes back as DUPLICATE");
    }
    finished_ = position_;
  }
  started_ = true;
  if (static_cast<size_t>(request.facts_size()) > kMaxBatch) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_TOO_LARGE,
                           absl::StrCat("the message has ", request.facts_size(),
                                        " facts; send at most ", kMaxBatch, " at once"));
  }
  const std::vector<absl::string_view> facts(request.facts().begin(), request.facts().end());
  v1::IngestResponse response;
  response.set_first_position(position_);
  for (v1::FactResult& result : ingest_.TakeBatch(call, facts)) {
    if (result.outcome() == v1::FACT_OUTCOME_RETRY) stuck_ = true;
    ++position_;
    if (!stuck_) finished_ = position_;
    *response.add_results() = std::move(result);
  }
  response.set_finished(finished_);
  response.set_resume_token(MakePageToken(query, absl::StrCat(finished_)));
  return response;
}

}  // namespace yilan::core
