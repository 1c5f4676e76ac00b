#include "core/identity/identity_edit.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/facts/working_set.h"
#include "core/identity/match_models.h"
#include "core/identity/own_customers.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {

using storage::CustomerId;
using storage::CustomerState;
using storage::Record;
using storage::RecordKey;
using storage::SubjectId;
using yilan::storage::v1::StoredOverflowedBlock;

bool IdentityEdit::Subject::established() const {
  return WorkingSet::CountOf(v1::Fact::kSourceRecord, record) > 0;
}

absl::Status IdentityEdit::ReadAhead(absl::Span<const SubjectId> subjects) {
  RETURN_IF_ERROR(ReadSubjects(subjects));
  return ReadPairs(subjects);
}

absl::Status IdentityEdit::ReadSubjects(absl::Span<const SubjectId> subjects) {
  std::vector<RecordKey> keys;
  for (const SubjectId subject : subjects) {
    if (!subjects_.contains(subject)) keys.push_back({subject, kSubjectKind, kSubjectRecordId});
  }
  if (keys.empty()) return absl::OkStatus();
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<storage::CustomerRef> refs;
  for (const RecordKey& key : keys) refs.emplace_back(key.subject);
  const size_t wanted = keys.size();
  // Which model holds comes along with the first of them.
  if (!active_model_.has_value()) keys.push_back(ActiveModelKey());
  ASSIGN_OR_RETURN(std::vector<std::optional<CustomerState>> customers,
                   reader_->GetCustomers(refs));
  for (size_t i = 0; i < wanted; ++i) {
    if (!customers[i].has_value()) return absl::NotFoundError("no such subject");
    Subject& subject = subjects_[keys[i].subject];
    subject.id = keys[i].subject;
    subject.customer = customers[i]->customer;
    customers_.try_emplace(subject.customer, *std::move(customers[i]));
  }
  size_t found = 0;
  std::string model = ShippedModelVersion();
  RETURN_IF_ERROR(reader_->GetMany(keys, [&](const storage::RecordView& view) -> absl::Status {
    if (view.kind == kActiveModelKind) {
      ASSIGN_OR_RETURN(model, ReadActiveModel(view.payload));
      return absl::OkStatus();
    }
    ++found;
    Subject& subject = subjects_[view.subject];
    if (!subject.record.ParseFromArray(view.payload.data(),
                                       static_cast<int>(view.payload.size()))) {
      return absl::DataLossError("the record of a subject does not parse");
    }
    return absl::OkStatus();
  }));
  if (!active_model_.has_value()) active_model_ = std::move(model);
  if (found != wanted) return absl::DataLossError("a subject has no record of its own");
  return absl::OkStatus();
}

absl::Status IdentityEdit::CheckModel(const MatchModel& model) {
  if (!active_model_.has_value()) {
    const absl::StatusOr<Record> record = reader_->Get(ActiveModelKey());
    if (!record.ok() && !absl::IsNotFound(record.status())) return record.status();
    active_model_ = ShippedModelVersion();
    if (record.ok()) {
      ASSIGN_OR_RETURN(active_model_, ReadActiveModel(record->payload));
    }
  }
  return *active_model_ == model.version() ? absl::OkStatus() : StaleModel();
}

absl::StatusOr<IdentityEdit::Subject*> IdentityEdit::GetSubject(SubjectId subject) {
  RETURN_IF_ERROR(ReadSubjects({subject}));
  return &subjects_.at(subject);
}

absl::StatusOr<const CustomerState*> IdentityEdit::GetCustomer(CustomerId customer) {
  if (const auto it = customers_.find(customer); it != customers_.end()) return &it->second;
  ASSIGN_OR_RETURN(CustomerState state, reader_->GetCustomer(customer));
  return &customers_.emplace(customer, std::move(state)).first->second;
}

absl::Status IdentityEdit::ReadPairs(absl::Span<const SubjectId> subjects) {
  std::vector<SubjectId> unknown;
  for (const SubjectId subject : subjects) {
    if (!pairs_.contains(subject)) unknown.push_back(subject);
  }
  if (unknown.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<std::vector<SubjectPair>> stored, PairsOf(*reader_, unknown));
  std::vector<SubjectPair> all;
  for (size_t i = 0; i < unknown.size(); ++i) {
    pairs_[unknown[i]].insert(stored[i].begin(), stored[i].end());
    all.insert(all.end(), stored[i].begin(), stored[i].end());
  }
  for (const auto& [pair, edge] : edges_) {
    if (!edge.changed) continue;
    for (const SubjectId end : {pair.first, pair.second}) {
      if (const auto it = pairs_.find(end); it != pairs_.end()) it->second.insert(pair);
    }
  }
  return ReadEdges(all);
}

