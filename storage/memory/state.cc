#include "storage/memory/state.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace yilan::storage::memory {
namespace {

// How many index entries ahead the processor is told of: their places are random, and waiting for
// memory is most of what an insert costs in a large store.
constexpr size_t kAhead = 8;

}  // namespace

RecordKey KeyOf(const EntryAddress& address) {
  return {.subject = address.subject,
          .kind = static_cast<Kind>(address.place.kind),
          .record_id = std::string(address.place.id)};
}

EntryAddress AddressOf(const RecordKey& key) {
  return {.subject = key.subject, .place = {.kind = key.kind, .id = key.record_id}};
}

std::optional<Entry> State::Find(const EntryAddress& address) const {
  const std::optional<SubjectSlot> subject = directory_.FindSubject(address.subject);
  if (!subject.has_value()) return std::nullopt;
  return subjects_.Find(*subject, address.place);
}

std::optional<CustomerSlot> State::FindCustomer(const CustomerRef& ref) const {
  if (const CustomerId* const customer = std::get_if<CustomerId>(&ref)) {
    return directory_.FindCustomer(*customer);
  }
  const std::optional<SubjectSlot> subject = directory_.FindSubject(std::get<SubjectId>(ref));
  if (!subject.has_value()) return std::nullopt;
  return directory_.HolderOf(*subject);
}

SubjectId State::SubjectOf(ChunkSlot chunk) const {
  return directory_.IdOf(subjects_.OwnerOf(chunk));
}

std::optional<EntryAddress> State::HolderOfKey(absl::string_view key) const {
  std::optional<EntryAddress> holder;
  keys_.Find(HashOfKey(key), [&](ChunkSlot chunk) {
    subjects_.PrefetchChunk(chunk);
    const absl::string_view entries = subjects_.EntriesOf(chunk);
    for (const char* at = entries.data(); at != entries.data() + entries.size();) {
      const Entry entry = ParseEntry(at);
      at += entry.bytes.size();
      if (entry.place.kind >= kHistoryKinds) break;
      for (EntryKeys held(entry.body); !held.done(); held.Next()) {
        if (!held.Is(key)) continue;
        holder = {.subject = SubjectOf(chunk), .place = entry.place};
        return true;
      }
    }
    return false;
  });
  return holder;
}

void State::VisitTerms(absl::string_view first, const std::optional<EntryAddress>& after,
                       absl::string_view limit,
                       absl::FunctionRef<bool(const TermView&)> visit) const {
  const auto visit_chunk = [&](absl::string_view term, SubjectId subject, ChunkSlot chunk) {
    subjects_.PrefetchChunk(chunk);
    const absl::string_view entries = subjects_.EntriesOf(chunk);
    for (const char* at = entries.data(); at != entries.data() + entries.size();) {
      const Entry entry = ParseEntry(at);
      at += entry.bytes.size();
      if (entry.place.kind >= kHistoryKinds) break;
      for (EntryTerms held(entry.body); !held.done(); held.Next()) {
        if (held.term() != term) continue;
        const EntryAddress record = {.subject = subject, .place = entry.place};
        if (term == first && after.has_value() && record <= *after) break;
        if (!visit({.term = term,
                    .valid_from = held.valid_from(),
                    .valid_to = held.valid_to(),
                    .record = record})) {
          return false;
        }
        break;
      }
    }
    return true;
  };
  std::vector<ChunkSlot> sorted;
  terms_.Visit(first, after.has_value() ? after->subject : SubjectId(), limit,
               [&](absl::string_view term, SubjectId subject, absl::Span<const ChunkSlot> chunks) {
                 sorted.assign(chunks.begin(), chunks.end());
                 if (sorted.size() > 1) {
                   std::sort(sorted.begin(), sorted.end(), [&](ChunkSlot a, ChunkSlot b) {
                     return ParseEntry(subjects_.EntriesOf(a).data()).place <
                            ParseEntry(subjects_.EntriesOf(b).data()).place;
                   });
                 }
                 return std::all_of(sorted.begin(), sorted.end(), [&](ChunkSlot chunk) {
                   return visit_chunk(term, subject, chunk);
                 });
               });
}

