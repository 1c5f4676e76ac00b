// The state of the model store, and a transaction on a copy of it.
//
// All of it is inline and plain, to be read beside storage/record_store.h: it says in code what the
// contract says in words. Not thread-safe.
#ifndef YILAN_TESTS_STORAGE_MODEL_TRANSACTION_H_
#define YILAN_TESTS_STORAGE_MODEL_TRANSACTION_H_

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/status_macros.h"
#include "storage/checks.h"
#include "storage/record_store.h"

namespace yilan::storage::model {

using HistoryPlace = std::tuple<SubjectId, Kind, std::string, Version, Revision>;

struct Feed {
  std::map<uint64_t, Change> changes;
  uint64_t trimmed = 0;
  uint64_t end = 0;
};

struct Everything {
  std::map<CustomerId, CustomerState> customers;
  std::map<RecordKey, Record> records;
  std::map<HistoryPlace, HistoryEntry> history;
  std::array<Feed, kFeedPartitions> feed;
  std::map<RequestKey, StoredRequest> requests;

  const CustomerState* HolderOf(SubjectId subject) const {
    for (const auto& [id, state] : customers) {
      if (std::find(state.members.begin(), state.members.end(), subject) != state.members.end()) {
        return &state;
      }
    }
    return nullptr;
  }
  const Record* HolderOfKey(absl::string_view key) const {
    for (const auto& [place, record] : records) {
      if (std::find(record.keys.begin(), record.keys.end(), key) != record.keys.end()) {
        return &record;
      }
    }
    return nullptr;
  }
};

inline RecordView ViewOf(const Record& record) {
  return {.subject = record.key.subject,
          .kind = record.key.kind,
          .record_id = record.key.record_id,
          .version = record.version,
          .recorded_time = record.recorded_time,
          .revision = record.revision,
          .payload = record.payload};
}

inline HistoryPlace PlaceOf(const HistoryEntry& entry) {
  return {entry.subject, entry.kind, entry.fact_id, entry.version, entry.revision};
}

inline absl::StatusOr<CustomerState> FindCustomer(const Everything& all, const CustomerRef& ref) {
  if (const SubjectId* const subject = std::get_if<SubjectId>(&ref)) {
    const CustomerState* const holder = all.HolderOf(*subject);
    if (holder == nullptr) return absl::NotFoundError("the subject is in no customer");
    return *holder;
  }
  const auto found = all.customers.find(std::get<CustomerId>(ref));
  if (found == all.customers.end()) return absl::NotFoundError("no such customer");
  return found->second;
}

// Writes change `all_`, a copy; the revisions in it are raised as customers are touched.
class ModelTransaction final : public Transaction {
 public:
  ModelTransaction(Everything all, const WritePlan& plan) : all_(std::move(all)), plan_(plan) {
    for (const CustomerId customer : plan.customers) {
      const auto found = all_.customers.find(customer);
      const Revision revision = found == all_.customers.end() ? 0 : found->second.revision;
      next_.emplace(customer, revision + 1);
    }
  }

