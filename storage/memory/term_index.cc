#include "storage/memory/term_index.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

#include "storage/memory/varint.h"

namespace yilan::storage::memory {
namespace {

constexpr size_t kMaxLeafBytes = 1024;

// An entry of a leaf: varint (bytes shared with the term before), varint (bytes that follow), these
// bytes, four bytes of chunk.
void PutEntry(absl::string_view before, absl::string_view term, ChunkSlot chunk, std::string& out) {
  const size_t shared = static_cast<size_t>(
      std::mismatch(before.begin(), before.end(), term.begin(), term.end()).first - before.begin());
  PutVarint(shared, out);
  PutBytes(term.substr(shared), out);
  char bytes[sizeof(chunk)];
  std::memcpy(bytes, &chunk, sizeof(chunk));
  out.append(bytes, sizeof(chunk));
}

// Reads the entries of a leaf one after the other.
class LeafReader {
 public:
  explicit LeafReader(absl::string_view leaf) : leaf_(leaf) { Read(); }

  bool done() const { return begin_ == leaf_.size(); }
  void Next() {
    begin_ = end_;
    Read();
  }
  size_t begin() const { return begin_; }
  size_t end() const { return end_; }
  const std::string& term() const { return term_; }
  ChunkSlot chunk() const { return chunk_; }

 private:
  void Read() {
    if (done()) return;
    const char* at = leaf_.data() + begin_;
    term_.resize(TakeVarint(at));
    const absl::string_view rest = TakeBytes(at);
    term_.append(rest.data(), rest.size());
    std::memcpy(&chunk_, at, sizeof(chunk_));
    end_ = static_cast<size_t>(at - leaf_.data()) + sizeof(chunk_);
  }

  absl::string_view leaf_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::string term_;
  ChunkSlot chunk_ = 0;
};

// The entries of one term in a leaf, and what stands around them.
struct Run {
  struct Member {
    size_t begin = 0;
    ChunkSlot chunk = 0;
  };
  std::string before;           // The term before the run; empty when there is none.
  std::vector<Member> members;  // In order of subject.
  size_t end = 0;               // Behind the run.
  struct Following {
    size_t end = 0;
    std::string term;
    ChunkSlot chunk = 0;
  };
  std::optional<Following> following;  // The first entry behind the run.

