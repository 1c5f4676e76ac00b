#include "core/facts/write_batch.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/fault_points.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/facts/times.h"
#include "core/validation/field_rules.h"
#include "google/protobuf/util/field_mask_util.h"

namespace yilan::core {
namespace {

using google::protobuf::Message;
using storage::CustomerId;
using storage::HistoryEntry;
using storage::Record;
using storage::RecordKey;
using storage::SubjectId;

std::unique_ptr<Message> NewFact(const FactKind& kind) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind.descriptor)->New());
}

absl::StatusOr<std::unique_ptr<Message>> ParseStored(const FactKind& kind,
                                                     absl::string_view payload) {
  std::unique_ptr<Message> fact = NewFact(kind);
  if (!fact->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::DataLossError(absl::StrCat("a stored ", kind.name, " does not parse"));
  }
  return fact;
}

// What a fact says, without when Yilan learnt it; also without when it became true if the source
// does not tell.
std::string BodyOf(const FactWrite& write, const Message& fact) {
  std::unique_ptr<Message> body(fact.New());
  body->CopyFrom(fact);
  v1::FactSource& source = *write.kind->mutable_source(*body);
  source.clear_recorded_time();
  if (!write.event_time_given) source.clear_event_time();
  return body->SerializeAsString();
}

std::string TombstoneId(const FactWrite& write) {
  const char kind[] = {static_cast<char>(write.kind->kind >> 8),
                       static_cast<char>(write.kind->kind)};
  return absl::StrCat(absl::string_view(kind, 2), write.fact_id);
}

// The system that states a fact and the fact's key there, which is all that a deletion has.
std::pair<std::string, std::string> NameOf(const FactWrite& write) {
  return absl::StrSplit(absl::string_view(write.fact_key).substr(3), absl::MaxSplits('\0', 1));
}

// The name under which other facts refer to a billing account; empty for other kinds.
std::string AccountAlias(const FactWrite& write) {
  if (write.kind->kind != v1::Fact::kBillingAccount) return {};
  const auto [source_system, key] = NameOf(write);
  v1::SubjectReference alias;
  alias.set_source_system(source_system);
  alias.set_billing_account_key(key);
  return SubjectKey(alias);
}

bool NamesSubject(const v1::SubjectReference& subject) {
  return subject.reference_case() != v1::SubjectReference::REFERENCE_NOT_SET;
}

absl::Status VersionConflict() {
  return ErrorWithReason(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_VERSION_CONFLICT,
                         "this version of the fact is stored with another body; send it with a "
                         "later event_time or a higher version");
}

}  // namespace

WriteBatch::WriteBatch(absl::Span<const FactWrite> writes, TimeMicros now, IdGenerator& ids,
                       absl::Span<const int> partitions, const KeyCustomers* seen)
    : writes_(writes), now_(now), seen_(seen) {
  std::vector<std::string> subject_keys;
  for (const FactWrite& write : writes) {
    keys_.push_back(write.fact_key);
    if (NamesSubject(write.subject)) subject_keys.push_back(SubjectKey(write.subject));
    for (const v1::SubjectReference& reference : write.references) {
      subject_keys.push_back(SubjectKey(reference));
    }
    if (std::string alias = AccountAlias(write); !alias.empty()) keys_.push_back(std::move(alias));
  }
  std::sort(subject_keys.begin(), subject_keys.end());
  subject_keys.erase(std::unique(subject_keys.begin(), subject_keys.end()), subject_keys.end());
  for (std::string& key : subject_keys) {
    NewIds made{ids.Next<storage::SubjectTag>(), ids.Next<storage::CustomerTag>()};
    if (!partitions.empty()) {
      constexpr uint64_t kPartitions = storage::kFeedPartitions;
      const int partition = partitions[made.customer.low / kPartitions % partitions.size()];
      made.customer.low =
          made.customer.low / kPartitions * kPartitions + static_cast<uint64_t>(partition);
    }
    new_ids_[key] = made;
    keys_.push_back(std::move(key));
  }
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
}

absl::StatusOr<storage::WritePlan> WriteBatch::Plan(storage::Reader& reader) {
  plan_ = {};
  plan_.keys = keys_;
  if (seen_ != nullptr) {
    PlanCustomersAsSeen(*seen_);
    seen_ = nullptr;
  } else {
    RETURN_IF_ERROR(PlanCustomers(reader));
  }
  std::sort(plan_.customers.begin(), plan_.customers.end());
  plan_.customers.erase(std::unique(plan_.customers.begin(), plan_.customers.end()),
                        plan_.customers.end());
  return plan_;
}