  absl::StatusOr<Record> Get(const RecordKey& key) override {
    const auto found = all_.records.find(key);
    if (found == all_.records.end()) return absl::NotFoundError("no such record");
    return found->second;
  }
  absl::Status GetMany(absl::Span<const RecordKey> keys, RecordVisitor visit) override {
    for (const RecordKey& key : keys) {
      const auto found = all_.records.find(key);
      if (found != all_.records.end()) RETURN_IF_ERROR(visit(ViewOf(found->second)));
    }
    return absl::OkStatus();
  }
  absl::Status Scan(const Range& range, RecordVisitor visit) override {
    size_t left = range.max;
    for (const auto& [key, record] : all_.records) {
      if (left == 0) break;
      if (key.subject != range.subject || key.kind != range.kind) continue;
      if (key.record_id < range.first_id) continue;
      if (!range.limit_id.empty() && key.record_id >= range.limit_id) continue;
      RETURN_IF_ERROR(visit(ViewOf(record)));
      --left;
    }
    return absl::OkStatus();
  }
  absl::Status ScanHistory(SubjectId subject, Kind kind, absl::string_view fact_id,
                           HistoryVisitor visit) override {
    for (const auto& [place, entry] : all_.history) {
      if (entry.subject != subject || entry.kind != kind) continue;
      if (fact_id.empty() || entry.fact_id == fact_id) RETURN_IF_ERROR(visit(entry));
    }
    return absl::OkStatus();
  }
  absl::StatusOr<RecordKey> FindByKey(absl::string_view key) override {
    const Record* const holder = all_.HolderOfKey(key);
    if (holder == nullptr) return absl::NotFoundError("nobody holds the key");
    return holder->key;
  }
  absl::StatusOr<std::vector<std::optional<RecordKey>>> FindByKeys(
      absl::Span<const std::string> keys) override {
    std::vector<std::optional<RecordKey>> holders;
    for (const std::string& key : keys) {
      const Record* const holder = all_.HolderOfKey(key);
      holders.push_back(holder == nullptr ? std::nullopt : std::optional(holder->key));
    }
    return holders;
  }
  absl::StatusOr<std::vector<TermEntry>> FindByTerm(absl::string_view first,
                                                    absl::string_view limit, TermCursor& cursor,
                                                    size_t max) override {
    std::map<std::pair<std::string, RecordKey>, Term> index;
    for (const auto& [key, record] : all_.records) {
      for (const Term& term : record.terms) index[{term.term, key}] = term;
    }
    std::vector<TermEntry> entries;
    for (const auto& [place, term] : index) {
      if (entries.size() == max) break;
      if (term.term < first || (!limit.empty() && term.term >= limit)) continue;
      if (place <= std::pair(cursor.term, cursor.record)) continue;
      entries.push_back({.term = term, .record = place.second});
    }
    if (!entries.empty()) {
      cursor = {.term = entries.back().term.term, .record = entries.back().record};
    }
    return entries;
  }
  absl::StatusOr<std::vector<std::vector<RecordKey>>> FindByTerms(
      absl::Span<const std::string> terms, size_t max) override {
    std::vector<std::vector<RecordKey>> found;
    for (const std::string& wanted : terms) {
      std::vector<RecordKey>& records = found.emplace_back();
      for (const auto& [key, record] : all_.records) {
        for (const Term& term : record.terms) {
          if (term.term == wanted && records.size() < max) records.push_back(key);
        }
      }
    }
    return found;
  }
  absl::StatusOr<CustomerState> GetCustomer(const CustomerRef& ref) override {
    absl::StatusOr<CustomerState> state = FindCustomer(all_, ref);
    if (state.ok() && touched_.contains(state->customer)) {
      state->revision = next_[state->customer];
    }
    return state;
  }
  absl::StatusOr<std::vector<std::optional<CustomerState>>> GetCustomers(
      absl::Span<const CustomerRef> refs) override {
    std::vector<std::optional<CustomerState>> states;
    for (const CustomerRef& ref : refs) {
      const absl::StatusOr<CustomerState> state = GetCustomer(ref);
      states.push_back(state.ok() ? std::optional(*state) : std::nullopt);
    }
    return states;
  }
  absl::StatusOr<StoredRequest> FindRequest(const RequestKey& key) override {
    const auto found = all_.requests.find(key);
    if (found == all_.requests.end()) return absl::NotFoundError("no such request");
    return found->second;
  }

  absl::Status Put(Record record, Precondition precondition) override {
    RETURN_IF_ERROR(NormalizeRecord(record));
    ASSIGN_OR_RETURN(const CustomerId holder, PlannedHolderOf(record.key.subject));
    const auto current = all_.records.find(record.key);
    std::vector<std::string> taken;
    for (const std::string& key : record.keys) {
      if (current != all_.records.end()) {
        const std::vector<std::string>& held = current->second.keys;
        if (std::find(held.begin(), held.end(), key) != held.end()) continue;
      }
      if (std::find(plan_.keys.begin(), plan_.keys.end(), key) == plan_.keys.end()) {
        return absl::FailedPreconditionError("the key is not planned");
      }
      taken.push_back(key);
    }
    RETURN_IF_ERROR(Check(precondition, current));
    for (const std::string& key : taken) {
      if (all_.HolderOfKey(key) != nullptr) return absl::AlreadyExistsError("the key is held");
    }
    record.revision = next_[holder];
    Touched& touched = touched_[holder];
    Forget(record.key);
    touched.records[record.key] = false;
    all_.records[record.key] = std::move(record);
    return absl::OkStatus();
  }
  absl::Status Delete(const RecordKey& key, Precondition precondition) override {
    RETURN_IF_ERROR(CheckRecordKey(key));
    ASSIGN_OR_RETURN(const CustomerId holder, PlannedHolderOf(key.subject));
    const auto current = all_.records.find(key);
    if (current == all_.records.end()) return absl::NotFoundError("no such record");
    RETURN_IF_ERROR(Check(precondition, current));
    Forget(key);
    touched_[holder].records[key] = true;
    all_.records.erase(current);
    return absl::OkStatus();
  }
  absl::Status AddHistory(HistoryEntry entry) override {
    RETURN_IF_ERROR(CheckHistory(entry));
    ASSIGN_OR_RETURN(const CustomerId holder, PlannedHolderOf(entry.subject));
    touched_[holder];
    all_.history[PlaceOf(entry)] = std::move(entry);
    return absl::OkStatus();
  }
  absl::Status SetMembers(CustomerId customer, std::vector<SubjectId> members) override {
    RETURN_IF_ERROR(NormalizeMembers(customer, members));
    RETURN_IF_ERROR(CheckPlanned(customer));
    const auto found = all_.customers.find(customer);
    const std::vector<SubjectId> before =
        found == all_.customers.end() ? std::vector<SubjectId>() : found->second.members;
    if (members == before) return absl::OkStatus();
    for (const SubjectId member : before) {
      if (!std::binary_search(members.begin(), members.end(), member)) {
        return absl::FailedPreconditionError("a subject would be left behind");
      }
    }
    for (const SubjectId member : members) {
      const CustomerState* const holder = all_.HolderOf(member);
      if (holder != nullptr) RETURN_IF_ERROR(CheckPlanned(holder->customer));
    }
    for (const SubjectId member : members) {
      const CustomerState* const holder = all_.HolderOf(member);
      if (holder == nullptr || holder->customer == customer) continue;
      CustomerState& donor = all_.customers[holder->customer];
      std::erase(donor.members, member);
      touched_[donor.customer].members_changed = true;
      next_[customer] = std::max(next_[customer], next_[donor.customer]);
    }
    CustomerState& state = all_.customers[customer];
    state.customer = customer;
    state.members = std::move(members);
    state.redirect.reset();
    touched_[customer].members_changed = true;
    return absl::OkStatus();
  }
  absl::Status SetRedirect(CustomerId customer, CustomerId target) override {
    RETURN_IF_ERROR(CheckRedirect(customer, target));
    RETURN_IF_ERROR(CheckPlanned(customer));
    const auto found = all_.customers.find(customer);
    if (found == all_.customers.end()) return absl::NotFoundError("no such customer");
    if (!found->second.members.empty()) return absl::FailedPreconditionError("it has members");
    found->second.redirect = target;
    touched_[customer].redirected = true;
    return absl::OkStatus();
  }
  absl::StatusOr<Revision> NextRevision(CustomerId customer) override {
    RETURN_IF_ERROR(CheckPlanned(customer));
    return next_[customer];
  }
  absl::Status ReadAhead(absl::Span<const RecordKey>) override { return absl::OkStatus(); }
  absl::Status PutRequest(const RequestKey& key, StoredRequest request, bool replace) override {
    RETURN_IF_ERROR(CheckRequest(key, request));
    if (plan_.request != key) return absl::FailedPreconditionError("not the planned request");
    const auto stored = all_.requests.find(key);
    if (stored != all_.requests.end()) {
      if (!replace) return absl::AlreadyExistsError("the request is stored");
      request.recorded_time = stored->second.recorded_time;
    }
    all_.requests[key] = std::move(request);
    return absl::OkStatus();
  }

