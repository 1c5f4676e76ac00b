#include "storage/rows/row_transaction.h"

#include <algorithm>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::rows {
namespace {

// A page of the feed parses whole rows, so they must not be long.
constexpr size_t kChangesPerRow = 64;

absl::Status NotPlanned() {
  return absl::FailedPreconditionError("a write to a customer that the plan does not name");
}

absl::Status CheckPrecondition(const Precondition& precondition, bool found, Revision revision) {
  switch (precondition.kind) {
    case Precondition::Kind::kAny:
      return absl::OkStatus();
    case Precondition::Kind::kAbsent:
      if (!found) return absl::OkStatus();
      return absl::AlreadyExistsError("the record exists already");
    case Precondition::Kind::kAtRevision:
      if (found && revision == precondition.revision) return absl::OkStatus();
      return absl::FailedPreconditionError("the record is not at the expected revision");
  }
  return absl::InvalidArgumentError("no such precondition");
}

}  // namespace

RowTransaction::RowTransaction(RowSource& source, const WriteOptions& options,
                               const WritePlan& plan, Absence absence)
    : options_(options),
      plan_(plan),
      absence_(absence),
      reader_(source, options.call, &overlay_),
      records_(reader_, overlay_),
      planned_keys_(plan.keys.begin(), plan.keys.end()) {
  customers_.reserve(plan.customers.size());
}

void RowTransaction::AddPlanned(CustomerState state, bool exists) {
  for (const SubjectId member : state.members) holders_[member] = state.customer;
  Planned& planned = customers_[state.customer];
  planned.next = state.revision + 1;
  planned.had_members = !state.members.empty();
  planned.exists = exists;
  planned.state = std::move(state);
}

absl::StatusOr<RowTransaction::Planned*> RowTransaction::FindPlanned(CustomerId customer) {
  const auto it = customers_.find(customer);
  if (it == customers_.end()) return NotPlanned();
  return &it->second;
}

absl::StatusOr<RowTransaction::Planned*> RowTransaction::HolderOf(SubjectId subject) {
  const auto it = holders_.find(subject);
  if (it != holders_.end()) return FindPlanned(it->second);
  const absl::Status status = reader_.HolderOf(subject).status();
  if (status.ok()) return NotPlanned();
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError("a write to a subject that belongs to no customer");
}

void RowTransaction::Touch(Planned& customer) {
  if (customer.touched) return;
  customer.touched = true;
  touched_.push_back(customer.state.customer);
}

const RowTransaction::Planned* RowTransaction::PlannedOf(const CustomerRef& ref) const {
  CustomerId customer;
  if (const auto* id = std::get_if<CustomerId>(&ref)) {
    customer = *id;
  } else if (const auto it = holders_.find(std::get<SubjectId>(ref)); it != holders_.end()) {
    customer = it->second;
  } else {
    return nullptr;
  }
  const auto it = customers_.find(customer);
  return it == customers_.end() ? nullptr : &it->second;
}

std::optional<CustomerState> RowTransaction::StateOf(const Planned& planned) {
  if (!planned.exists && !planned.touched) return std::nullopt;
  CustomerState state = planned.state;
  if (planned.touched) state.revision = planned.next;
  return state;
}

absl::StatusOr<CustomerState> RowTransaction::GetCustomer(const CustomerRef& ref) {
  const Planned* const planned = PlannedOf(ref);
  if (planned == nullptr) return reader_.GetCustomer(ref);
  std::optional<CustomerState> state = StateOf(*planned);
  if (!state.has_value()) return absl::NotFoundError("there is no such customer");
  return *std::move(state);
}

absl::StatusOr<std::vector<std::optional<CustomerState>>> RowTransaction::GetCustomers(
    absl::Span<const CustomerRef> refs) {
  std::vector<std::optional<CustomerState>> states(refs.size());
  std::vector<CustomerRef> others;
  std::vector<size_t> places;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (const Planned* const planned = PlannedOf(refs[i])) {
      states[i] = StateOf(*planned);
    } else {
      others.push_back(refs[i]);
      places.push_back(i);
    }
  }
  if (others.empty()) return states;
  ASSIGN_OR_RETURN(std::vector<std::optional<CustomerState>> read, reader_.GetCustomers(others));
  for (size_t i = 0; i < read.size(); ++i) states[places[i]] = std::move(read[i]);
  return states;
}

absl::StatusOr<Revision> RowTransaction::NextRevision(CustomerId customer) {
  ASSIGN_OR_RETURN(const Planned* const planned, FindPlanned(customer));
  return planned->next;
}

