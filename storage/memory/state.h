// State: everything that is committed, and how a commit changes it.
//
// Any number of threads may read. One thread may write, in two steps: Prepare does the work while
// the others go on reading, Apply swaps the result in and must be alone. Packed
// bytes move then: views into them end.
#ifndef YILAN_STORAGE_MEMORY_STATE_H_
#define YILAN_STORAGE_MEMORY_STATE_H_

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "storage/memory/directory.h"
#include "storage/memory/feed.h"
#include "storage/memory/hash_index.h"
#include "storage/memory/packed_entry.h"
#include "storage/memory/packed_subjects.h"
#include "storage/memory/requests.h"
#include "storage/memory/term_index.h"
#include "storage/record.h"
#include "storage/record_store.h"

namespace yilan::storage::memory {

// Where an entry stands in the whole store.
struct EntryAddress {
  SubjectId subject;
  EntryPlace place;

  friend auto operator<=>(const EntryAddress&, const EntryAddress&) = default;
  friend bool operator==(const EntryAddress&, const EntryAddress&) = default;
};
RecordKey KeyOf(const EntryAddress& address);
// Points to the id in `key`.
EntryAddress AddressOf(const RecordKey& key);

// An entry that a transaction wrote: packed, or empty when it was deleted.
struct StagedEntry {
  absl::string_view packed;
  size_t customer = 0;  // Whose change it is: an index that only the transaction knows.
};
using StagedEntries = absl::btree_map<EntryAddress, StagedEntry>;

// What a commit does.
struct Commit {
  const StagedEntries* entries = nullptr;
  std::vector<CustomerUpdate> customers;
  std::vector<std::pair<int, std::string>> changes;  // Partition and packed change, to append.
  std::vector<std::pair<RequestKey, StoredRequest>> requests;
  // Of an import. Requests are erased before others are set.
  std::vector<std::string> erased_requests;
  std::vector<FeedBounds> bounds;
  std::vector<Change> placed_changes;
};

// One entry of the term index, unfolded to the record; the bytes live during the visit.
struct TermView {
  absl::string_view term;
  TimeMicros valid_from = kMinTime;
  TimeMicros valid_to = kMaxTime;
  EntryAddress record;
};

class State final : public ChunkOwners {
 public:
  // What Prepare found out.
  struct Prepared {
    std::vector<SubjectId> new_subjects;
    PackedSubjects::Change contents;
  };

  State() : terms_(*this) {}

  const Directory& directory() const { return directory_; }
  const PackedSubjects& subjects() const { return subjects_; }
  const Requests& requests() const { return requests_; }
  const FeedPartition& feed(int partition) const { return feed_[static_cast<size_t>(partition)]; }

  std::optional<Entry> Find(const EntryAddress& address) const;
  std::optional<CustomerSlot> FindCustomer(const CustomerRef& ref) const;
  // The record that holds the key.
  std::optional<EntryAddress> HolderOfKey(absl::string_view key) const;
  // Visits the terms from `first` on and below `limit` (if that is not empty), in order; of `first`
  // those behind `after`, if any; until `visit` returns false.
  void VisitTerms(absl::string_view first, const std::optional<EntryAddress>& after,
                  absl::string_view limit, absl::FunctionRef<bool(const TermView&)> visit) const;
  Statistics GetStatistics() const;

  SubjectId SubjectOf(ChunkSlot chunk) const override;

  Prepared Prepare(const Commit& commit);
  void Apply(const Commit& commit, Prepared& prepared);
  // As FeedPartition::Trim.
  bool TrimChanges(int partition, uint64_t through, size_t max);
  void EraseRequests(absl::Span<const std::string> packed);

 private:
  Directory directory_;
  PackedSubjects subjects_;
  HashIndex keys_;  // Chunks by the keys of their records.
  TermIndex terms_;
  std::array<FeedPartition, kFeedPartitions> feed_;
  Requests requests_;
  absl::btree_map<EntryKind, uint64_t> counts_;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_STATE_H_
