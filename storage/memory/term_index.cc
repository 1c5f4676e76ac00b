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
void PutEntry(size_t shared, absl::string_view term, ChunkSlot chunk, std::string& out) {
  PutVarint(shared, out);
  PutBytes(term.substr(shared), out);
  char bytes[sizeof(chunk)];
  std::memcpy(bytes, &chunk, sizeof(chunk));
  out.append(bytes, sizeof(chunk));
}

size_t SharedBytes(absl::string_view a, absl::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
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
  // From the first entry on, goes to the first whose term is not below `wanted`. Returns how many
  // bytes `wanted` shares with the term before that.
  size_t Seek(absl::string_view wanted);

  size_t begin() const { return begin_; }
  size_t end() const { return end_; }
  size_t shared() const { return shared_; }
  const std::string& term() const { return term_; }
  ChunkSlot chunk() const { return chunk_; }

 private:
  // Reads an entry but for putting its term together; that is done in the end.
  absl::string_view ReadParts() {
    const char* at = leaf_.data() + begin_;
    shared_ = TakeVarint(at);
    const absl::string_view rest = TakeBytes(at);
    std::memcpy(&chunk_, at, sizeof(chunk_));
    end_ = static_cast<size_t>(at - leaf_.data()) + sizeof(chunk_);
    return rest;
  }
  void Read() {
    if (done()) return;
    const absl::string_view rest = ReadParts();
    term_.resize(shared_);
    term_.append(rest.data(), rest.size());
  }

  absl::string_view leaf_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t shared_ = 0;
  std::string term_;
  ChunkSlot chunk_ = 0;
};

size_t LeafReader::Seek(absl::string_view wanted) {
  // What the term before shares with `wanted` says of most terms how they compare.
  size_t common = 0;
  for (; !done(); begin_ = end_) {
    const absl::string_view rest = ReadParts();
    if (shared_ > common) continue;  // It parts from `wanted` where the one before it did: below.
    const absl::string_view wanted_rest = wanted.substr(shared_);
    const size_t more = SharedBytes(rest, wanted_rest);
    const bool below = shared_ == common && more < wanted_rest.size() &&
                       (more == rest.size() || rest.substr(more) < wanted_rest.substr(more));
    if (!below) {
      term_.assign(wanted.data(), shared_);
      term_.append(rest.data(), rest.size());
      break;
    }
    common = shared_ + more;
  }
  return common;
}

// The entries of one term in a leaf, and what stands around them.
struct Run {
  struct Member {
    size_t begin = 0;
    ChunkSlot chunk = 0;
  };
  size_t shared_before = 0;     // Bytes that the term shares with the one before the run.
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
  run.shared_before = reader.Seek(term);
  for (; !reader.done() && reader.term() == term; reader.Next()) {
    run.members.push_back({.begin = reader.begin(), .chunk = reader.chunk()});
  }
  run.end = reader.begin();
  if (!reader.done()) {
    run.following = {.end = reader.end(), .term = reader.term(), .chunk = reader.chunk()};
  }
  return run;
}

// The leaf up to `begin`, then an entry of the term with the chunk `entry`, if any, then those of
// the run from `next` on and all that follows.
std::string Join(absl::string_view leaf, const Run& run, absl::string_view term, size_t begin,
                 std::optional<ChunkSlot> entry, size_t next) {
  std::string entries(leaf.substr(0, begin));
  // The term before the next entry is `term`, or else the one before the run.
  bool behind_term = begin > run.BeginOf(0);
  if (entry.has_value()) {
    PutEntry(behind_term ? term.size() : run.shared_before, term, *entry, entries);
    behind_term = true;
  }
  size_t rest = run.BeginOf(next);
  if (next < run.members.size()) {
    PutEntry(behind_term ? term.size() : run.shared_before, term, run.members[next].chunk, entries);
    rest = run.BeginOf(next + 1);
  } else if (run.following.has_value()) {
    // Of three terms in order, the outer ones share what both share with the middle one.
    const size_t shared = SharedBytes(term, run.following->term);
    PutEntry(behind_term ? shared : std::min(shared, run.shared_before), run.following->term,
             run.following->chunk, entries);
    rest = run.following->end;
  }
  entries.append(leaf.data() + rest, leaf.size() - rest);
  return std::string(entries.data(), entries.size());  // No room to grow.
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
  std::string entries = Join(leaf, run, term, run.BeginOf(i), chunk, i);
  bytes_ += entries.size() - leaf.size();
  found->second = std::move(entries);
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
  std::string entries = Join(leaf, run, term, run.BeginOf(i), std::nullopt, i + 1);
  bytes_ -= leaf.size() - entries.size();
  if (entries.empty() && !found->first.empty()) {
    leaves_.erase(found);
  } else {
    found->second = std::move(entries);
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
  PutEntry(0, reader.term(), reader.chunk(), right);
  right.append(bytes.data() + reader.end(), bytes.size() - reader.end());
  std::string left(bytes.substr(0, best.begin));
  bytes_ += left.size() + right.size() - bytes.size();
  leaf->second = std::move(left);
  // As short as tells the two apart: short strings need no memory of their own.
  const size_t shared = SharedBytes(best.before, best.at);
  leaves_.emplace(best.at.substr(0, shared + 1), std::string(right.data(), right.size()));
}

void TermIndex::Visit(absl::string_view first, SubjectId subject, absl::string_view limit,
                      absl::FunctionRef<bool(absl::string_view term, SubjectId subject,
                                             absl::Span<const ChunkSlot> chunks)>
                          visit) const {
  std::string term;
  SubjectId owner;
  std::vector<ChunkSlot> chunks;
  const auto begin = std::prev(leaves_.upper_bound(PlaceOf(first, subject)));
  for (auto leaf = begin; leaf != leaves_.end(); ++leaf) {
    LeafReader reader(leaf->second);
    if (leaf == begin) reader.Seek(first);
    for (; !reader.done(); reader.Next()) {
      // Looking up whose chunk it is costs most here; not before it is wanted.
      const bool ends = !limit.empty() && reader.term() >= limit;
      if (!chunks.empty() && (ends || reader.term() != term)) {
        if (!visit(term, owner, chunks)) return;
        chunks.clear();
      }
      if (ends) return;
      const SubjectId next = owners_.SubjectOf(reader.chunk());
      if (next < subject && reader.term() == first) continue;
      if (!chunks.empty() && next != owner) {
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
