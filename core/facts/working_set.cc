#include "core/facts/working_set.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/identity/identity_records.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {

using storage::CustomerId;
using storage::CustomerState;
using storage::Record;
using storage::SubjectId;

WorkingSet::WorkingSet(storage::Transaction& txn, const storage::WritePlan& plan, TimeMicros now)
    : txn_(txn), now_(now), planned_(plan.customers.begin(), plan.customers.end()) {}

absl::Status WorkingSet::LoadKeys(absl::Span<const std::string> keys,
                                  const absl::flat_hash_map<std::string, NewIds>& new_ids) {
  ASSIGN_OR_RETURN(const auto found, txn_.FindByKeys(keys));
  holders_.reserve(keys.size());
  // Whoever names a subject is about to change its totals.
  absl::flat_hash_set<SubjectId> seen;
  std::vector<storage::RecordKey> records;
  for (size_t i = 0; i < keys.size(); ++i) {
    holders_[keys[i]] = found[i];
    if (!found[i].has_value()) {
      if (const auto made = new_ids.find(keys[i]); made != new_ids.end()) {
        records.push_back({made->second.subject, kSubjectKind, kSubjectRecordId});
      }
      continue;
    }
    if (found[i]->kind != kSubjectKind) records.push_back(*found[i]);
    if (seen.insert(found[i]->subject).second) {
      records.push_back({found[i]->subject, kSubjectKind, kSubjectRecordId});
    }
  }
  return txn_.ReadAhead(records);
}

absl::StatusOr<WorkingSet::SubjectState*> WorkingSet::Subject(SubjectId subject) {
  if (const auto it = subjects_.find(subject); it != subjects_.end()) return &it->second;
  ASSIGN_OR_RETURN(CustomerState customer, txn_.GetCustomer(subject));
  if (!planned_.contains(customer.customer)) return storage::Replan();
  ASSIGN_OR_RETURN(Record record, txn_.Get({subject, kSubjectKind, kSubjectRecordId}));
  SubjectState state;
  state.subject = subject;
  state.customer = customer.customer;
  state.keys = std::move(record.keys);
  if (!state.record.ParseFromString(record.payload)) {
    return absl::DataLossError("the record of a subject does not parse");
  }
  if (!customers_.contains(customer.customer)) {
    customers_[customer.customer] = {customer.customer, std::move(customer.members), true};
  }
  return &subjects_.emplace(subject, std::move(state)).first->second;
}

absl::StatusOr<WorkingSet::CustomerWork*> WorkingSet::Customer(CustomerId customer) {
  if (const auto it = customers_.find(customer); it != customers_.end()) return &it->second;
  if (!planned_.contains(customer)) return storage::Replan();
  CustomerWork work;
  work.customer = customer;
  absl::StatusOr<CustomerState> state = txn_.GetCustomer(customer);
  if (state.ok()) {
    work.members = std::move(state->members);
    work.exists = true;
  } else if (!absl::IsNotFound(state.status())) {
    return state.status();
  }
  return &customers_.emplace(customer, std::move(work)).first->second;
}

absl::StatusOr<WorkingSet::SubjectState*> WorkingSet::CreateSubject(
    SubjectId subject, CustomerId customer, const v1::SubjectReference& reference) {
  ASSIGN_OR_RETURN(CustomerWork* const work, Customer(customer));
  work->members.push_back(subject);
  RETURN_IF_ERROR(txn_.SetMembers(customer, work->members));
  work->exists = true;
  SubjectState state;
  state.subject = subject;
  state.customer = customer;
  state.keys.push_back(SubjectKey(reference));
  *state.record.add_references() = reference;
  state.changed = true;
  created_.insert(subject);
  SetHolder(state.keys.front(), storage::RecordKey{subject, kSubjectKind, kSubjectRecordId});
  return &subjects_.emplace(subject, std::move(state)).first->second;
}

