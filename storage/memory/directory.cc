#include "storage/memory/directory.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace yilan::storage::memory {

std::optional<SubjectSlot> Directory::FindSubject(SubjectId subject) const {
  return subject_index_.Find(absl::HashOf(subject),
                             [&](SubjectSlot slot) { return subjects_[slot].id == subject; });
}

std::optional<CustomerSlot> Directory::FindCustomer(CustomerId customer) const {
  return customer_index_.Find(absl::HashOf(customer),
                              [&](CustomerSlot slot) { return customers_[slot].id == customer; });
}

std::optional<CustomerSlot> Directory::HolderOf(SubjectSlot subject) const {
  const CustomerSlot holder = subjects_[subject].holder;
  if (holder == kNone) return std::nullopt;
  return holder;
}

absl::Span<const SubjectSlot> Directory::MembersOf(CustomerSlot customer) const {
  const CustomerRow& row = customers_[customer];
  if (row.member_count <= kInlineMembers) return absl::MakeSpan(row.members, row.member_count);
  return more_members_.find(customer)->second;
}

CustomerState Directory::StateOf(CustomerSlot customer) const {
  const CustomerRow& row = customers_[customer];
  CustomerState state = {.customer = row.id, .revision = row.revision};
  state.members.reserve(row.member_count);
  for (const SubjectSlot member : MembersOf(customer)) state.members.push_back(IdOf(member));
  if (row.member_count == 0) {
    const auto redirect = redirects_.find(customer);
    if (redirect != redirects_.end()) state.redirect = redirect->second;
  }
  return state;
}

void Directory::AddSubject(SubjectId subject) {
  const SubjectSlot slot = subjects_.size();
  subjects_.GrowTo(slot + 1);
  subjects_[slot].id = subject;
  subject_index_.Insert(absl::HashOf(subject), slot);
}

void Directory::Set(absl::Span<const CustomerUpdate> updates) {
  // First all leave, then all join: a subject that moves is not lost, whichever customer comes
  // first.
  std::vector<CustomerSlot> slots;
  slots.reserve(updates.size());
  for (const CustomerUpdate& update : updates) {
    std::optional<CustomerSlot> slot = FindCustomer(update.state.customer);
    if (!slot.has_value()) {
      slot = customers_.size();
      customers_.GrowTo(*slot + 1);
      customers_[*slot].id = update.state.customer;
      customer_index_.Insert(absl::HashOf(update.state.customer), *slot);
      by_id_.insert(*slot);
    }
    slots.push_back(*slot);
    customers_[*slot].revision = update.state.revision;
    if (update.members_changed) RemoveMembers(*slot);
  }
  for (size_t i = 0; i < updates.size(); ++i) {
    if (!updates[i].members_changed) continue;
    const CustomerState& state = updates[i].state;
    AddMembers(slots[i], state.members);
    if (state.redirect.has_value()) {
      redirects_[slots[i]] = *state.redirect;
    } else if (!redirects_.empty()) {
      redirects_.erase(slots[i]);
    }
  }
}

void Directory::RemoveMembers(CustomerSlot customer) {
  for (const SubjectSlot member : MembersOf(customer)) subjects_[member].holder = kNone;
  CustomerRow& row = customers_[customer];
  subjects_with_customer_ -= row.member_count;
  if (row.member_count > 0) --customers_with_members_;
  if (row.member_count > kInlineMembers) more_members_.erase(customer);
  row.member_count = 0;
}

void Directory::AddMembers(CustomerSlot customer, const std::vector<SubjectId>& members) {
  std::vector<SubjectSlot> slots;
  slots.reserve(members.size());
  for (const SubjectId member : members) {
    slots.push_back(*FindSubject(member));
    subjects_[slots.back()].holder = customer;
  }
  CustomerRow& row = customers_[customer];
  row.member_count = static_cast<uint32_t>(slots.size());
  subjects_with_customer_ += slots.size();
  if (!slots.empty()) ++customers_with_members_;
  if (slots.size() > kInlineMembers) {
    more_members_[customer] = std::move(slots);
  } else {
    std::copy(slots.begin(), slots.end(), row.members);
  }
}

size_t Directory::bytes() const {
  return subjects_.size() * sizeof(SubjectRow) + customers_.size() * sizeof(CustomerRow) +
         subject_index_.bytes() + customer_index_.bytes();
}

}  // namespace yilan::storage::memory
