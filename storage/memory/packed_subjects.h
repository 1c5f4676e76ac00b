// PackedSubjects: the entries (records and history) of all subjects, packed.
//
// A subject's entries lie in chunks: one run of bytes for most subjects, several in order for those
// with more than kMaxChunkBytes. A chunk has a slot, which stays the same when its bytes are
// written anew; so an index that finds an entry needs only the slot of its chunk. A map node per
// record instead would cost several times the bytes of the record.
//
// Any number of threads may read while one prepares a change; Apply and Reclaim need to be alone.
//
//   PackedSubjects::Change change;
//   subjects.Prepare(subject, edits, change);   // Readers go on.
//   subjects.Apply(change);                     // Nobody reads, from here on.
//   subjects.Reclaim();
#ifndef YILAN_STORAGE_MEMORY_PACKED_SUBJECTS_H_
#define YILAN_STORAGE_MEMORY_PACKED_SUBJECTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/memory/chunk_heap.h"
#include "storage/memory/packed_entry.h"
#include "storage/memory/paged_array.h"

namespace yilan::storage::memory {

uint64_t HashOfKey(absl::string_view key);

class PackedSubjects {
 public:
  // A chunk above this size is split when it is next written, unless it is one entry.
  static constexpr size_t kMaxChunkBytes = 6 << 10;

  // What shall become of the entry at `place`: replaced by `packed`, or removed when that is empty.
  struct Edit {
    EntryPlace place;
    absl::string_view packed;
  };
  struct KeyMove {
    uint64_t hash = 0;
    ChunkSlot chunk = 0;
  };
  struct TermMove {
    absl::string_view term;
    ChunkSlot chunk = 0;
    SubjectSlot subject = 0;
  };

  // A prepared change. What it says about keys and terms is for the indexes, and for Prepare's
  // caller to apply: removals before Apply, additions between Apply and Reclaim. Behind that the
  // terms point nowhere.
  struct Change {
    std::vector<std::pair<SubjectSlot, std::vector<ChunkSlot>>> lists;
    std::vector<KeyMove> removed_keys;
    std::vector<KeyMove> added_keys;
    std::vector<TermMove> removed_terms;
    std::vector<TermMove> added_terms;
    absl::btree_map<EntryKind, int64_t> counts;  // By how much the number of entries changes.
  };

  // Steps through a subject's entries in order.
  class Cursor {
   public:
    bool done() const { return at_ == nullptr; }
    const Entry& entry() const { return entry_; }
    void Next();
    // Goes on to the first entry of a higher kind, past whole chunks.
    void SkipKind();

   private:
    friend class PackedSubjects;
    Cursor(const PackedSubjects& subjects, SubjectSlot subject);
    ChunkSlot chunk(size_t i) const { return many_ != nullptr ? (*many_)[i] : one_; }
    void Enter(size_t i);

    const PackedSubjects* subjects_;
    const std::vector<ChunkSlot>* many_ = nullptr;
    ChunkSlot one_ = 0;
    size_t count_ = 0;
    size_t index_ = 0;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    Entry entry_;
  };

  // Stands at the first entry at or behind `place`. `subject` may be any number.
  Cursor Seek(SubjectSlot subject, EntryPlace place) const;
  std::optional<Entry> Find(SubjectSlot subject, EntryPlace place) const;

  // Brings the subject's first entries into the processor's cache.
  void Prefetch(SubjectSlot subject) const;

  SubjectSlot OwnerOf(ChunkSlot chunk) const { return heap_.OwnerOf(chunk); }
  void PrefetchChunk(ChunkSlot chunk) const { heap_.Prefetch(chunk); }
  // The bytes of all entries of a chunk.
  absl::string_view EntriesOf(ChunkSlot chunk) const { return heap_.Get(chunk); }

  // Works out what the edits, sorted and at most one of a place, do to the subject. Only one Change
  // is prepared at a time, and it must be applied; it may be of several subjects, each prepared
  // once.
  void Prepare(SubjectSlot subject, absl::Span<const Edit> edits, Change& change);
  // Swaps in the new chunks.
  void Apply(Change& change);
  // Frees the old ones.
  void Reclaim() { heap_.Reclaim(); }

  size_t bytes() const { return heap_.bytes(); }

 private:
  struct Piece {
    absl::string_view bytes;
    absl::string_view replaced;  // The entry that stood at the same place.
    bool edited = false;
  };

  size_t ChunkFor(const Cursor& chunks, EntryPlace place, size_t first) const;
  void Rewrite(SubjectSlot subject, std::optional<ChunkSlot> old_slot, absl::Span<const Edit> edits,
               std::vector<ChunkSlot>& list, Change& change);
  void MoveTerms(SubjectSlot subject, std::optional<ChunkSlot> old_slot,
                 absl::Span<const std::pair<ChunkSlot, absl::string_view>> now, Change& change);

  // 0: no entries. Else 1 + the slot of the only chunk, or kListBit | index in lists_.
  static constexpr uint32_t kListBit = uint32_t{1} << 31;
  PagedArray<uint32_t> roots_;
  std::vector<std::unique_ptr<std::vector<ChunkSlot>>> lists_;
  std::vector<uint32_t> free_lists_;

  ChunkHeap heap_;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_PACKED_SUBJECTS_H_