absl::StatusOr<Candidate> WorkingSet::CandidateOf(CustomerId customer) {
  ASSIGN_OR_RETURN(CustomerWork* const work, Customer(customer));
  Candidate candidate{customer, false, work->exists};
  // A copy: reading a subject may add to the map that holds `work`.
  const std::vector<SubjectId> members = work->members;
  for (const SubjectId member : members) {
    ASSIGN_OR_RETURN(SubjectState* const subject, Subject(member));
    if (CountOf(v1::Fact::kSourceRecord, *subject) > 0) candidate.established = true;
  }
  return candidate;
}

void WorkingSet::Count(storage::Kind kind, int64_t by, yilan::storage::v1::Subject& subject) {
  auto* counts = subject.mutable_counts();
  int at = 0;
  while (at < counts->size() && (*counts)[at].kind() < kind) ++at;
  if (at == counts->size() || (*counts)[at].kind() != kind) {
    counts->Add()->set_kind(kind);
    for (int i = counts->size() - 1; i > at; --i) counts->SwapElements(i, i - 1);
  }
  auto& count = (*counts)[at];
  count.set_count(count.count() + by);
  if (count.count() == 0) counts->DeleteSubrange(at, 1);
}

int64_t WorkingSet::CountOf(storage::Kind kind, const yilan::storage::v1::Subject& subject) {
  for (const auto& count : subject.counts()) {
    if (count.kind() == kind) return count.count();
  }
  return 0;
}

void WorkingSet::MarkPending(SubjectState& subject) {
  if (subject.record.has_resolve_pending_since_micros()) return;
  subject.record.set_resolve_pending_since_micros(now_);
  subject.changed = true;
}

absl::Status WorkingSet::FlushReferences() {
  std::map<SubjectPair, yilan::storage::v1::StoredIdentityEdge> edges;
  for (const auto& [ends, count] : references_) {
    if (count == 0) continue;
    const auto& [from, to] = ends;
    const SubjectPair pair = SubjectPair::Of(from, to);
    auto edge = edges.find(pair);
    if (edge == edges.end()) {
      edge = edges.emplace(pair, yilan::storage::v1::StoredIdentityEdge()).first;
      if (!created_.contains(from) && !created_.contains(to)) {
        const absl::StatusOr<Record> record = txn_.Get(EdgeRecordKey(pair));
        if (record.ok()) {
          if (!edge->second.ParseFromString(record->payload)) {
            return absl::DataLossError("an edge between subjects does not parse");
          }
        } else if (!absl::IsNotFound(record.status())) {
          return record.status();
        }
      }
    }
    ASSIGN_OR_RETURN(SubjectState* const subject, Subject(from));
    ASSIGN_OR_RETURN(const SubjectState* const other, Subject(to));
    const bool both_established = CountOf(v1::Fact::kSourceRecord, *subject) > 0 &&
                                  CountOf(v1::Fact::kSourceRecord, *other) > 0;
    // What held them together may be gone, or their records have to be compared.
    if (count < 0 || both_established) MarkPending(*subject);
    auto& stored = edge->second;
    if (from == pair.first) {
      stored.set_references_to_second(stored.references_to_second() + count);
    } else {
      stored.set_references_to_first(stored.references_to_first() + count);
    }
  }
  for (const auto& [pair, edge] : edges) {
    if (IsEmpty(edge)) {
      const absl::Status deleted = txn_.Delete(EdgeRecordKey(pair));
      if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
      continue;
    }
    const bool is_new = created_.contains(pair.first) || created_.contains(pair.second);
    RETURN_IF_ERROR(
        txn_.Put(EdgeRecord(pair, edge, now_), is_new ? storage::New() : storage::Any()));
  }
  references_.clear();
  return absl::OkStatus();
}

absl::Status WorkingSet::Flush() {
  RETURN_IF_ERROR(FlushReferences());
  for (auto& [id, subject] : subjects_) {
    if (!subject.changed) continue;
    RETURN_IF_ERROR(txn_.Put(SubjectRecord(id, subject.keys, subject.record, now_)));
    subject.changed = false;
  }
  return absl::OkStatus();
}

}  // namespace yilan::core
