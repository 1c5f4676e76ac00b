#include <algorithm>
#include <iterator>
#include <utility>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/memory/transaction.h"

namespace yilan::storage::memory {
namespace {

absl::Status CheckPrecondition(const Precondition& precondition,
                               const std::optional<Entry>& current) {
  switch (precondition.kind) {
    case Precondition::Kind::kAny:
      break;
    case Precondition::Kind::kAbsent:
      if (current.has_value()) return absl::AlreadyExistsError("the record exists already");
      break;
    case Precondition::Kind::kAtRevision:
      if (!current.has_value() || RevisionOfRecord(*current) != precondition.revision) {
        return absl::FailedPreconditionError("the record is not at the expected revision");
      }
      break;
  }
  return absl::OkStatus();
}

}  // namespace

MemoryTransaction::MemoryTransaction(const State& state) : state_(state), overlay_(state) {}

MemoryTransaction::MemoryTransaction(const State& state, const WritePlan& plan)
    : MemoryTransaction(state) {
  std::vector<CustomerId> customers = plan.customers;
  std::sort(customers.begin(), customers.end());
  customers.erase(std::unique(customers.begin(), customers.end()), customers.end());
  planned_.reserve(customers.size());
  for (const CustomerId customer : customers) {
    Planned planned = {.state = {.customer = customer}};
    if (const auto slot = state_.directory().FindCustomer(customer)) {
      planned.state.revision = state_.directory().RevisionOf(*slot);
    }
    planned.next = planned.state.revision + 1;
    planned_.push_back(std::move(planned));
  }
  planned_keys_.reserve(plan.keys.size());
  planned_keys_.insert(plan.keys.begin(), plan.keys.end());
  if (plan.request.has_value()) planned_request_ = &*plan.request;
}

MemoryTransaction::Planned* MemoryTransaction::FindPlanned(CustomerId customer) {
  const auto found = std::lower_bound(
      planned_.begin(), planned_.end(), customer,
      [](const Planned& planned, CustomerId wanted) { return planned.state.customer < wanted; });
  if (found == planned_.end() || found->state.customer != customer) return nullptr;
  return &*found;
}

absl::StatusOr<MemoryTransaction::Planned*> MemoryTransaction::GetPlanned(CustomerId customer) {
  Planned* const planned = FindPlanned(customer);
  if (planned == nullptr) {
    return absl::FailedPreconditionError("the plan of the write does not name the customer");
  }
  return planned;
}

std::optional<CustomerId> MemoryTransaction::HolderOf(SubjectId subject) const {
  if (const auto moved = moved_.find(subject); moved != moved_.end()) return moved->second;
  const std::optional<CustomerSlot> slot = state_.FindCustomer(subject);
  if (!slot.has_value()) return std::nullopt;
  return state_.directory().CustomerIdOf(*slot);
}

absl::StatusOr<MemoryTransaction::Planned*> MemoryTransaction::PlannedHolderOf(SubjectId subject) {
  if (subject == last_subject_) return last_holder_;
  const std::optional<CustomerId> holder = HolderOf(subject);
  if (!holder.has_value()) {
    return absl::FailedPreconditionError("the subject is in no customer; SetMembers first");
  }
  ASSIGN_OR_RETURN(last_holder_, GetPlanned(*holder));
  last_subject_ = subject;
  return last_holder_;
}

void MemoryTransaction::Complete(Planned& planned) const {
  if (planned.complete) return;
  planned.complete = true;
  if (const auto slot = state_.directory().FindCustomer(planned.state.customer)) {
    planned.state = state_.directory().StateOf(*slot);
  }
}

absl::Status MemoryTransaction::TakenKeys(const Record& record, const std::optional<Entry>& current,
                                          std::vector<absl::string_view>& taken) const {
  for (const std::string& key : record.keys) {
    if (current.has_value()) {
      EntryKeys held(current->body);
      while (!held.done() && !held.Is(key)) held.Next();
      if (!held.done()) continue;
    }
    if (!planned_keys_.contains(key)) {
      return absl::FailedPreconditionError("the plan of the write does not name a key it takes");
    }
    taken.push_back(key);
  }
  return absl::OkStatus();
}

absl::Status MemoryTransaction::Put(Record record, Precondition precondition) {
  RETURN_IF_ERROR(NormalizeRecord(record));
  ASSIGN_OR_RETURN(Planned* const holder, PlannedHolderOf(record.key.subject));
  const EntryAddress address = AddressOf(record.key);
  const std::optional<Entry> current = overlay_.Find(address);
  std::vector<absl::string_view> taken;
  RETURN_IF_ERROR(TakenKeys(record, current, taken));
  RETURN_IF_ERROR(CheckPrecondition(precondition, current));
  for (const absl::string_view key : taken) {
    if (overlay_.HolderOfKey(key).has_value()) {
      return absl::AlreadyExistsError("another record holds a key of the record");
    }
  }
  record.revision = holder->next;
  scratch_.clear();
  PackRecord(record, scratch_);
  overlay_.Stage(address, current, scratch_, IndexOf(*holder));
  holder->touched = true;
  return absl::OkStatus();
}

absl::Status MemoryTransaction::Delete(const RecordKey& key, Precondition precondition) {
  RETURN_IF_ERROR(CheckRecordKey(key));
  ASSIGN_OR_RETURN(Planned* const holder, PlannedHolderOf(key.subject));
  const EntryAddress address = AddressOf(key);
  const std::optional<Entry> current = overlay_.Find(address);
  if (!current.has_value()) return absl::NotFoundError("there is no such record");
  RETURN_IF_ERROR(CheckPrecondition(precondition, current));
  overlay_.Stage(address, current, "", IndexOf(*holder));
  holder->touched = true;
  return absl::OkStatus();
}

absl::Status MemoryTransaction::AddHistory(HistoryEntry entry) {
  RETURN_IF_ERROR(CheckHistory(entry));
  ASSIGN_OR_RETURN(Planned* const holder, PlannedHolderOf(entry.subject));
  scratch_.clear();
  PackHistory(entry, scratch_);
  const EntryAddress address = {.subject = entry.subject,
                                .place = ParseEntry(scratch_.data()).place};
  overlay_.Stage(address, std::nullopt, scratch_, IndexOf(*holder));
  holder->touched = true;
  return absl::OkStatus();
}

absl::Status MemoryTransaction::SetMembers(CustomerId customer, std::vector<SubjectId> members) {
  RETURN_IF_ERROR(NormalizeMembers(customer, members));
  ASSIGN_OR_RETURN(Planned* const taker, GetPlanned(customer));
  Complete(*taker);
  if (members == taker->state.members) return absl::OkStatus();
  if (!std::includes(members.begin(), members.end(), taker->state.members.begin(),
                     taker->state.members.end())) {
    return absl::FailedPreconditionError(
        "a subject would be left in no customer; let the customer that gets it set its members");
  }
  std::vector<SubjectId> joining;
  std::set_difference(members.begin(), members.end(), taker->state.members.begin(),
                      taker->state.members.end(), std::back_inserter(joining));
  // All donors are looked up before anything changes, so that an error leaves everything as it was.
  std::vector<Planned*> donors;
  for (const SubjectId subject : joining) {
    Planned* donor = nullptr;
    if (const std::optional<CustomerId> holder = HolderOf(subject)) {
      ASSIGN_OR_RETURN(donor, GetPlanned(*holder));
      Complete(*donor);
    }
    donors.push_back(donor);
  }
  for (size_t i = 0; i < joining.size(); ++i) {
    moved_[joining[i]] = customer;
    if (donors[i] == nullptr) continue;
    std::vector<SubjectId>& left = donors[i]->state.members;
    left.erase(std::lower_bound(left.begin(), left.end(), joining[i]));
    donors[i]->touched = true;
    donors[i]->members_changed = true;
    taker->next = std::max(taker->next, donors[i]->next);
  }
  taker->state.members = std::move(members);
  taker->state.redirect.reset();
  taker->touched = true;
  taker->members_changed = true;
  last_subject_ = {};
  return absl::OkStatus();
}

absl::Status MemoryTransaction::SetRedirect(CustomerId customer, CustomerId target) {
  RETURN_IF_ERROR(CheckRedirect(customer, target));
  ASSIGN_OR_RETURN(Planned* const planned, GetPlanned(customer));
  Complete(*planned);
  if (!planned->touched && planned->state.revision == 0) {
    return absl::NotFoundError("there is no such customer");
  }
  if (!planned->state.members.empty()) {
    return absl::FailedPreconditionError("a customer with members cannot be redirected");
  }
  planned->state.redirect = target;
  planned->touched = true;
  planned->redirect_changed = true;
  return absl::OkStatus();
}

absl::StatusOr<Revision> MemoryTransaction::NextRevision(CustomerId customer) {
  ASSIGN_OR_RETURN(const Planned* const planned, GetPlanned(customer));
  return planned->next;
}

absl::Status MemoryTransaction::PutRequest(const RequestKey& key, StoredRequest request,
                                           bool replace) {
  RETURN_IF_ERROR(CheckRequest(key, request));
  if (planned_request_ == nullptr || key != *planned_request_) {
    return absl::FailedPreconditionError("the plan of the write does not name the request");
  }
  const auto stored = request_.has_value() ? request_ : state_.requests().Find(key);
  if (stored.has_value() && !replace) {
    return absl::AlreadyExistsError("the request is stored already");
  }
  if (stored.has_value()) request.recorded_time = stored->recorded_time;
  request_ = std::move(request);
  return absl::OkStatus();
}

bool MemoryTransaction::HasWrites() const {
  return request_.has_value() ||
         std::any_of(planned_.begin(), planned_.end(), [](const Planned& p) { return p.touched; });
}

Commit MemoryTransaction::TakeCommit(const WriteOptions& options) {
  Commit commit;
  commit.entries = &overlay_.entries();
  std::vector<Change> changes(planned_.size());
  for (const auto& [address, staged] : overlay_.entries()) {
    if (address.place.kind >= kHistoryKinds) continue;
    changes[staged.customer].records.push_back(
        {.key = KeyOf(address), .deleted = staged.packed.empty()});
  }
  for (size_t i = 0; i < planned_.size(); ++i) {
    Planned& planned = planned_[i];
    if (!planned.touched) continue;
    Change& change = changes[i];
    change.partition = FeedPartitionOf(planned.state.customer);
    change.customer = planned.state.customer;
    change.revision = planned.next;
    change.recorded_time = options.recorded_time;
    change.actor = options.actor;
    change.request_id = options.request_id;
    change.members_changed = planned.members_changed;
    if (planned.redirect_changed) change.redirect = planned.state.redirect;
    commit.changes.emplace_back(change.partition, PackChange(change));
    planned.state.revision = planned.next;
    commit.customers.push_back(
        {.state = std::move(planned.state),
         .members_changed = planned.members_changed || planned.redirect_changed});
  }
  if (request_.has_value()) commit.requests.emplace_back(*planned_request_, *std::move(request_));
  return commit;
}

}  // namespace yilan::storage::memory
