// TermIndex: which chunks hold records with a term, in order of (term, subject).
//
// An entry says "this chunk has records with this term", no more: the chunk knows which and in what
// order. Entries lie in leaves of about a kilobyte, each term without what it shares with the one
// before it, so that an entry costs some 12 bytes; a tree of the leaves' first places leads to
// them. All entries of one term and subject lie in one leaf, so the tree never depends on what is
// in a chunk.
//
// Any number of threads may read, or one write.
#ifndef YILAN_STORAGE_MEMORY_TERM_INDEX_H_
#define YILAN_STORAGE_MEMORY_TERM_INDEX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/memory/packed_subjects.h"
#include "storage/record.h"

namespace yilan::storage::memory {

// Whose chunk it is: what the index needs to know of chunks to keep its order.
class ChunkOwners {
 public:
  virtual ~ChunkOwners() = default;
  virtual SubjectId SubjectOf(ChunkSlot chunk) const = 0;
};

class TermIndex {
 public:
  // `owners` outlives the index. It is asked about chunks that are in the index.
  explicit TermIndex(const ChunkOwners& owners);

  // `subject` owns the chunk. Insert what is not there; erase what is.
  void Insert(absl::string_view term, SubjectId subject, ChunkSlot chunk);
  void Erase(absl::string_view term, SubjectId subject, ChunkSlot chunk);

  // Visits each (term, subject) from this place on and of terms below `limit` (if that is not
  // empty), with its chunks in no order, until `visit` returns false.
  void Visit(absl::string_view first, SubjectId subject, absl::string_view limit,
             absl::FunctionRef<bool(absl::string_view term, SubjectId subject,
                                    absl::Span<const ChunkSlot> chunks)>
                 visit) const;

  size_t bytes() const { return bytes_; }

 private:
  using Leaves = absl::btree_map<std::string, std::string>;

  Leaves::iterator LeafOf(absl::string_view term, SubjectId subject);
  void SplitIfLarge(Leaves::iterator leaf);

  const ChunkOwners& owners_;
  Leaves leaves_;  // By the first place that belongs into the leaf; there is always one at "".
  size_t bytes_ = 0;
};

}  // namespace yilan::storage::memory

#endif  // YILAN_STORAGE_MEMORY_TERM_INDEX_H_
