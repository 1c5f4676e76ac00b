#include "core/ingest/groups.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {
namespace {

// About how many facts a group has at least.
constexpr size_t kFewFacts = 250;

// Which things belong together (union-find with path halving).
class Components {
 public:
  size_t Add() {
    parent_.push_back(parent_.size());
    return parent_.size() - 1;
  }
  size_t Find(size_t node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
  }
  void Join(size_t a, size_t b) { parent_[Find(a)] = Find(b); }

 private:
  std::vector<size_t> parent_;
};

std::vector<std::string> KeysOf(const FactWrite& write) {
  std::vector<std::string> keys = {write.fact_key};
  if (write.subject.reference_case() != v1::SubjectReference::REFERENCE_NOT_SET) {
    keys.push_back(SubjectKey(write.subject));
  }
  for (const v1::SubjectReference& reference : write.references) {
    keys.push_back(SubjectKey(reference));
  }
  if (write.kind->kind == v1::Fact::kBillingAccount && write.fact != nullptr) {
    // Facts that name the account only belong with it.
    const v1::FactSource& source = write.kind->source(*write.fact);
    v1::SubjectReference account;
    account.set_source_system(source.source_system());
    account.set_billing_account_key(source.key());
    keys.push_back(SubjectKey(account));
  }
  return keys;
}

}  // namespace

absl::StatusOr<FactGroups> GroupByPartition(storage::Reader& reader,
                                            absl::Span<const FactWrite> writes, IdGenerator& ids) {
  Components components;
  std::vector<size_t> node_of_write(writes.size());
  absl::flat_hash_map<std::string, size_t> node_of_key;
  std::vector<std::string> keys;
  for (size_t i = 0; i < writes.size(); ++i) {
    node_of_write[i] = components.Add();
    for (std::string& key : KeysOf(writes[i])) {
      const auto [it, added] = node_of_key.try_emplace(key, 0);
      if (added) {
        it->second = components.Add();
        keys.push_back(std::move(key));
      }
      components.Join(node_of_write[i], it->second);
    }
  }

  ASSIGN_OR_RETURN(const auto holders, reader.FindByKeys(keys));
  absl::flat_hash_map<storage::SubjectId, storage::CustomerId> customer_of;
  absl::flat_hash_map<storage::CustomerId, size_t> node_of_customer;
  FactGroups result;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!holders[i].has_value()) continue;
    const auto [it, added] = customer_of.try_emplace(holders[i]->subject);
    if (added) {
      ASSIGN_OR_RETURN(const storage::CustomerState customer,
                       reader.GetCustomer(holders[i]->subject));
      it->second = customer.customer;
    }
    const auto [node, is_new] = node_of_customer.try_emplace(it->second, 0);
    if (is_new) node->second = components.Add();
    components.Join(node_of_key.at(keys[i]), node->second);
    result.customers.emplace(std::move(keys[i]), it->second);
  }
  absl::flat_hash_map<size_t, int> partition_of;
  for (const auto& [customer, node] : node_of_customer) {
    // The lowest, so that the answer does not hang on the order of a hash table.
    const int partition = storage::FeedPartitionOf(customer);
    const auto [it, added] = partition_of.try_emplace(components.Find(node), partition);
    it->second = std::min(it->second, partition);
  }

  std::array<std::vector<size_t>, storage::kFeedPartitions> positions;
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t i = 0; i < writes.size(); ++i) {
      const bool first = writes[i].kind->kind == v1::Fact::kSourceRecord;
      if (first != (pass == 0)) continue;
      const size_t component = components.Find(node_of_write[i]);
      auto it = partition_of.find(component);
      if (it == partition_of.end()) {
        const auto fresh = ids.Next<storage::CustomerTag>();
        it = partition_of.emplace(component, storage::FeedPartitionOf(fresh)).first;
      }
      positions[static_cast<size_t>(it->second)].push_back(i);
    }
  }
  std::vector<FactGroup>& groups = result.groups;
  for (size_t partition = 0; partition < positions.size(); ++partition) {
    const std::vector<size_t>& of_partition = positions[partition];
    if (of_partition.empty()) continue;
    if (groups.empty() || groups.back().positions.size() + of_partition.size() / 2 >= kFewFacts) {
      groups.emplace_back();
    }
    FactGroup& group = groups.back();
    group.partitions.push_back(static_cast<int>(partition));
    group.positions.insert(group.positions.end(), of_partition.begin(), of_partition.end());
  }
  return result;
}

}  // namespace yilan::core