absl::Status IdentityEdit::ReadEdges(const std::vector<SubjectPair>& pairs) {
  std::vector<RecordKey> keys;
  for (const SubjectPair& pair : pairs) {
    if (!edges_.contains(pair)) keys.push_back(EdgeRecordKey(pair));
  }
  if (keys.empty()) return absl::OkStatus();
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return reader_->GetMany(keys, [&](const storage::RecordView& view) -> absl::Status {
    Edge edge{.before = std::string(view.payload), .exists = true};
    if (!edge.stored.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size()))) {
      return absl::DataLossError("an edge between subjects does not parse");
    }
    edges_.emplace(PairOfEdge({view.subject, view.kind, std::string(view.record_id)}),
                   std::move(edge));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<SubjectPair>> IdentityEdit::GetPairs(SubjectId subject) {
  RETURN_IF_ERROR(ReadPairs({subject}));
  const std::set<SubjectPair>& pairs = pairs_.at(subject);
  return std::vector<SubjectPair>(pairs.begin(), pairs.end());
}

absl::StatusOr<IdentityEdit::Edge*> IdentityEdit::LoadEdge(const SubjectPair& pair) {
  if (const auto it = edges_.find(pair); it != edges_.end()) return &it->second;
  for (const SubjectId end : {pair.first, pair.second}) {
    const auto known = pairs_.find(end);
    if (known == pairs_.end() || known->second.contains(pair)) continue;
    // All of its edges are known, and this is none of them.
    return &edges_[pair];
  }
  RETURN_IF_ERROR(ReadEdges({pair}));
  return &edges_[pair];
}

absl::StatusOr<IdentityEdit::StoredEdge> IdentityEdit::GetEdge(const SubjectPair& pair) {
  ASSIGN_OR_RETURN(const Edge* const edge, LoadEdge(pair));
  return edge->stored;
}

absl::Status IdentityEdit::SetEdge(const SubjectPair& pair, StoredEdge stored) {
  ASSIGN_OR_RETURN(Edge* const edge, LoadEdge(pair));
  if (edge->stored.SerializeAsString() == stored.SerializeAsString()) return absl::OkStatus();
  edge->stored = std::move(stored);
  edge->changed = true;
  for (const SubjectId subject : {pair.first, pair.second}) {
    ASSIGN_OR_RETURN(const Subject* const end, GetSubject(subject));
    relied_.insert(end->customer);
    if (const auto it = pairs_.find(subject); it != pairs_.end()) it->second.insert(pair);
  }
  return absl::OkStatus();
}

absl::Status IdentityEdit::MarkPending(SubjectId subject) {
  ASSIGN_OR_RETURN(Subject* const one, GetSubject(subject));
  if (one->record.has_resolve_pending_since_micros()) return absl::OkStatus();
  one->record.set_resolve_pending_since_micros(now_);
  one->marked = true;
  one->changed = true;
  return absl::OkStatus();
}

absl::Status IdentityEdit::Touch(SubjectId subject) {
  ASSIGN_OR_RETURN(Subject* const one, GetSubject(subject));
  one->changed = true;
  return absl::OkStatus();
}

void IdentityEdit::SetOverflowed(BlockingKey key, bool overflowed, size_t source_records) {
  overflows_[key] = {overflowed, source_records};
}

void IdentityEdit::AddEvent(IdentityEventId id, SubjectId subject, StoredEvent event) {
  event.set_actor(author_.actor);
  event.set_request_id(author_.request_id);
  event.set_note(author_.note);
  event.set_recorded_time_micros(now_);
  events_.push_back(EventRecord(id, subject, event));
}

void IdentityEdit::MarkUndone(IdentityEventId merge) {
  if (!events_.empty()) events_.front().keys.push_back(UndoneKey(merge));
}

std::vector<SubjectId> IdentityEdit::NewlyPending() const {
  std::vector<SubjectId> pending;
  for (const auto& [id, subject] : subjects_) {
    if (subject.marked && subject.record.has_resolve_pending_since_micros()) pending.push_back(id);
  }
  std::sort(pending.begin(), pending.end());
  return pending;
}

CustomerId IdentityEdit::CustomerOf(SubjectId subject) const {
  const auto it = subjects_.find(subject);
  return it == subjects_.end() ? CustomerId() : it->second.customer;
}

storage::WritePlan IdentityEdit::Plan() const {
  std::set<CustomerId> customers = relied_;
  for (const auto& [id, subject] : subjects_) {
    if (subject.changed) customers.insert(subject.customer);
  }
  for (const auto& [customer, members] : members_) customers.insert(customer);
  for (const auto& [from, into] : redirects_) customers.insert(from);
  for (const auto& [key, overflow] : overflows_) customers.insert(OverflowedBlockCustomer(key));
  storage::WritePlan plan;
  plan.customers.assign(customers.begin(), customers.end());
  for (const Record& event : events_) {
    plan.keys.insert(plan.keys.end(), event.keys.begin(), event.keys.end());
  }
  std::sort(plan.keys.begin(), plan.keys.end());
  // Ids are never made twice.
  plan.free_keys = plan.keys;
  return plan;
}

std::vector<RecordKey> IdentityEdit::RecordsToWrite() const {
  std::vector<RecordKey> keys;
  for (const auto& [id, subject] : subjects_) {
    if (subject.changed) keys.push_back({id, kSubjectKind, kSubjectRecordId});
  }
  for (const auto& [pair, edge] : edges_) {
    if (edge.changed) keys.push_back(EdgeRecordKey(pair));
  }
  for (const auto& [key, conflict] : conflicts_) keys.push_back(key);
  for (const auto& [key, overflow] : overflows_) keys.push_back(OverflowedBlockKey(key));
  std::sort(keys.begin(), keys.end());
  return keys;
}

absl::Status IdentityEdit::Apply(storage::Transaction& txn) const {
  // What the decision rests on must be as it was.
  std::set<CustomerId> relied = relied_;
  for (const auto& [id, subject] : subjects_) {
    if (subject.changed) relied.insert(subject.customer);
  }
  for (const CustomerId customer : relied) {
    const auto seen = customers_.find(customer);
    if (seen == customers_.end()) continue;  // Made here.
    ASSIGN_OR_RETURN(const CustomerState state, txn.GetCustomer(customer));
    if (state.revision != seen->second.revision) return storage::Replan();
  }
  RETURN_IF_ERROR(txn.ReadAhead(RecordsToWrite()));
  RETURN_IF_ERROR(ApplyMembers(txn));
  return ApplyRecords(txn);
}

absl::Status IdentityEdit::ApplyMembers(storage::Transaction& txn) const {
  // A customer first takes what it is to have beside what it has; what it is to lose, others take.
  absl::flat_hash_map<CustomerId, std::set<SubjectId>> now;
  for (const auto& [customer, members] : members_) {
    const auto before = customers_.find(customer);
    if (before == customers_.end()) continue;
    now[customer].insert(before->second.members.begin(), before->second.members.end());
  }
  absl::flat_hash_map<SubjectId, CustomerId> holder;
  for (const auto& [customer, subjects] : now) {
    for (const SubjectId subject : subjects) holder[subject] = customer;
  }
  for (const auto& [customer, members] : members_) {
    if (members.empty()) continue;
    std::set<SubjectId>& held = now[customer];
    for (const SubjectId member : members) {
      if (const auto it = holder.find(member); it != holder.end()) now[it->second].erase(member);
      holder[member] = customer;
      held.insert(member);
    }
    RETURN_IF_ERROR(txn.SetMembers(customer, {held.begin(), held.end()}));
  }
  for (const auto& [from, into] : redirects_) RETURN_IF_ERROR(txn.SetRedirect(from, into));
  return absl::OkStatus();
}

absl::Status IdentityEdit::ApplyRecords(storage::Transaction& txn) const {
  for (const auto& [id, subject] : subjects_) {
    if (!subject.changed) continue;
    ASSIGN_OR_RETURN(Record stored, txn.Get({id, kSubjectKind, kSubjectRecordId}));
    RETURN_IF_ERROR(txn.Put(SubjectRecord(id, std::move(stored.keys), subject.record, now_)));
  }
  for (const auto& [pair, edge] : edges_) {
    if (!edge.changed) continue;
    // A plan may see one end's customer as it was later than the edge, which then is outdated.
    const absl::StatusOr<Record> stored = txn.Get(EdgeRecordKey(pair));
    if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    if ((stored.ok() ? stored->payload : "") != edge.before) return storage::Replan();
    if (!IsEmpty(edge.stored)) {
      RETURN_IF_ERROR(txn.Put(EdgeRecord(pair, edge.stored, now_)));
    } else if (edge.exists) {
      RETURN_IF_ERROR(txn.Delete(EdgeRecordKey(pair)));
    }
  }
  for (const auto& [key, conflict] : conflicts_) {
    if (conflict.keep) {
      Record record;
      record.key = key;
      record.recorded_time = now_;
      record.payload = conflict.stored.SerializeAsString();
      RETURN_IF_ERROR(txn.Put(std::move(record)));
    } else {
      RETURN_IF_ERROR(txn.Delete(key));
    }
  }
  for (const Record& event : events_) RETURN_IF_ERROR(txn.Put(event, storage::New()));
  for (const auto& [key, overflow] : overflows_) {
    RETURN_IF_ERROR(MakeOwnCustomer(txn, OwnPlace::kBlocks, OverflowedBlockSlot(key)));
    const RecordKey record_key = OverflowedBlockKey(key);
    if (overflow.overflowed) {
      StoredOverflowedBlock block;
      block.set_block(BlockingTerm(key));
      block.set_source_records(static_cast<int64_t>(overflow.source_records));
      block.set_since_micros(now_);
      Record record;
      record.key = record_key;
      record.recorded_time = now_;
      record.payload = block.SerializeAsString();
      RETURN_IF_ERROR(txn.Put(std::move(record)));
    } else {
      const absl::Status deleted = txn.Delete(record_key);
      if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
    }
  }
  return absl::OkStatus();
}

}  // namespace yilan::core