absl::Status RowTransaction::ReadAhead(absl::Span<const RecordKey> keys) {
  // Whoever is about to make a subject is about to be asked whether it is there.
  absl::flat_hash_set<SubjectId> others;
  std::vector<std::string> rows;
  for (const RecordKey& key : keys) {
    if (holders_.contains(key.subject) || !others.insert(key.subject).second) continue;
    rows.push_back(SubjectRow(key.subject));
  }
  if (!rows.empty()) RETURN_IF_ERROR(reader_.ReadAhead(Family::kDirectory, rows));
  rows.clear();
  rows.reserve(keys.size());
  for (const RecordKey& key : keys) {
    if (created_.contains(key.subject)) continue;
    if (others.contains(key.subject)) {
      const absl::Status holder = reader_.HolderOf(key.subject).status();
      if (absl::IsNotFound(holder)) continue;
      RETURN_IF_ERROR(holder);
    }
    rows.push_back(RecordRow(key));
  }
  return reader_.ReadAhead(Family::kRecords, rows);
}

absl::StatusOr<bool> RowTransaction::FindRecord(const RecordKey& key, const std::string& row,
                                                const Precondition& precondition,
                                                RecordIndex& before) {
  if (overlay_.Find(Family::kRecords, row) == nullptr) {
    // What is made here cannot have records but those that are written here.
    if (created_.contains(key.subject)) return false;
    if (precondition.expected && absence_ == Absence::kGuarded &&
        !reader_.IsKnown(Family::kRecords, row)) {
      unseen_records_.insert(row);
      return false;
    }
  }
  return records_.Find(row, before);
}

absl::Status RowTransaction::Put(Record record, Precondition precondition) {
  RETURN_IF_ERROR(NormalizeRecord(record));
  ASSIGN_OR_RETURN(Planned* const holder, HolderOf(record.key.subject));
  std::string row = RecordRow(record.key);
  RecordIndex before;
  ASSIGN_OR_RETURN(const bool found, FindRecord(record.key, row, precondition, before));
  for (const std::string& key : record.keys) {
    if (GainsKey(before, key) && !planned_keys_.contains(key)) {
      return absl::FailedPreconditionError("the taking of a key that the plan does not name");
    }
  }
  RETURN_IF_ERROR(CheckPrecondition(precondition, found, before.revision));
  RETURN_IF_ERROR(records_.CheckKeysFree(record, before));

  Touch(*holder);
  if (!found) ++totals_.records[record.key.kind];
  if (!written_before_move_.empty()) written_before_move_.erase(row);
  records_.Put(record, std::move(row), holder->next, before);
  return absl::OkStatus();
}

absl::Status RowTransaction::Delete(const RecordKey& key, Precondition precondition) {
  RETURN_IF_ERROR(CheckRecordKey(key));
  ASSIGN_OR_RETURN(Planned* const holder, HolderOf(key.subject));
  std::string row = RecordRow(key);
  RecordIndex before;
  ASSIGN_OR_RETURN(const bool found, FindRecord(key, row, Any(), before));
  if (!found) return absl::NotFoundError("there is no such record");
  RETURN_IF_ERROR(CheckPrecondition(precondition, found, before.revision));

  Touch(*holder);
  --totals_.records[key.kind];
  if (!written_before_move_.empty()) written_before_move_.erase(row);
  records_.Delete(key, std::move(row), before);
  return absl::OkStatus();
}

absl::Status RowTransaction::AddHistory(HistoryEntry entry) {
  RETURN_IF_ERROR(CheckHistory(entry));
  ASSIGN_OR_RETURN(Planned* const holder, HolderOf(entry.subject));
  Touch(*holder);
  overlay_.Put(Family::kHistory, HistoryRow(entry), HistoryValue(entry));
  return absl::OkStatus();
}

absl::Status RowTransaction::SetMembers(CustomerId customer, std::vector<SubjectId> members) {
  RETURN_IF_ERROR(NormalizeMembers(customer, members));
  ASSIGN_OR_RETURN(Planned* const planned, FindPlanned(customer));
  CustomerState& state = planned->state;
  if (members == state.members) return absl::OkStatus();
  if (!std::includes(members.begin(), members.end(), state.members.begin(), state.members.end())) {
    return absl::FailedPreconditionError(
        "a subject would be left in no customer: it can only be taken by another");
  }
  std::vector<SubjectId> joining;
  std::set_difference(members.begin(), members.end(), state.members.begin(), state.members.end(),
                      std::back_inserter(joining));
  std::vector<Planned*> sources(joining.size(), nullptr);
  for (size_t i = 0; i < joining.size(); ++i) {
    if (const auto it = holders_.find(joining[i]); it != holders_.end()) {
      ASSIGN_OR_RETURN(sources[i], FindPlanned(it->second));
      continue;
    }
    const absl::Status status = reader_.HolderOf(joining[i]).status();
    if (status.ok()) return NotPlanned();
    if (!absl::IsNotFound(status)) return status;
  }

  for (size_t i = 0; i < joining.size(); ++i) {
    const SubjectId subject = joining[i];
    if (Planned* const source = sources[i]; source != nullptr) {
      std::erase(source->state.members, subject);
      source->members_changed = true;
      Touch(*source);
      planned->next = std::max(planned->next, source->next);
      const Overlay::Rows& records = overlay_.rows(Family::kRecords);
      const std::string first = RecordKindRow(subject, 0);
      for (auto it = records.lower_bound(first);
           it != records.end() && it->first.compare(0, kSubjectBytes, first, 0, kSubjectBytes) == 0;
           ++it) {
        written_before_move_.try_emplace(it->first, source->state.customer);
      }
    } else {
      ++totals_.subjects;
      created_.insert(subject);
    }
    holders_[subject] = customer;
    overlay_.Put(Family::kDirectory, SubjectRow(subject), SubjectValue(customer));
  }
  state.members = std::move(members);
  state.redirect.reset();
  planned->members_changed = true;
  Touch(*planned);
  return absl::OkStatus();
}