void WriteBatch::PlanCustomersAsSeen(const KeyCustomers& seen) {
  for (const std::string& key : keys_) {
    if (const auto holder = seen.find(key); holder != seen.end()) {
      plan_.customers.push_back(holder->second);
    } else {
      plan_.free_keys.push_back(key);
      if (const auto it = new_ids_.find(key); it != new_ids_.end()) {
        plan_.customers.push_back(it->second.customer);
      }
    }
  }
}

absl::Status WriteBatch::PlanCustomers(storage::Reader& reader) {
  ASSIGN_OR_RETURN(const auto holders, reader.FindByKeys(keys_));
  absl::flat_hash_set<SubjectId> subjects;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (holders[i].has_value()) {
      subjects.insert(holders[i]->subject);
    } else {
      plan_.free_keys.push_back(keys_[i]);
      if (const auto it = new_ids_.find(keys_[i]); it != new_ids_.end()) {
        plan_.customers.push_back(it->second.customer);
      }
    }
  }
  for (const SubjectId subject : subjects) {
    ASSIGN_OR_RETURN(const storage::CustomerState customer, reader.GetCustomer(subject));
    plan_.customers.push_back(customer.customer);
  }
  return absl::OkStatus();
}

absl::Status WriteBatch::Apply(storage::Transaction& txn, std::vector<FactWriteResult>& results) {
  WorkingSet work(txn, plan_, now_);
  txn_ = &txn;
  work_ = &work;
  results.clear();
  results.resize(writes_.size());
  RETURN_IF_ERROR(work.LoadKeys(keys_, new_ids_));
  for (size_t i = 0; i < writes_.size(); ++i) {
    RETURN_IF_ERROR(ApplyOne(writes_[i], results[i]));
  }
  RETURN_IF_ERROR(work.Flush());
  for (FactWriteResult& result : results) {
    if (!result.status.ok() || result.subject.IsNil()) continue;
    ASSIGN_OR_RETURN(const auto* const subject, work.Subject(result.subject));
    result.resolve_pending = subject->record.has_resolve_pending_since_micros();
  }
  return absl::OkStatus();
}

absl::Status WriteBatch::ApplyOne(const FactWrite& write, FactWriteResult& result) {
  ASSIGN_OR_RETURN(std::optional<Current> current, ReadCurrent(write));
  if (current.has_value()) {
    result.subject = current->record.key.subject;
    if (!current->deleted) result.record = current->record.key;
  }
  if (write.expected_revision.has_value() && !IsPlanted(Mutant::kIgnoreEtag) &&
      (!current.has_value() || current->deleted ||
       current->record.revision != *write.expected_revision)) {
    result.status = ErrorWithReason(
        absl::StatusCode::kAborted, v1::ERROR_REASON_ETAG_MISMATCH,
        "the fact has changed since this etag was read; read it again and decide anew");
    return absl::OkStatus();
  }
  if (write.fact == nullptr) return ApplyDeletion(write, std::move(current), result);
  return ApplyUpsert(write, std::move(current), result);
}