Statistics State::GetStatistics() const {
  Statistics statistics;
  statistics.customers = directory_.customers_with_members();
  statistics.subjects = directory_.subjects_with_customer();
  for (const auto& [kind, count] : counts_) {
    if (kind < kHistoryKinds && count > 0) {
      statistics.records.emplace_back(static_cast<Kind>(kind), count);
    }
  }
  size_t feed_bytes = 0;
  int number = 0;
  for (const FeedPartition& partition : feed_) {
    feed_bytes += partition.bytes();
    if (partition.end() > 0) {
      statistics.feeds.push_back(
          {.partition = number, .trimmed = partition.trimmed(), .end = partition.end()});
    }
    ++number;
  }
  statistics.gauges = {
      {"memory_directory_bytes", static_cast<double>(directory_.bytes())},
      {"memory_feed_bytes", static_cast<double>(feed_bytes)},
      {"memory_key_index_bytes", static_cast<double>(keys_.bytes())},
      {"memory_record_bytes", static_cast<double>(subjects_.bytes())},
      {"memory_term_index_bytes", static_cast<double>(terms_.bytes())},
  };
  return statistics;
}

State::Prepared State::Prepare(const Commit& commit) {
  Prepared prepared;
  absl::flat_hash_map<SubjectId, SubjectSlot> added;
  const auto slot_of = [&](SubjectId subject) {
    if (const auto slot = directory_.FindSubject(subject)) return *slot;
    const SubjectSlot next =
        directory_.next_subject() + static_cast<SubjectSlot>(prepared.new_subjects.size());
    const auto [entry, is_new] = added.emplace(subject, next);
    if (is_new) prepared.new_subjects.push_back(subject);
    return entry->second;
  };
  for (const CustomerUpdate& update : commit.customers) {
    if (!update.members_changed) continue;
    for (const SubjectId member : update.state.members) slot_of(member);
  }
  if (commit.entries == nullptr) return prepared;
  std::vector<PackedSubjects::Edit> edits;
  for (auto it = commit.entries->begin(); it != commit.entries->end();) {
    const SubjectId subject = it->first.subject;
    edits.clear();
    for (; it != commit.entries->end() && it->first.subject == subject; ++it) {
      edits.push_back({.place = it->first.place, .packed = it->second.packed});
    }
    subjects_.Prepare(slot_of(subject), edits, prepared.contents);
  }
  return prepared;
}

void State::Apply(const Commit& commit, Prepared& prepared) {
  const PackedSubjects::Change& contents = prepared.contents;
  for (const SubjectId subject : prepared.new_subjects) directory_.AddSubject(subject);

  for (const auto& key : contents.removed_keys) keys_.Erase(key.hash, key.chunk);
  for (const auto& term : contents.removed_terms) {
    terms_.Erase(term.term, directory_.IdOf(term.subject), term.chunk);
  }
  subjects_.Apply(prepared.contents);
  const auto& added = contents.added_keys;
  for (size_t i = 0; i < added.size(); ++i) {
    if (i + kAhead < added.size()) keys_.Prefetch(added[i + kAhead].hash);
    keys_.Insert(added[i].hash, added[i].chunk);
  }
  for (const auto& term : contents.added_terms) {
    terms_.Insert(term.term, directory_.IdOf(term.subject), term.chunk);
  }
  subjects_.Reclaim();
  for (const auto& [kind, by] : contents.counts) counts_[kind] += static_cast<uint64_t>(by);

  directory_.Set(commit.customers);
  for (const auto& [partition, packed] : commit.changes) {
    feed_[static_cast<size_t>(partition)].Append(packed);
  }
  for (const FeedBounds& bounds : commit.bounds) {
    feed_[static_cast<size_t>(bounds.partition)].SetBounds(bounds.trimmed, bounds.end);
  }
  for (const Change& change : commit.placed_changes) {
    feed_[static_cast<size_t>(change.partition)].Set(change.sequence, PackChange(change));
  }
  EraseRequests(commit.erased_requests);
  for (const auto& [key, request] : commit.requests) requests_.Set(key, request);
}

bool State::TrimChanges(int partition, uint64_t through, size_t max) {
  return feed_[static_cast<size_t>(partition)].Trim(through, max);
}

void State::EraseRequests(absl::Span<const std::string> packed) {
  for (const std::string& request : packed) requests_.Erase(request);
}

}  // namespace yilan::storage::memory
