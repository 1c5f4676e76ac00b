// Overlay: entries that a transaction has written, over the committed state under it.
//
// Reads see both as one. Nothing of the committed state changes while an Overlay is in use. Not
// thread-safe.
#ifndef YILAN_STORAGE_MEMORY_OVERLAY_H_
#define YILAN_STORAGE_MEMORY_OVERLAY_H_

#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/memory/arena.h"
#include "storage/memory/state.h"

namespace yilan::storage::memory {

class Overlay {
 public:
  explicit Overlay(const State& state) : state_(state) {}

  const StagedEntries& entries() const { return entries_; }

  // The entry as it is now; its bytes live as long as the overlay.
  std::optional<Entry> Find(const EntryAddress& address) const;
  std::optional<EntryAddress> HolderOfKey(absl::string_view key) const;
  // Visits the entries of a kind from `first` on, until `visit` returns false.
  void Scan(SubjectId subject, EntryPlace first, absl::FunctionRef<bool(const Entry&)> visit) const;
  // As State::VisitTerms.
  void VisitTerms(absl::string_view first, const std::optional<EntryAddress>& after,
                  absl::string_view limit, absl::FunctionRef<bool(const TermView&)> visit) const;

  // Replaces the entry by `packed`, or deletes it when that is empty; with records, also what keys
  // and terms lead to it. `current` is what Find returned. Nobody else holds the new keys.
  void Stage(const EntryAddress& address, const std::optional<Entry>& current,
             absl::string_view packed, size_t customer);

 private:
  struct TermPlace {
    absl::string_view term;
    EntryAddress record;

    friend bool operator<(const TermPlace& a, const TermPlace& b) {
      const int order = a.term.compare(b.term);
      return order != 0 ? order < 0 : a.record < b.record;
    }
  };
  struct Period {
    TimeMicros from = kMinTime;
    TimeMicros to = kMaxTime;
  };

  std::optional<SubjectSlot> SlotOf(SubjectId subject) const;
  void SetHolder(absl::string_view key, std::optional<EntryAddress> holder);

  const State& state_;
  Arena arena_;
  StagedEntries entries_;
  absl::flat_hash_map<absl::string_view, std::optional<EntryAddress>> keys_;  // That changed hands.
  absl::btree_map<TermPlace, Period> terms_;  // Of the entries in entries_.

  // Calls come in runs about one subject.
  mutable SubjectId last_subject_;
  mutable std::optional<SubjectSlot> last_slot_;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_OVERLAY_H_