absl::Status WriteBatch::ApplyUpsert(const FactWrite& write, std::optional<Current> current,
                                     FactWriteResult& result) {
  const FactKind& kind = *write.kind;
  std::unique_ptr<Message> stored;
  if (current.has_value() && !current->deleted) {
    ASSIGN_OR_RETURN(stored, ParseStored(kind, current->record.payload));
  }
  const Message* fact = write.fact;
  std::unique_ptr<Message> merged;
  if (write.update_mask != nullptr && !write.update_mask->paths().empty()) {
    merged = NewFact(kind);
    if (stored != nullptr) merged->CopyFrom(*stored);
    const v1::FactSource& source = kind.source(*write.fact);
    v1::SubjectReference subject = source.subject();
    if (subject.reference_case() == v1::SubjectReference::REFERENCE_NOT_SET && stored != nullptr) {
      subject = kind.source(*stored).subject();
    }
    google::protobuf::util::FieldMaskUtil::MergeOptions options;
    options.set_replace_message_fields(true);
    options.set_replace_repeated_fields(true);
    google::protobuf::util::FieldMaskUtil::MergeMessageTo(*write.fact, *write.update_mask, options,
                                                          merged.get());
    *kind.mutable_source(*merged) = source;
    if (NamesSubject(subject)) *kind.mutable_source(*merged)->mutable_subject() = subject;
    // The parts were checked one by one; the whole must hold together too.
    Violations violations;
    CheckFieldRules(*merged, kind.name, violations);
    kind.check(*merged, kind.name, violations);
    result.status = violations.ToStatus();
    if (!result.status.ok()) return absl::OkStatus();
    fact = merged.get();
  }

  std::unique_ptr<Message> to_store(fact->New());
  to_store->CopyFrom(*fact);
  SetTimestamp(now_, *kind.mutable_source(*to_store)->mutable_recorded_time());
  std::string payload = to_store->SerializeAsString();
  if (payload.size() > storage::kMaxPayloadBytes) {
    result.status =
        ErrorWithReason(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_TOO_LARGE,
                        absl::StrCat("the fact has ", payload.size(), " bytes; at most ",
                                     storage::kMaxPayloadBytes, " are taken"));
    return absl::OkStatus();
  }
  if (stored != nullptr) {
    const bool same_version =
        write.version == current->record.version && !IsPlanted(Mutant::kNoFactDedupe);
    if ((same_version || !write.event_time_given) &&
        BodyOf(write, *to_store) == BodyOf(write, *stored)) {
      result.outcome = v1::WRITE_OUTCOME_DUPLICATE;
      return absl::OkStatus();
    }
    if (same_version) {
      result.status = VersionConflict();
      return absl::OkStatus();
    }
  }
  if (current.has_value() && write.version <= current->record.version) {
    return ApplyLate(write, *current, payload, result);
  }
  return Store(write, *to_store, std::move(payload), std::move(current), result);
}

absl::Status WriteBatch::Store(const FactWrite& write, const Message& fact, std::string payload,
                               std::optional<Current> current, FactWriteResult& result) {
  const FactKind& kind = *write.kind;
  const std::vector<v1::SubjectReference> references = ReferencesOf(write, fact);
  v1::SubjectReference named = SubjectOf(kind, fact);
  const std::string alias = AccountAlias(write);
  bool alias_is_free = false;
  if (!alias.empty()) {
    const auto& holder = work_->Holder(alias);
    alias_is_free = (!holder.has_value() && alias != SubjectKey(named)) ||
                    (holder.has_value() && current.has_value() && *holder == current->record.key);
  }

  WorkingSet::SubjectState* subject = nullptr;
  if (NamesSubject(named)) {
    ASSIGN_OR_RETURN(subject, PlaceSubject(write, named, references));
  } else if (current.has_value()) {
    ASSIGN_OR_RETURN(subject, work_->Subject(current->record.key.subject));
  } else {
    Violations violations;
    violations.Add(absl::StrCat(kind.name, ".source.subject"),
                   "is missing; state whom the fact is about");
    result.status = violations.ToStatus();
    return absl::OkStatus();
  }

  Record record;
  record.key = {subject->subject, kind.kind,
                FactRecordId(kind.occurrence_time(fact), write.fact_id)};
  record.version = write.version;
  record.recorded_time = now_;
  record.payload = std::move(payload);
  record.keys.push_back(write.fact_key);
  if (alias_is_free) record.keys.push_back(alias);
  record.terms = kind.terms(fact);

  result.outcome = v1::WRITE_OUTCOME_CREATED;
  if (current.has_value()) {
    if (!current->deleted) {
      result.outcome = v1::WRITE_OUTCOME_UPDATED;
      RETURN_IF_ERROR(Archive(write, current->record));
      RETURN_IF_ERROR(Untally(write, current->record));
    }
    if (current->record.key != record.key) {
      RETURN_IF_ERROR(txn_->Delete(current->record.key));
    }
  }
  kind.tally(fact, 1, now_, subject->record);
  WorkingSet::Count(kind.kind, 1, *subject);
  RETURN_IF_ERROR(CountReferences(write, fact, subject->subject, 1));
  work_->SetHolder(write.fact_key, record.key);
  if (alias_is_free) work_->SetHolder(alias, record.key);
  result.record = record.key;
  result.subject = record.key.subject;
  // No other fact has an id like this one's.
  const bool in_place = current.has_value() && current->record.key == record.key;
  return txn_->Put(std::move(record), in_place ? storage::Any() : storage::New());
}

