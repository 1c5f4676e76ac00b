#include "storage/mysql/plan_locks.h"

#include <algorithm>
#include <vector>

#include "absl/types/span.h"
#include "base/status_macros.h"
#include "storage/mysql/statements.h"
#include "storage/rows/row_keys.h"
#include "storage/rows/row_values.h"

namespace yilan::storage::mysql {

using rows::Family;

absl::Status PlanLocks::Acquire(EntrySource& source) {
  // One statement for most plans. More rows take several; the order stays.
  std::vector<std::string> customers;
  customers.reserve(plan_.customers.size());
  for (const CustomerId customer : plan_.customers) customer.AppendTo(customers.emplace_back());
  std::sort(customers.begin(), customers.end());
  // What is free could not be locked anyway.
  const absl::flat_hash_set<absl::string_view> free(plan_.free_keys.begin(), plan_.free_keys.end());
  std::vector<std::string> keys;
  for (const std::string& key : plan_.keys) {
    if (!free.contains(key)) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  const std::string request =
      plan_.request.has_value() ? rows::RequestRow(*plan_.request) : std::string();

  // What is not found is not there.
  for (const CustomerId customer : plan_.customers) {
    source.Remember(Family::kDirectory, rows::CustomerRow(customer), std::nullopt);
  }
  for (const std::string& key : plan_.keys) source.Remember(Family::kKeys, key, std::nullopt);
  if (!request.empty()) source.Remember(Family::kRequests, request, std::nullopt);

  size_t next_customer = 0;
  size_t next_key = 0;
  bool request_left = !request.empty();
  while (next_customer < customers.size() || next_key < keys.size() || request_left) {
    LockedRows rows;
    const auto take = [](const std::vector<std::string>& from, size_t& next, size_t room) {
      const size_t count = std::min(from.size() - next, room);
      const auto part = absl::MakeConstSpan(from).subspan(next, count);
      next += count;
      return part;
    };
    const auto owners = take(customers, next_customer, kMaxRowsPerStatement);
    absl::Span<const std::string> names;
    if (next_customer == customers.size()) {
      names = take(keys, next_key, kMaxRowsPerStatement - owners.size());
    }
    bool with_request = false;
    if (request_left && next_customer == customers.size() && next_key == keys.size()) {
      with_request = true;
      request_left = false;
    }
    rows.customers = owners.empty() ? 0 : RoundedUp(owners.size());
    rows.keys = names.empty() ? 0 : RoundedUp(names.size());
    rows.request = with_request;
    std::vector<Param> params;
    for (size_t i = 0; i < rows.customers; ++i) {
      params.emplace_back(absl::string_view(owners[std::min(i, owners.size() - 1)]));
    }
    for (size_t i = 0; i < rows.keys; ++i) {
      params.emplace_back(absl::string_view(names[std::min(i, names.size() - 1)]));
    }
    if (with_request) params.emplace_back(absl::string_view(request));
    RETURN_IF_ERROR(
        session_.Query(LockPlanned(rows), params, [&](const RowView& row) -> absl::Status {
          const absl::string_view value = row.bytes(3);
          switch (static_cast<Space>(row.number(0))) {
            case Space::kCustomers: {
              const CustomerId customer = CustomerId::FromBytes(row.bytes(1));
              ASSIGN_OR_RETURN(CustomerState state, rows::ParseCustomer(customer, value));
              source.Remember(Family::kDirectory, rows::CustomerRow(customer), std::string(value));
              members_[customer] = state.members;
              states_[customer] = std::move(state);
              break;
            }
            case Space::kKeys: {
              const std::string key(row.bytes(2));
              held_keys_.insert(key);
              source.Remember(Family::kKeys, key, std::string(value));
              break;
            }
            default:
              source.Remember(Family::kRequests, request, std::string(value));
          }
          return absl::OkStatus();
        }));
  }
  // The members of a locked customer stay with it.
  for (const auto& [customer, state] : states_) {
    for (const SubjectId member : state.members) {
      source.Remember(Family::kDirectory, rows::SubjectRow(member), rows::SubjectValue(customer));
    }
  }
  return absl::OkStatus();
}

std::optional<CustomerState> PlanLocks::StateOf(CustomerId customer) const {
  const auto it = states_.find(customer);
  if (it == states_.end()) return std::nullopt;
  return it->second;
}

}  // namespace yilan::storage::mysql