absl::Status RowTransaction::SetRedirect(CustomerId customer, CustomerId target) {
  RETURN_IF_ERROR(CheckRedirect(customer, target));
  ASSIGN_OR_RETURN(Planned* const planned, FindPlanned(customer));
  if (!planned->exists && !planned->touched) {
    return absl::NotFoundError("there is no such customer");
  }
  if (!planned->state.members.empty()) {
    return absl::FailedPreconditionError("a customer with members cannot be redirected");
  }
  planned->state.redirect = target;
  planned->redirect_changed = true;
  Touch(*planned);
  return absl::OkStatus();
}

absl::Status RowTransaction::PutRequest(const RequestKey& key, StoredRequest request,
                                        bool replace) {
  RETURN_IF_ERROR(CheckRequest(key, request));
  if (!plan_.request.has_value() || *plan_.request != key) {
    return absl::FailedPreconditionError("a request that the plan does not name");
  }
  std::string row = RequestRow(key);
  RowReader::RowValue value;
  ASSIGN_OR_RETURN(const bool found, reader_.GetRow(Family::kRequests, row, value));
  if (found && !replace) {
    return absl::AlreadyExistsError("the answer to this request is stored already");
  }
  if (found) {
    ASSIGN_OR_RETURN(const StoredRequest stored, ParseRequest(value.bytes()));
    request.recorded_time = stored.recorded_time;
    request_replaced_ |= !request_put_;
  }
  request_put_ = true;
  overlay_.Put(Family::kRequests, RequestTimeRow(request.recorded_time, key), "");
  overlay_.Put(Family::kRequests, std::move(row), RequestValue(request));
  return absl::OkStatus();
}

std::array<std::vector<Change>, kFeedPartitions> RowTransaction::Changes() const {
  absl::flat_hash_map<CustomerId, std::vector<RecordChange>> records;
  records.reserve(touched_.size());
  for (const auto& [row, value] : overlay_.rows(Family::kRecords)) {
    // The row was made by RecordRow(), so it parses.
    RecordKey key = *RecordKeyOfRow(row);
    const auto moved = written_before_move_.find(row);
    const CustomerId customer =
        moved != written_before_move_.end() ? moved->second : holders_.find(key.subject)->second;
    records[customer].push_back({.key = std::move(key), .deleted = !value.has_value()});
  }
  std::array<std::vector<Change>, kFeedPartitions> changes;
  for (const CustomerId customer : touched_) {
    const Planned& planned = customers_.find(customer)->second;
    const int partition = FeedPartitionOf(customer);
    changes[static_cast<size_t>(partition)].push_back(
        {.partition = partition,
         .customer = customer,
         .revision = planned.next,
         .recorded_time = options_.recorded_time,
         .actor = options_.actor,
         .request_id = options_.request_id,
         .records = std::move(records[customer]),
         .members_changed = planned.members_changed,
         .redirect = planned.redirect_changed ? planned.state.redirect : std::nullopt});
  }
  return changes;
}

RowCommit RowTransaction::Prepare() {
  std::sort(touched_.begin(), touched_.end());
  RowCommit commit;
  for (const std::vector<Change>& changes : Changes()) {
    for (size_t begin = 0; begin < changes.size(); begin += kChangesPerRow) {
      const auto group = absl::MakeSpan(changes).subspan(begin, kChangesPerRow);
      commit.changes.push_back({group.front().partition, group.size(), ChangesValue(group)});
    }
  }
  commit.customers.reserve(touched_.size());
  for (const CustomerId customer : touched_) {
    Planned& planned = customers_.find(customer)->second;
    totals_.customers += (planned.state.members.empty() ? 0 : 1) - (planned.had_members ? 1 : 0);
    planned.state.revision = planned.next;
    overlay_.Put(Family::kDirectory, CustomerRow(customer), CustomerValue(planned.state));
    commit.customers.push_back(std::move(planned.state));
  }
  commit.overlay = std::move(overlay_);
  commit.unseen[static_cast<size_t>(Family::kRecords)] = std::move(unseen_records_);
  for (const SubjectId subject : created_) {
    commit.unseen[static_cast<size_t>(Family::kDirectory)].insert(SubjectRow(subject));
  }
  commit.request_replaced = request_replaced_;
  commit.totals = std::move(totals_);
  return commit;
}

}  // namespace yilan::storage::rows