absl::Status WriteBatch::ApplyLate(const FactWrite& write, const Current& current,
                                   const std::string& payload, FactWriteResult& result) {
  bool duplicate = false;
  bool conflict = false;
  RETURN_IF_ERROR(txn_->ScanHistory(
      current.record.key.subject, write.kind->kind, write.fact_id,
      [&](const HistoryEntry& entry) -> absl::Status {
        if (entry.version != write.version) return absl::OkStatus();
        if (IsPlanted(Mutant::kNoFactDedupe)) return absl::OkStatus();
        if (entry.deletion || write.fact == nullptr) {
          if (entry.deletion && write.fact == nullptr) duplicate = true;
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(const auto stored, ParseStored(*write.kind, entry.payload));
        ASSIGN_OR_RETURN(const auto fact, ParseStored(*write.kind, payload));
        (BodyOf(write, *stored) == BodyOf(write, *fact) ? duplicate : conflict) = true;
        return absl::OkStatus();
      }));
  if (duplicate) {
    result.outcome = v1::WRITE_OUTCOME_DUPLICATE;
    return absl::OkStatus();
  }
  if (conflict) {
    result.status = VersionConflict();
    return absl::OkStatus();
  }
  result.outcome = v1::WRITE_OUTCOME_SUPERSEDED;
  ASSIGN_OR_RETURN(const auto* subject, work_->Subject(current.record.key.subject));
  return txn_->AddHistory({.subject = subject->subject,
                           .kind = write.kind->kind,
                           .fact_id = write.fact_id,
                           .version = write.version,
                           .revision = 0,
                           .recorded_time = now_,
                           .retired_time = now_,
                           .deletion = write.fact == nullptr,
                           .payload = payload});
}

absl::Status WriteBatch::ApplyDeletion(const FactWrite& write, std::optional<Current> current,
                                       FactWriteResult& result) {
  if (!current.has_value()) {
    result.status =
        ErrorWithReason(absl::StatusCode::kNotFound, v1::ERROR_REASON_FACT_NOT_FOUND,
                        absl::StrCat("the source system has stated no such ", write.kind->name,
                                     "; check source_system and key"));
    return absl::OkStatus();
  }
  storage::Version version = write.version;
  if (!write.event_time_given) {
    if (current->deleted) {
      result.outcome = v1::WRITE_OUTCOME_DUPLICATE;
      return absl::OkStatus();
    }
    // "Now" means whatever is stored at present, even if a source's clock runs ahead.
    version = std::max(version, current->record.version);
  }
  if (current->deleted && version == current->record.version) {
    result.outcome = v1::WRITE_OUTCOME_DUPLICATE;
    return absl::OkStatus();
  }
  if (version < current->record.version) return ApplyLate(write, *current, "", result);

  ASSIGN_OR_RETURN(auto* const subject, work_->Subject(current->record.key.subject));
  if (!current->deleted) {
    RETURN_IF_ERROR(Archive(write, current->record));
    RETURN_IF_ERROR(Untally(write, current->record));
    for (const std::string& key : current->record.keys) {
      if (key == write.fact_key) continue;
      // Facts that come later still find the subject by its account.
      if (subject->keys.size() < storage::kMaxKeysPerRecord) {
        subject->keys.push_back(key);
        subject->changed = true;
        work_->SetHolder(key, RecordKey{subject->subject, kSubjectKind, kSubjectRecordId});
      } else {
        work_->SetHolder(key, std::nullopt);
      }
    }
  }
  RETURN_IF_ERROR(txn_->AddHistory({.subject = subject->subject,
                                    .kind = write.kind->kind,
                                    .fact_id = write.fact_id,
                                    .version = version,
                                    .revision = 0,
                                    .recorded_time = now_,
                                    .retired_time = now_,
                                    .deletion = true,
                                    .payload = ""}));
  RETURN_IF_ERROR(txn_->Delete(current->record.key));
  yilan::storage::v1::Tombstone tombstone;
  tombstone.set_kind(write.kind->kind);
  Record record;
  record.key = {subject->subject, kTombstoneKind, TombstoneId(write)};
  record.version = version;
  record.recorded_time = now_;
  const auto [source_system, key] = NameOf(write);
  tombstone.set_source_system(source_system);
  tombstone.set_key(key);
  record.payload = tombstone.SerializeAsString();
  record.keys.push_back(write.fact_key);
  work_->SetHolder(write.fact_key, record.key);
  result.outcome = v1::WRITE_OUTCOME_DELETED;
  result.record.reset();
  result.subject = subject->subject;
  return txn_->Put(std::move(record));
}

absl::Status WriteBatch::Archive(const FactWrite& write, const Record& record) {
  if (IsPlanted(Mutant::kSkipHistory)) return absl::OkStatus();
  return txn_->AddHistory({.subject = record.key.subject,
                           .kind = write.kind->kind,
                           .fact_id = write.fact_id,
                           .version = record.version,
                           .revision = record.revision,
                           .recorded_time = record.recorded_time,
                           .retired_time = now_,
                           .deletion = false,
                           .payload = record.payload});
}

absl::Status WriteBatch::Untally(const FactWrite& write, const Record& record) {
  ASSIGN_OR_RETURN(auto* const subject, work_->Subject(record.key.subject));
  ASSIGN_OR_RETURN(const auto fact, ParseStored(*write.kind, record.payload));
  write.kind->tally(*fact, -1, now_, subject->record);
  WorkingSet::Count(write.kind->kind, -1, *subject);
  return CountReferences(write, *fact, record.key.subject, -1);
}

std::vector<v1::SubjectReference> WriteBatch::ReferencesOf(const FactWrite& write,
                                                           const Message& fact) {
  std::vector<v1::SubjectReference> references = write.kind->references(fact);
  const std::string alias = AccountAlias(write);
  if (alias.empty()) return references;
  // An account that was spoken of before is a subject of its own.
  if (const auto& holder = work_->Holder(alias);
      holder.has_value() && holder->kind == kSubjectKind) {
    v1::SubjectReference account;
    account.set_source_system(write.kind->source(fact).source_system());
    account.set_billing_account_key(write.kind->source(fact).key());
    references.push_back(std::move(account));
  }
  return references;
}

absl::Status WriteBatch::CountReferences(const FactWrite& write, const Message& fact,
                                         SubjectId subject, int sign) {
  for (const v1::SubjectReference& reference : ReferencesOf(write, fact)) {
    std::string key = SubjectKey(reference);
    const auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
    if (at == keys_.end() || *at != key) {
      // A reference of the version before, which this one has no longer.
      keys_.insert(at, std::move(key));
      return storage::Replan();
    }
    const auto& holder = work_->Holder(key);
    if (!holder.has_value()) continue;
    RETURN_IF_ERROR(work_->Subject(holder->subject).status());
    work_->AddReferences(subject, holder->subject, sign);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<WriteBatch::Current>> WriteBatch::ReadCurrent(const FactWrite& write) {
  const std::optional<RecordKey>& holder = work_->Holder(write.fact_key);
  if (!holder.has_value()) return std::optional<Current>();
  // Also makes sure that its customer is in the plan.
  RETURN_IF_ERROR(work_->Subject(holder->subject).status());
  ASSIGN_OR_RETURN(Record record, txn_->Get(*holder));
  const bool deleted = holder->kind == kTombstoneKind;
  return std::optional<Current>(Current{std::move(record), deleted});
}

absl::StatusOr<WorkingSet::SubjectState*> WriteBatch::PlaceSubject(
    const FactWrite& write, const v1::SubjectReference& named,
    absl::Span<const v1::SubjectReference> references) {
  const std::string own_key = SubjectKey(named);
  WorkingSet::SubjectState* subject = nullptr;
  if (const auto& holder = work_->Holder(own_key); holder.has_value()) {
    ASSIGN_OR_RETURN(subject, work_->Subject(holder->subject));
    if (references.empty()) return subject;
  }
  Candidate own;
  if (subject != nullptr) {
    ASSIGN_OR_RETURN(own, work_->CandidateOf(subject->customer));
  } else {
    own = {.customer = new_ids_.at(own_key).customer, .exists = false};
  }
  if (write.kind->kind == v1::Fact::kSourceRecord) own.established = true;
  std::vector<Candidate> referenced;
  for (const v1::SubjectReference& reference : references) {
    const auto& holder = work_->Holder(SubjectKey(reference));
    if (!holder.has_value()) continue;
    ASSIGN_OR_RETURN(const auto* other, work_->Subject(holder->subject));
    ASSIGN_OR_RETURN(Candidate candidate, work_->CandidateOf(other->customer));
    referenced.push_back(candidate);
  }
  const MembershipDecision decision = DecideMembership(own, referenced);
  if (subject == nullptr) {
    const NewIds& made = new_ids_.at(own_key);
    ASSIGN_OR_RETURN(subject, work_->CreateSubject(made.subject, decision.target, named));
  }
  if (!decision.plain) work_->MarkPending(*subject);
  for (const v1::SubjectReference& reference : references) {
    const std::string key = SubjectKey(reference);
    if (work_->Holder(key).has_value()) continue;
    RETURN_IF_ERROR(
        work_->CreateSubject(new_ids_.at(key).subject, subject->customer, reference).status());
  }
  return subject;
}

}  // namespace yilan::core
