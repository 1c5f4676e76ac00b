#include "storage/rocksdb/customer_cache.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace yilan::storage::rocks {
namespace {

// Subjects of a typical customer.
constexpr size_t kSubjectsPerCustomer = 4;

}  // namespace

CustomerCache::CustomerCache(size_t customers) {
  for (size_t i = 0; i < kShards; ++i) {
    rows_.push_back(std::make_unique<Rows>(customers / kShards));
    hints_.push_back(std::make_unique<Hints>(customers * kSubjectsPerCustomer / kShards));
  }
}

CustomerCache::Rows& CustomerCache::RowsOf(CustomerId customer) {
  return *rows_[absl::Hash<CustomerId>{}(customer) % kShards];
}

CustomerCache::Hints& CustomerCache::HintsOf(SubjectId subject) {
  return *hints_[absl::Hash<SubjectId>{}(subject) % kShards];
}

std::optional<CustomerState> CustomerCache::FindRow(CustomerId customer,
                                                    rocksdb::SequenceNumber sequence) {
  Rows& rows = RowsOf(customer);
  MutexLock lock(rows.mutex);
  if (rows.last_commit > sequence) return std::nullopt;
  const CustomerState* const state = rows.states.Find(customer);
  if (state == nullptr) return std::nullopt;
  return *state;
}

std::optional<CustomerState> CustomerCache::FindAt(const CustomerRef& ref,
                                                   rocksdb::SequenceNumber sequence) {
  if (const auto* customer = std::get_if<CustomerId>(&ref)) return FindRow(*customer, sequence);
  const SubjectId subject = std::get<SubjectId>(ref);
  CustomerId holder;
  {
    Hints& hints = HintsOf(subject);
    MutexLock lock(hints.mutex);
    const CustomerId* const hint = hints.holders.Find(subject);
    if (hint == nullptr) return std::nullopt;
    holder = *hint;
  }
  std::optional<CustomerState> state = FindRow(holder, sequence);
  // The subject may have moved on: only the row that has it among its members is the right one.
  if (state.has_value() &&
      !std::binary_search(state->members.begin(), state->members.end(), subject)) {
    return std::nullopt;
  }
  return state;
}

void CustomerCache::Hint(const CustomerState& state) {
  for (const SubjectId member : state.members) {
    Hints& hints = HintsOf(member);
    MutexLock lock(hints.mutex);
    hints.holders.Insert(member, state.customer);
  }
}

void CustomerCache::Offer(const CustomerState& state, rocksdb::SequenceNumber sequence) {
  {
    Rows& rows = RowsOf(state.customer);
    MutexLock lock(rows.mutex);
    if (rows.commits_under_way > 0 || rows.last_commit > sequence) return;
    rows.states.Insert(state.customer, state);
  }
  Hint(state);
}

void CustomerCache::Clear() {
  for (const std::unique_ptr<Rows>& rows : rows_) {
    MutexLock lock(rows->mutex);
    rows->states.Clear();
  }
}

CustomerCache::Commit::Commit(CustomerCache& cache, std::vector<CustomerId> customers)
    : cache_(cache), customers_(std::move(customers)) {
  for (const CustomerId customer : customers_) {
    Rows& rows = cache_.RowsOf(customer);
    MutexLock lock(rows.mutex);
    ++rows.commits_under_way;
    rows.states.Erase(customer);
  }
}

CustomerCache::Commit::~Commit() {
  if (finished_) return;
  for (const CustomerId customer : customers_) {
    Rows& rows = cache_.RowsOf(customer);
    MutexLock lock(rows.mutex);
    --rows.commits_under_way;
  }
}

void CustomerCache::Commit::Finish(absl::Span<const CustomerState> states,
                                   rocksdb::SequenceNumber sequence) {
  finished_ = true;
  for (const CustomerState& state : states) {
    Rows& rows = cache_.RowsOf(state.customer);
    MutexLock lock(rows.mutex);
    --rows.commits_under_way;
    rows.last_commit = std::max(rows.last_commit, sequence);
    rows.states.Insert(state.customer, state);
  }
}

}  // namespace yilan::storage::rocks
