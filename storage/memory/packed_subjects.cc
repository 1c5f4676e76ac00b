#include "storage/memory/packed_subjects.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "absl/hash/hash.h"

namespace yilan::storage::memory {
namespace {

template <typename Visit>
void ForEachEntry(absl::string_view entries, Visit visit) {
  for (const char* at = entries.data(); at != entries.data() + entries.size();) {
    const Entry entry = ParseEntry(at);
    at += entry.bytes.size();
    visit(entry);
  }
}

bool IsRecord(const Entry& entry) { return entry.place.kind < kHistoryKinds; }

bool HasTerms(absl::string_view packed) {
  if (packed.empty()) return false;
  const Entry entry = ParseEntry(packed.data());
  return IsRecord(entry) && !EntryTerms(entry.body).done();
}

// The distinct terms of a chunk, sorted.
std::vector<absl::string_view> TermsIn(absl::string_view entries) {
  std::vector<absl::string_view> terms;
  ForEachEntry(entries, [&](const Entry& entry) {
    if (!IsRecord(entry)) return;
    for (EntryTerms term(entry.body); !term.done(); term.Next()) terms.push_back(term.term());
  });
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

void ListKeys(absl::string_view packed, ChunkSlot chunk,
              std::vector<PackedSubjects::KeyMove>& list) {
  if (packed.empty()) return;
  const Entry entry = ParseEntry(packed.data());
  if (!IsRecord(entry)) return;
  for (EntryKeys key(entry.body); !key.done(); key.Next()) {
    list.push_back({.hash = HashOfKey(key.key()), .chunk = chunk});
  }
}

bool SameKeys(absl::string_view a, absl::string_view b) {
  if (a.empty() || b.empty()) return false;
  const Entry entry_a = ParseEntry(a.data());
  const Entry entry_b = ParseEntry(b.data());
  if (!IsRecord(entry_a)) return true;
  EntryKeys keys_a(entry_a.body);
  EntryKeys keys_b(entry_b.body);
  for (; !keys_a.done() && !keys_b.done(); keys_a.Next(), keys_b.Next()) {
    if (keys_a.key() != keys_b.key()) return false;
  }
  return keys_a.done() && keys_b.done();
}

}  // namespace

uint64_t HashOfKey(absl::string_view key) { return absl::Hash<absl::string_view>()(key); }

PackedSubjects::Cursor::Cursor(const PackedSubjects& subjects, SubjectSlot subject)
    : subjects_(&subjects) {
  const uint32_t root = subject < subjects.roots_.size() ? subjects.roots_[subject] : 0;
  if (root == 0) return;
  if ((root & kListBit) != 0) {
    many_ = subjects.lists_[root & ~kListBit].get();
    count_ = many_->size();
  } else {
    one_ = root - 1;
    count_ = 1;
  }
}

void PackedSubjects::Cursor::Enter(size_t i) {
  index_ = i;
  if (i >= count_) {
    at_ = nullptr;
    return;
  }
  const absl::string_view entries = subjects_->EntriesOf(chunk(i));
  at_ = entries.data();
  end_ = at_ + entries.size();
  entry_ = ParseEntry(at_);
}

void PackedSubjects::Cursor::Next() {
  at_ += entry_.bytes.size();
  if (at_ == end_) {
    Enter(index_ + 1);
  } else {
    entry_ = ParseEntry(at_);
  }
}

void PackedSubjects::Cursor::SkipKind() {
  const EntryKind kind = entry_.place.kind;
  const size_t last = subjects_->ChunkFor(*this, {.kind = kind + 1}, index_);
  if (last != index_) Enter(last);
  while (!done() && entry_.place.kind <= kind) Next();
}

size_t PackedSubjects::ChunkFor(const Cursor& chunks, EntryPlace place, size_t first) const {
  // The last chunk that begins at or before `place`; `first` when none does.
  size_t low = first;
  size_t high = chunks.count_;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    const Entry begin = ParseEntry(EntriesOf(chunks.chunk(middle)).data());
    (begin.place <= place ? low : high) = middle;
  }
  return low;
}

PackedSubjects::Cursor PackedSubjects::Seek(SubjectSlot subject, EntryPlace place) const {
  Cursor cursor(*this, subject);
  if (cursor.count_ == 0) return cursor;
  const size_t i = ChunkFor(cursor, place, 0);
  heap_.Prefetch(cursor.chunk(i));
  cursor.Enter(i);
  while (!cursor.done() && cursor.entry_.place < place) cursor.Next();
  return cursor;
}

std::optional<Entry> PackedSubjects::Find(SubjectSlot subject, EntryPlace place) const {
  const Cursor cursor = Seek(subject, place);
  if (cursor.done() || cursor.entry().place != place) return std::nullopt;
  return cursor.entry();
}

void PackedSubjects::Prefetch(SubjectSlot subject) const {
  const Cursor cursor(*this, subject);
  if (cursor.count_ > 0) heap_.Prefetch(cursor.chunk(0));
}

void PackedSubjects::Prepare(SubjectSlot subject, absl::Span<const Edit> edits, Change& change) {
  const Cursor chunks(*this, subject);
  std::vector<ChunkSlot> list;
  if (chunks.count_ == 0) {
    Rewrite(subject, std::nullopt, edits, list, change);
    change.lists.emplace_back(subject, std::move(list));
    return;
  }
  bool same_list = true;
  size_t kept = 0;  // Chunks before this one are in `list`, unless the list stays the same.
  for (size_t i = 0; i < edits.size();) {
    const size_t c = ChunkFor(chunks, edits[i].place, kept);
    size_t end = edits.size();
    if (c + 1 < chunks.count_) {
      const Entry next = ParseEntry(EntriesOf(chunks.chunk(c + 1)).data());
      end = i;
      while (end < edits.size() && edits[end].place < next.place) ++end;
    }
    for (; kept < c; ++kept) list.push_back(chunks.chunk(kept));
    const size_t before = list.size();
    Rewrite(subject, chunks.chunk(c), edits.subspan(i, end - i), list, change);
    same_list = same_list && list.size() == before + 1;
    kept = c + 1;
    i = end;
  }
  if (same_list) return;
  for (; kept < chunks.count_; ++kept) list.push_back(chunks.chunk(kept));
  change.lists.emplace_back(subject, std::move(list));
}

void PackedSubjects::Rewrite(SubjectSlot subject, std::optional<ChunkSlot> old_slot,
                             absl::Span<const Edit> edits, std::vector<ChunkSlot>& list,
                             Change& change) {
  std::vector<Piece> pieces;
  bool terms_move = false;
  size_t total = 0;
  const auto add = [&](Piece piece) {
    terms_move = terms_move || HasTerms(piece.replaced) || (piece.edited && HasTerms(piece.bytes));
    if (piece.edited) {
      const absl::string_view any = piece.bytes.empty() ? piece.replaced : piece.bytes;
      const int by = (piece.bytes.empty() ? 0 : 1) - (piece.replaced.empty() ? 0 : 1);
      if (by != 0) change.counts[ParseEntry(any.data()).place.kind] += by;
    }
    if (piece.bytes.empty()) {
      if (old_slot.has_value()) ListKeys(piece.replaced, *old_slot, change.removed_keys);
    } else {
      total += piece.bytes.size();
      pieces.push_back(piece);
    }
  };

  // Merge what is there with the edits.
  size_t next = 0;
  if (old_slot.has_value()) {
    ForEachEntry(EntriesOf(*old_slot), [&](const Entry& entry) {
      for (; next < edits.size() && edits[next].place < entry.place; ++next) {
        add({.bytes = edits[next].packed, .edited = true});
      }
      if (next < edits.size() && edits[next].place == entry.place) {
        add({.bytes = edits[next].packed, .replaced = entry.bytes, .edited = true});
        ++next;
      } else {
        add({.bytes = entry.bytes});
      }
    });
  }
  for (; next < edits.size(); ++next) add({.bytes = edits[next].packed, .edited = true});

  // Cut into chunks of about equal size.
  const size_t wanted = total <= kMaxChunkBytes ? 1 : total / (kMaxChunkBytes / 4 * 3) + 1;
  const size_t target = total / wanted + 1;
  terms_move = terms_move || wanted > 1;
  std::vector<std::pair<ChunkSlot, absl::string_view>> now;
  for (size_t i = 0; i < pieces.size();) {
    size_t end = i;
    size_t size = 0;
    do {
      size += pieces[end++].bytes.size();
    } while (end < pieces.size() && size + pieces[end].bytes.size() / 2 < target);

    const ChunkSlot slot = now.empty() && old_slot.has_value() ? *old_slot : heap_.NewSlot();
    char* const bytes = heap_.Make(slot, subject, size);
    char* to = bytes;
    for (; i < end; ++i) {
      const Piece& piece = pieces[i];
      std::memcpy(to, piece.bytes.data(), piece.bytes.size());
      to += piece.bytes.size();
      const bool moved = slot != old_slot;
      if (piece.edited ? !moved && SameKeys(piece.replaced, piece.bytes) : !moved) continue;
      if (old_slot.has_value()) {
        ListKeys(piece.edited ? piece.replaced : piece.bytes, *old_slot, change.removed_keys);
      }
      ListKeys(piece.bytes, slot, change.added_keys);
    }
    now.emplace_back(slot, absl::string_view(bytes, size));
    list.push_back(slot);
  }
  if (now.empty() && old_slot.has_value()) heap_.Drop(*old_slot);
  if (terms_move) MoveTerms(subject, old_slot, now, change);
}

void PackedSubjects::MoveTerms(SubjectSlot subject, std::optional<ChunkSlot> old_slot,
                               absl::Span<const std::pair<ChunkSlot, absl::string_view>> now,
                               Change& change) {
  std::vector<absl::string_view> before;
  if (old_slot.has_value()) before = TermsIn(EntriesOf(*old_slot));
  std::vector<absl::string_view> kept;
  for (const auto& [slot, entries] : now) {
    std::vector<absl::string_view> after = TermsIn(entries);
    if (slot == old_slot) kept = after;
    for (const absl::string_view term : after) {
      if (slot == old_slot && std::binary_search(before.begin(), before.end(), term)) continue;
      change.added_terms.push_back({.term = term, .chunk = slot, .subject = subject});
    }
  }
  for (const absl::string_view term : before) {
    if (std::binary_search(kept.begin(), kept.end(), term)) continue;
    change.removed_terms.push_back({.term = term, .chunk = *old_slot, .subject = subject});
  }
}

void PackedSubjects::Apply(Change& change) {
  heap_.Publish();
  for (auto& [subject, list] : change.lists) {
    roots_.GrowTo(subject + 1);
    uint32_t& root = roots_[subject];
    if (list.size() > 1) {
      if ((root & kListBit) == 0) {
        if (free_lists_.empty()) {
          free_lists_.push_back(static_cast<uint32_t>(lists_.size()));
          lists_.emplace_back();
        }
        root = kListBit | free_lists_.back();
        free_lists_.pop_back();
      }
      lists_[root & ~kListBit] = std::make_unique<std::vector<ChunkSlot>>(std::move(list));
      continue;
    }
    if ((root & kListBit) != 0) {
      lists_[root & ~kListBit].reset();
      free_lists_.push_back(root & ~kListBit);
    }
    root = list.empty() ? 0 : list[0] + 1;
  }
}

}  // namespace yilan::storage::memory
