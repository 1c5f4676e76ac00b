#include "core/facts/working_set.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "core/facts/keys.h"
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

absl::Status WorkingSet::Absorb(CustomerId from, CustomerId into) {
  ASSIGN_OR_RETURN(CustomerWork* const source, Customer(from));
  ASSIGN_OR_RETURN(CustomerWork* const target, Customer(into));
  target->members.insert(target->members.end(), source->members.begin(), source->members.end());
  RETURN_IF_ERROR(txn_.SetMembers(into, target->members));
  RETURN_IF_ERROR(txn_.SetRedirect(from, into));
  for (const SubjectId member : source->members) {
    if (const auto it = subjects_.find(member); it != subjects_.end()) it->second.customer = into;
  }
  source->members.clear();
  return absl::OkStatus();
}

void WorkingSet::Count(storage::Kind kind, int64_t by, SubjectState& subject) {
  subject.changed = true;
  auto* counts = subject.record.mutable_counts();
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

int64_t WorkingSet::CountOf(storage::Kind kind, const SubjectState& subject) {
  for (const auto& count : subject.record.counts()) {
    if (count.kind() == kind) return count.count();
  }
  return 0;
}

absl::Status WorkingSet::Flush() {
  for (auto& [id, subject] : subjects_) {
    if (!subject.changed) continue;
    Record record;
    record.key = {id, kSubjectKind, kSubjectRecordId};
    record.recorded_time = now_;
    record.payload = subject.record.SerializeAsString();
    record.keys = subject.keys;
    RETURN_IF_ERROR(txn_.Put(std::move(record)));
    subject.changed = false;
  }
  return absl::OkStatus();
}

}  // namespace yilan::core
