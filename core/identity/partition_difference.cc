#include "core/identity/partition_difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace yilan::core {
namespace {

using storage::CustomerId;

int64_t Pairs(int64_t count) { return count * (count - 1) / 2; }

// Customers before and after that have records in common, and so on.
struct Neighbourhood {
  std::set<CustomerId> before;
  std::map<size_t, int64_t> after;  // With how many records.
  int64_t records = 0;
};

size_t RootOf(std::vector<size_t>& parents, size_t place) {
  while (parents[place] != place) place = parents[place] = parents[parents[place]];
  return place;
}

}  // namespace

void ComparePartitions(absl::Span<const CustomerId> before, absl::Span<const size_t> after,
                       v1::ModelDifference& difference) {
  absl::flat_hash_map<CustomerId, int64_t> sizes_before;
  absl::flat_hash_map<size_t, int64_t> sizes_after;
  absl::flat_hash_map<std::pair<CustomerId, size_t>, int64_t> common;
  for (size_t i = 0; i < before.size(); ++i) {
    ++sizes_before[before[i]];
    ++sizes_after[after[i]];
    ++common[{before[i], after[i]}];
  }
  int64_t pairs_before = 0;
  int64_t pairs_after = 0;
  int64_t pairs_common = 0;
  for (const auto& [customer, count] : sizes_before) pairs_before += Pairs(count);
  for (const auto& [cluster, count] : sizes_after) pairs_after += Pairs(count);
  for (const auto& [both, count] : common) pairs_common += Pairs(count);
  difference.set_source_records(static_cast<int64_t>(before.size()));
  difference.set_customers_before(static_cast<int64_t>(sizes_before.size()));
  difference.set_customers_after(static_cast<int64_t>(sizes_after.size()));
  difference.set_joined_pairs(pairs_after - pairs_common);
  difference.set_parted_pairs(pairs_before - pairs_common);

  // Records are connected by the customer that they had, and by the one that they get.
  std::vector<size_t> parents(before.size());
  absl::flat_hash_map<CustomerId, size_t> of_before;
  absl::flat_hash_map<size_t, size_t> of_after;
  for (size_t i = 0; i < before.size(); ++i) {
    parents[i] = i;
    const size_t a = of_before.emplace(before[i], i).first->second;
    const size_t b = of_after.emplace(after[i], i).first->second;
    for (const size_t other : {a, b}) parents[RootOf(parents, i)] = RootOf(parents, other);
  }
  std::map<size_t, Neighbourhood> changed;
  for (size_t i = 0; i < before.size(); ++i) {
    // Those that are one customer before and after are of no interest.
    if (sizes_before[before[i]] == common[{before[i], after[i]}] &&
        sizes_after[after[i]] == common[{before[i], after[i]}]) {
      continue;
    }
    Neighbourhood& one = changed[RootOf(parents, i)];
    one.before.insert(before[i]);
    ++one.after[after[i]];
    ++one.records;
  }
  std::vector<const Neighbourhood*> ordered;
  for (const auto& [root, one] : changed) ordered.push_back(&one);
  std::sort(ordered.begin(), ordered.end(), [](const Neighbourhood* a, const Neighbourhood* b) {
    return std::pair(-a->records, *a->before.begin()) < std::pair(-b->records, *b->before.begin());
  });
  if (ordered.size() > kMostDifferenceExamples) ordered.resize(kMostDifferenceExamples);
  for (const Neighbourhood* one : ordered) {
    v1::ModelDifferenceExample& example = *difference.add_examples();
    for (const CustomerId customer : one->before) {
      example.add_customer_ids_before(customer.ToString());
    }
    for (const auto& [cluster, count] : one->after) example.add_records_after(count);
    std::sort(example.mutable_records_after()->begin(), example.mutable_records_after()->end(),
              std::greater<>());
  }
}

}  // namespace yilan::core
