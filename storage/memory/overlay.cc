#include "storage/memory/overlay.h"

namespace yilan::storage::memory {

std::optional<SubjectSlot> Overlay::SlotOf(SubjectId subject) const {
  if (subject != last_subject_) {
    last_slot_ = state_.directory().FindSubject(subject);
    last_subject_ = subject;
  }
  return last_slot_;
}

std::optional<Entry> Overlay::Find(const EntryAddress& address) const {
  if (!entries_.empty()) {
    const auto staged = entries_.find(address);
    if (staged != entries_.end()) {
      if (staged->second.packed.empty()) return std::nullopt;
      return ParseEntry(staged->second.packed.data());
    }
  }
  const std::optional<SubjectSlot> subject = SlotOf(address.subject);
  if (!subject.has_value()) return std::nullopt;
  return state_.subjects().Find(*subject, address.place);
}

std::optional<EntryAddress> Overlay::HolderOfKey(absl::string_view key) const {
  if (!keys_.empty()) {
    const auto found = keys_.find(key);
    if (found != keys_.end()) return found->second;
  }
  return state_.HolderOfKey(key);
}

void Overlay::Scan(SubjectId subject, EntryPlace first,
                   absl::FunctionRef<bool(const Entry&)> visit) const {
  // `pending` moves through what is staged as the committed entries go by.
  auto pending = entries_.lower_bound({.subject = subject, .place = first});
  const auto is_pending = [&] {
    return pending != entries_.end() && pending->first.subject == subject &&
           pending->first.place.kind == first.kind;
  };
  const auto visit_pending = [&] {
    const absl::string_view packed = pending++->second.packed;
    return packed.empty() || visit(ParseEntry(packed.data()));
  };
  const std::optional<SubjectSlot> slot = SlotOf(subject);
  if (slot.has_value()) {
    for (PackedSubjects::Cursor cursor = state_.subjects().Seek(*slot, first);
         !cursor.done() && cursor.entry().place.kind == first.kind; cursor.Next()) {
      while (is_pending() && pending->first.place < cursor.entry().place) {
        if (!visit_pending()) return;
      }
      const bool replaced = is_pending() && pending->first.place == cursor.entry().place;
      if (replaced ? !visit_pending() : !visit(cursor.entry())) return;
    }
  }
  while (is_pending()) {
    if (!visit_pending()) return;
  }
}

void Overlay::VisitTerms(absl::string_view first, const std::optional<EntryAddress>& after,
                         absl::string_view limit,
                         absl::FunctionRef<bool(const TermView&)> visit) const {
  auto pending = after.has_value() ? terms_.upper_bound({.term = first, .record = *after})
                                   : terms_.lower_bound({.term = first, .record = {}});
  bool wanted = true;
  const auto is_pending = [&] {
    return pending != terms_.end() && (limit.empty() || pending->first.term < limit);
  };
  const auto visit_pending = [&] {
    wanted = visit({.term = pending->first.term,
                    .valid_from = pending->second.from,
                    .valid_to = pending->second.to,
                    .record = pending->first.record});
    ++pending;
    return wanted;
  };
  state_.VisitTerms(first, after, limit, [&](const TermView& committed) {
    const TermPlace place = {.term = committed.term, .record = committed.record};
    while (is_pending() && pending->first < place) {
      if (!visit_pending()) return false;
    }
    // A staged record has its terms in terms_, whatever was committed.
    if (!entries_.empty() && entries_.contains(committed.record)) return true;
    wanted = visit(committed);
    return wanted;
  });
  while (wanted && is_pending()) visit_pending();
}

void Overlay::Stage(const EntryAddress& address, const std::optional<Entry>& current,
                    absl::string_view packed, size_t customer) {
  const bool is_record = address.place.kind < kHistoryKinds;
  Entry entry;
  EntryAddress lasting = address;
  if (packed.empty()) {
    lasting.place.id = arena_.Copy(address.place.id);
  } else {
    entry = ParseEntry(arena_.Copy(packed).data());
    lasting.place = entry.place;
  }
  const auto [staged, is_new] = entries_.try_emplace(lasting);
  if (is_record && current.has_value()) {
    for (EntryKeys key(current->body); !key.done(); key.Next()) {
      SetHolder(key.key(), std::nullopt);
    }
    if (!is_new) {
      for (EntryTerms term(current->body); !term.done(); term.Next()) {
        terms_.erase({.term = term.term(), .record = staged->first});
      }
    }
  }
  staged->second = {.packed = entry.bytes, .customer = customer};
  if (!is_record || packed.empty()) return;
  for (EntryKeys key(entry.body); !key.done(); key.Next()) {
    SetHolder(key.key(), staged->first);
  }
  for (EntryTerms term(entry.body); !term.done(); term.Next()) {
    terms_.emplace(TermPlace{.term = term.term(), .record = staged->first},
                   Period{.from = term.valid_from(), .to = term.valid_to()});
  }
}

void Overlay::SetHolder(absl::string_view key, std::optional<EntryAddress> holder) {
  auto known = keys_.find(key);
  if (known == keys_.end()) known = keys_.emplace(arena_.Copy(key), std::nullopt).first;
  known->second = holder;
}

}  // namespace yilan::storage::memory
