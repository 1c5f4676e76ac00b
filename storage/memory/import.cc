#include "storage/memory/import.h"

#include <algorithm>
#include <variant>

#include "base/status_macros.h"
#include "storage/checks.h"

namespace yilan::storage::memory {

absl::Status ImportBatch::Add(ExportEntry entry) {
  RETURN_IF_ERROR(NormalizeEntry(entry));
  struct Visitor {
    ImportBatch& batch;
    absl::Status operator()(CustomerState& state) const {
      return batch.AddCustomer(std::move(state));
    }
    absl::Status operator()(Record& record) const { return batch.AddRecord(record); }
    absl::Status operator()(HistoryEntry& history) const { return batch.AddHistory(history); }
    absl::Status operator()(FeedBounds& bounds) const {
      batch.commit_.bounds.push_back(bounds);
      return absl::OkStatus();
    }
    absl::Status operator()(Change& change) const {
      batch.commit_.placed_changes.push_back(std::move(change));
      return absl::OkStatus();
    }
    absl::Status operator()(std::pair<RequestKey, StoredRequest>& request) const {
      batch.commit_.requests.push_back(std::move(request));
      return absl::OkStatus();
    }
    absl::Status operator()(RecordKey& gone) const {
      const EntryAddress address = AddressOf(gone);
      const std::optional<Entry> current = batch.overlay_.Find(address);
      if (current.has_value()) batch.overlay_.Stage(address, current, {}, 0);
      return absl::OkStatus();
    }
    absl::Status operator()(RequestKey& gone) const {
      std::erase_if(batch.commit_.requests,
                    [&](const auto& request) { return request.first == gone; });
      batch.commit_.erased_requests.push_back(Requests::PackedKey(gone));
      return absl::OkStatus();
    }
  };
  return std::visit(Visitor{*this}, entry);
}

std::optional<CustomerId> ImportBatch::HolderOf(SubjectId subject) const {
  if (const auto moved = moved_.find(subject); moved != moved_.end()) return moved->second;
  const std::optional<CustomerSlot> slot = state_.FindCustomer(subject);
  if (!slot.has_value()) return std::nullopt;
  return state_.directory().CustomerIdOf(*slot);
}

CustomerState& ImportBatch::StateOf(CustomerId customer) {
  const auto [entry, is_new] = customers_.try_emplace(customer);
  if (is_new) {
    const auto slot = state_.directory().FindCustomer(customer);
    entry->second =
        slot.has_value() ? state_.directory().StateOf(*slot) : CustomerState{.customer = customer};
  }
  return entry->second;
}

absl::Status ImportBatch::AddCustomer(CustomerState state) {
  for (const SubjectId left : StateOf(state.customer).members) moved_[left] = std::nullopt;
  for (const SubjectId member : state.members) {
    if (const std::optional<CustomerId> holder = HolderOf(member)) {
      std::vector<SubjectId>& members = StateOf(*holder).members;
      members.erase(std::lower_bound(members.begin(), members.end(), member));
    }
    moved_[member] = state.customer;
  }
  if (!state.members.empty()) state.redirect.reset();
  StateOf(state.customer) = std::move(state);
  return absl::OkStatus();
}

absl::Status ImportBatch::AddRecord(const Record& record) {
  const EntryAddress address = AddressOf(record.key);
  for (const std::string& key : record.keys) {
    const std::optional<EntryAddress> holder = overlay_.HolderOfKey(key);
    if (holder.has_value() && *holder != address) {
      return absl::AlreadyExistsError("another record holds a key of an imported record");
    }
  }
  scratch_.clear();
  PackRecord(record, scratch_);
  overlay_.Stage(address, overlay_.Find(address), scratch_, 0);
  return absl::OkStatus();
}

absl::Status ImportBatch::AddHistory(const HistoryEntry& entry) {
  scratch_.clear();
  PackHistory(entry, scratch_);
  const EntryAddress address = {.subject = entry.subject,
                                .place = ParseEntry(scratch_.data()).place};
  overlay_.Stage(address, std::nullopt, scratch_, 0);
  return absl::OkStatus();
}

Commit ImportBatch::TakeCommit() {
  commit_.entries = &overlay_.entries();
  for (auto& [customer, state] : customers_) {
    commit_.customers.push_back({.state = std::move(state), .members_changed = true});
  }
  return std::move(commit_);
}

}  // namespace yilan::storage::memory
