#include "core/quality/shared_values.h"

#include "absl/hash/hash.h"

namespace yilan::core {

void SharedValues::Add(Group group, absl::string_view value, storage::CustomerId customer) {
  const uint64_t digest = absl::Hash<absl::string_view>()(value);
  if (!Keeps(digest)) return;
  const auto [holder, added] = holders_.try_emplace(digest, Holder{customer, false});
  if (!added && !(holder->second.customer == customer)) holder->second.shared = true;
  statements_.emplace(digest, group);
  while (holders_.size() > max_kept_ || statements_.size() > max_kept_) KeepHalf();
}

void SharedValues::KeepHalf() {
  ++shift_;
  absl::erase_if(holders_, [this](const auto& entry) { return !Keeps(entry.first); });
  absl::erase_if(statements_, [this](const auto& entry) { return !Keeps(entry.first); });
}

absl::flat_hash_map<SharedValues::Group, SharedValues::Figures> SharedValues::Count() const {
  absl::flat_hash_map<Group, Figures> figures;
  for (const auto& [digest, group] : statements_) {
    Figures& of_group = figures[group];
    ++of_group.distinct;
    if (!holders_.find(digest)->second.shared) ++of_group.unique;
  }
  return figures;
}

}  // namespace yilan::core