  // What is committed.
  Everything Finish(const WriteOptions& options) {
    for (const auto& [customer, touched] : touched_) {
      all_.customers[customer].revision = next_[customer];
      Feed& feed = all_.feed[static_cast<size_t>(FeedPartitionOf(customer))];
      Change change = {
          .partition = FeedPartitionOf(customer),
          .sequence = ++feed.end,
          .customer = customer,
          .revision = next_[customer],
          .recorded_time = options.recorded_time,
          .actor = options.actor,
          .request_id = options.request_id,
          .members_changed = touched.members_changed,
          .redirect = touched.redirected ? all_.customers[customer].redirect : std::nullopt};
      for (const auto& [key, deleted] : touched.records) {
        change.records.push_back({.key = key, .deleted = deleted});
      }
      feed.changes.emplace(change.sequence, std::move(change));
    }
    return std::move(all_);
  }

 private:
  struct Touched {
    std::map<RecordKey, bool> records;  // Whether it was deleted.
    bool members_changed = false;
    bool redirected = false;
  };

  absl::Status CheckPlanned(CustomerId customer) {
    if (next_.contains(customer)) return absl::OkStatus();
    return absl::FailedPreconditionError("the customer is not planned");
  }
  absl::StatusOr<CustomerId> PlannedHolderOf(SubjectId subject) {
    const CustomerState* const holder = all_.HolderOf(subject);
    if (holder == nullptr) return absl::FailedPreconditionError("the subject has no customer");
    RETURN_IF_ERROR(CheckPlanned(holder->customer));
    return holder->customer;
  }
  absl::Status Check(const Precondition& precondition, std::map<RecordKey, Record>::iterator at) {
    const bool there = at != all_.records.end();
    if (precondition.kind == Precondition::Kind::kAbsent && there) {
      return absl::AlreadyExistsError("it is there");
    }
    if (precondition.kind == Precondition::Kind::kAtRevision &&
        !(there && at->second.revision == precondition.revision)) {
      return absl::FailedPreconditionError("it is at another revision");
    }
    return absl::OkStatus();
  }
  // Only the last write of a record in the transaction is listed.
  void Forget(const RecordKey& key) {
    for (auto& [customer, touched] : touched_) touched.records.erase(key);
  }

  Everything all_;
  const WritePlan& plan_;
  std::map<CustomerId, Revision> next_;
  std::map<CustomerId, Touched> touched_;
};

}  // namespace yilan::storage::model

#endif  // YILAN_TESTS_STORAGE_MODEL_TRANSACTION_H_
