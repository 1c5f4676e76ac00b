#include "core/identity/customer_assignment.h"

#include <map>
#include <optional>
#include <set>

namespace yilan::core {

using storage::CustomerId;

CustomerAssignment AssignCustomers(absl::Span<const CustomerId> customer_of,
                                   absl::Span<const size_t> cluster_of,
                                   const std::vector<bool>& established, size_t clusters,
                                   absl::Span<const ChosenCustomer> chosen,
                                   absl::FunctionRef<CustomerId()> new_customer) {
  // How many subjects with and without a source record a customer has in a cluster. Ids begin with
  // their time: the oldest customer comes first.
  using Overlap = std::pair<size_t, size_t>;
  std::map<CustomerId, std::map<size_t, Overlap>> overlaps;
  for (size_t i = 0; i < cluster_of.size(); ++i) {
    Overlap& overlap = overlaps[customer_of[i]][cluster_of[i]];
    ++(established[i] ? overlap.first : overlap.second);
  }
  std::vector<std::optional<CustomerId>> assigned(clusters);
  std::set<CustomerId> placed;
  for (const ChosenCustomer& one : chosen) {
    assigned[cluster_of[one.subject]] = one.customer;
    placed.insert(one.customer);
  }

  std::vector<CustomerId> left;
  for (const auto& [customer, shares] : overlaps) {
    if (placed.contains(customer)) continue;
    std::optional<size_t> best;
    for (const auto& [cluster, overlap] : shares) {
      if (assigned[cluster].has_value()) continue;
      if (!best.has_value() || overlap > shares.at(*best)) best = cluster;
    }
    if (best.has_value()) {
      assigned[*best] = customer;
    } else {
      left.push_back(customer);
    }
  }
  CustomerAssignment assignment;
  for (const auto& customer : assigned) {
    assignment.customer_of.push_back(customer.has_value() ? *customer : new_customer());
  }
  for (const CustomerId customer : left) {
    const auto& shares = overlaps.at(customer);
    auto most = shares.begin();
    for (auto it = shares.begin(); it != shares.end(); ++it) {
      if (it->second > most->second) most = it;
    }
    assignment.redirects.emplace_back(customer, assignment.customer_of[most->first]);
  }
  return assignment;
}

}  // namespace yilan::core