  size_t BeginOf(size_t i) const { return i < members.size() ? members[i].begin : end; }
};

Run FindRun(absl::string_view leaf, absl::string_view term) {
  Run run;
  LeafReader reader(leaf);
  for (; !reader.done() && reader.term() < term; reader.Next()) run.before = reader.term();
  for (; !reader.done() && reader.term() == term; reader.Next()) {
    run.members.push_back({.begin = reader.begin(), .chunk = reader.chunk()});
  }
  run.end = reader.begin();
  if (!reader.done()) {
    run.following = {.end = reader.end(), .term = reader.term(), .chunk = reader.chunk()};
  }
  return run;
}

std::string PlaceOf(absl::string_view term, SubjectId subject) {
  std::string place;
  PutOrdered(term, place);
  subject.AppendTo(place);
  return place;
}

}  // namespace

TermIndex::TermIndex(const ChunkOwners& owners) : owners_(owners) { leaves_[""]; }

TermIndex::Leaves::iterator TermIndex::LeafOf(absl::string_view term, SubjectId subject) {
  return std::prev(leaves_.upper_bound(PlaceOf(term, subject)));
}

void TermIndex::Insert(absl::string_view term, SubjectId subject, ChunkSlot chunk) {
  const Leaves::iterator found = LeafOf(term, subject);
  const absl::string_view leaf = found->second;
  const Run run = FindRun(leaf, term);
  const auto at = std::partition_point(
      run.members.begin(), run.members.end(),
      [&](const Run::Member& member) { return owners_.SubjectOf(member.chunk) <= subject; });
  const size_t i = static_cast<size_t>(at - run.members.begin());
  const size_t begin = run.BeginOf(i);

  std::string entries(leaf.substr(0, begin));
  PutEntry(i == 0 ? absl::string_view(run.before) : term, term, chunk, entries);
  size_t rest = begin;
  if (i < run.members.size()) {
    PutEntry(term, term, run.members[i].chunk, entries);
    rest = run.BeginOf(i + 1);
  } else if (run.following.has_value()) {
    PutEntry(term, run.following->term, run.following->chunk, entries);
    rest = run.following->end;
  }
  entries.append(leaf.data() + rest, leaf.size() - rest);
  bytes_ += entries.size() - leaf.size();
  found->second = std::string(entries.data(), entries.size());  // No room to grow.
  SplitIfLarge(found);
}

void TermIndex::Erase(absl::string_view term, SubjectId subject, ChunkSlot chunk) {
  const Leaves::iterator found = LeafOf(term, subject);
  const absl::string_view leaf = found->second;
  const Run run = FindRun(leaf, term);
  const auto at = std::find_if(run.members.begin(), run.members.end(),
                               [&](const Run::Member& member) { return member.chunk == chunk; });
  if (at == run.members.end()) return;
  const size_t i = static_cast<size_t>(at - run.members.begin());
  const absl::string_view before = i == 0 ? absl::string_view(run.before) : term;

  std::string entries(leaf.substr(0, run.BeginOf(i)));
  size_t rest = run.BeginOf(i + 1);
  if (i + 1 < run.members.size()) {
    PutEntry(before, term, run.members[i + 1].chunk, entries);
    rest = run.BeginOf(i + 2);
  } else if (run.following.has_value()) {
    PutEntry(before, run.following->term, run.following->chunk, entries);
    rest = run.following->end;
  }
  entries.append(leaf.data() + rest, leaf.size() - rest);
  bytes_ -= leaf.size() - entries.size();
  if (entries.empty() && !found->first.empty()) {
    leaves_.erase(found);
  } else {
    found->second = std::string(entries.data(), entries.size());
  }
}

void TermIndex::SplitIfLarge(Leaves::iterator leaf) {
  const absl::string_view bytes = leaf->second;
  if (bytes.size() <= kMaxLeafBytes) return;
  // The place between two different (term, subject) that is nearest to the middle.
  struct {
    size_t begin = 0;
    std::string before;
    std::string at;
  } best;
  const auto distance = [&](size_t begin) {
    return begin * 2 > bytes.size() ? begin * 2 - bytes.size() : bytes.size() - begin * 2;
  };
  std::string before;
  for (LeafReader reader(bytes); !reader.done(); reader.Next()) {
    std::string place = PlaceOf(reader.term(), owners_.SubjectOf(reader.chunk()));
    if (reader.begin() > 0 && place != before &&
        (best.begin == 0 || distance(reader.begin()) < distance(best.begin))) {
      best = {.begin = reader.begin(), .before = before, .at = place};
    }
    before = std::move(place);
  }
  if (best.begin == 0) return;
  LeafReader reader(bytes);
  while (reader.begin() < best.begin) reader.Next();
  std::string right;
  PutEntry("", reader.term(), reader.chunk(), right);
  right.append(bytes.data() + reader.end(), bytes.size() - reader.end());
  std::string left(bytes.substr(0, best.begin));
  bytes_ += left.size() + right.size() - bytes.size();
  leaf->second = std::move(left);
  // As short as tells the two apart: short strings need no memory of their own.
  const size_t shared = static_cast<size_t>(
      std::mismatch(best.before.begin(), best.before.end(), best.at.begin(), best.at.end()).second -
      best.at.begin());
  leaves_.emplace(best.at.substr(0, shared + 1), std::string(right.data(), right.size()));
}

void TermIndex::Visit(absl::string_view first, SubjectId subject,
                      absl::FunctionRef<bool(absl::string_view term, SubjectId subject,
                                             absl::Span<const ChunkSlot> chunks)>
                          visit) const {
  std::string term;
  SubjectId owner;
  std::vector<ChunkSlot> chunks;
  auto leaf = std::prev(leaves_.upper_bound(PlaceOf(first, subject)));
  for (; leaf != leaves_.end(); ++leaf) {
    for (LeafReader reader(leaf->second); !reader.done(); reader.Next()) {
      const int order = absl::string_view(reader.term()).compare(first);
      if (order < 0) continue;
      const SubjectId next = owners_.SubjectOf(reader.chunk());
      if (order == 0 && next < subject) continue;
      if (!chunks.empty() && (next != owner || reader.term() != term)) {
        if (!visit(term, owner, chunks)) return;
        chunks.clear();
      }
      term = reader.term();
      owner = next;
      chunks.push_back(reader.chunk());
    }
  }
  if (!chunks.empty()) visit(term, owner, chunks);
}

}  // namespace yilan::storage::memory
