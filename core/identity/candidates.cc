#include "core/identity/candidates.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/identity/identity_records.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {

using storage::RecordKey;
using storage::SubjectId;

void Candidates::Add(SubjectId subject, const v1::SourceRecord& record) {
  auto party = std::make_unique<Party>();
  party->features = FeaturesOf(record);
  party->view = PartyView(party->features);
  parties_[subject] = std::move(party);
}

absl::Status Candidates::AddRecord(const storage::RecordView& record) {
  v1::SourceRecord source;
  if (!source.ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return absl::DataLossError("a stored source record does not parse");
  }
  Add(record.subject, source);
  return absl::OkStatus();
}

absl::Status Candidates::ReadSources(absl::Span<const v1::SubjectReference* const> names) {
  std::vector<std::string> keys;
  for (const v1::SubjectReference* const name : names) {
    keys.push_back(FactKey(v1::Fact::kSourceRecord, name->source_system(), name->customer_key()));
  }
  if (keys.empty()) return absl::OkStatus();
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  ASSIGN_OR_RETURN(const auto found, reader_.FindByKeys(keys));
  std::set<RecordKey> records;
  for (const std::optional<RecordKey>& record : found) {
    // The tombstone of a deleted record has its key.
    if (record.has_value() && record->kind == v1::Fact::kSourceRecord) records.insert(*record);
  }
  return ReadRecords(records);
}

absl::Status Candidates::ReadRecords(const std::set<RecordKey>& records) {
  std::vector<RecordKey> unknown;
  for (const RecordKey& record : records) {
    if (!parties_.contains(record.subject)) unknown.push_back(record);
  }
  if (unknown.empty()) return absl::OkStatus();
  return reader_.GetMany(unknown,
                         [&](const storage::RecordView& record) { return AddRecord(record); });
}

const Party* Candidates::Find(SubjectId subject) const {
  const auto party = parties_.find(subject);
  return party == parties_.end() ? nullptr : party->second.get();
}

absl::Status Candidates::FindHolders(const std::set<BlockingKey>& blocks,
                                     std::optional<SubjectId> newcomer) {
  std::vector<BlockingKey> keys;
  std::vector<std::string> terms;
  size_t largest_cap = 0;
  for (const BlockingKey key : blocks) {
    const size_t cap = model_.BlockCap(RuleOf(key));
    if (cap == 0) continue;
    keys.push_back(key);
    terms.push_back(BlockTerm(key));
    largest_cap = std::max(largest_cap, cap);
  }
  RETURN_IF_ERROR(ReadMarkers(blocks));
  if (keys.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto holders, reader_.FindByTerms(terms, largest_cap + 1));
  for (size_t i = 0; i < keys.size(); ++i) {
    size_t count = holders[i].size();
    if (newcomer.has_value() &&
        std::none_of(holders[i].begin(), holders[i].end(),
                     [&](const RecordKey& holder) { return holder.subject == *newcomer; })) {
      ++count;
    }
    if (count > model_.BlockCap(RuleOf(keys[i]))) {
      over_cap_.insert(keys[i]);
    } else {
      holders_[keys[i]] = std::move(holders[i]);
    }
  }
  return absl::OkStatus();
}

const std::vector<RecordKey>& Candidates::HoldersOf(BlockingKey key) const {
  const auto holders = holders_.find(key);
  return holders == holders_.end() ? none_ : holders->second;
}

absl::Status Candidates::ReadMarkers(const std::set<BlockingKey>& blocks) {
  absl::flat_hash_map<std::string, BlockingKey> unknown;
  std::vector<RecordKey> markers;
  for (const BlockingKey key : blocks) {
    if (!known_.insert(key).second) continue;
    unknown.emplace(BlockingTerm(key), key);
    markers.push_back(OverflowedBlockKey(key));
  }
  if (markers.empty()) return absl::OkStatus();
  std::sort(markers.begin(), markers.end());
  return reader_.GetMany(markers, [&](const storage::RecordView& record) {
    marked_.insert(unknown.at(std::string(record.record_id)));
    return absl::OkStatus();
  });
}

absl::Status Candidates::LeaveOutShared() {
  std::set<BlockingKey> contacts;
  for (const auto& [subject, party] : parties_) {
    for (const ContactView& phone : party->view.phones) contacts.insert(PhoneKey(phone.value));
    for (const ContactView& email : party->view.emails) contacts.insert(EmailKey(email.value));
  }
  RETURN_IF_ERROR(ReadMarkers(contacts));
  for (const BlockingKey key : contacts) {
    // Of those that were counted just now, the count is what holds.
    if (marked_.contains(key) && !holders_.contains(key)) over_cap_.insert(key);
  }
  for (auto& [subject, party] : parties_) LeaveOutSharedContacts(over_cap_, party->view);
  return absl::OkStatus();
}

}  // namespace yilan::core
