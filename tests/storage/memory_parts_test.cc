// The parts of the memory backend against plain containers, at sizes and in patterns that the
// conformance suite does not reach. The seed is printed; YILAN_SEED replays one.
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "storage/memory/chunk_heap.h"
#include "storage/memory/feed.h"
#include "storage/memory/hash_index.h"
#include "storage/memory/packed_entry.h"
#include "storage/memory/packed_subjects.h"
#include "storage/memory/term_index.h"
#include "storage/memory/varint.h"

namespace yilan::storage::memory {
namespace {

class MemoryParts : public ::testing::Test {
 protected:
  MemoryParts() {
    const char* const given = std::getenv("YILAN_SEED");
    uint64_t seed = std::random_device()();
    EXPECT_TRUE(given == nullptr || absl::SimpleAtoi(given, &seed)) << given;
    std::cout << "YILAN_SEED=" << seed << std::endl;
    random_.seed(seed);
  }
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  std::mt19937_64 random_;
};

TEST_F(MemoryParts, AHashIndexFindsWhatWasInsertedAndNotErased) {
  HashIndex index;
  std::multimap<uint64_t, uint32_t> model;
  // Now and then a hash that others have as well, or one of the last there are.
  const auto hash = [&] {
    switch (Below(100)) {
      case 0:
        return (uint64_t{Below(2000)} * 0x9e3779b97f4a7c15) & ~uint64_t{0} << 31;
      case 1:
        return ~uint64_t{0} << 31 ^ uint64_t { Below(100) } << 31;
      default:
        return random_() & ~uint64_t{0} << 31;
    }
  };
  for (int i = 0; i < 300000; ++i) {
    if (model.empty() || Below(5) < (i < 200000 ? 4u : 1u)) {
      const uint64_t h = hash();
      const uint32_t slot = Below(1000);
      index.Insert(h, slot);
      model.emplace(h, slot);
    } else {
      auto it = model.lower_bound(hash());
      if (it == model.end()) it = model.begin();
      index.Erase(it->first, it->second);
      model.erase(it);
    }
  }
  for (int i = 0; i < 100000; ++i) {
    const uint64_t h = hash();
    std::multiset<uint32_t> found;
    index.Find(h, [&](uint32_t slot) {
      found.insert(slot);
      return false;
    });
    std::multiset<uint32_t> expected;
    for (auto [it, end] = model.equal_range(h); it != end; ++it) expected.insert(it->second);
    // Other hashes may share the bits that are kept, so that more may be found.
    EXPECT_TRUE(std::includes(found.begin(), found.end(), expected.begin(), expected.end()));
  }
  while (!model.empty()) {
    index.Erase(model.begin()->first, model.begin()->second);
    model.erase(model.begin());
  }
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(index.Find(hash(), [](uint32_t) { return true; }).has_value());
  }
}

TEST_F(MemoryParts, AHashIndexOfAMillionTakesNineBytesAnEntry) {
  HashIndex index;
  constexpr uint32_t kEntries = 1000000;
  for (uint32_t i = 0; i < kEntries; ++i) index.Insert(random_(), i);
  EXPECT_LT(index.bytes(), size_t{kEntries} * 9);
}

TEST_F(MemoryParts, AChunkHeapKeepsContentsWhereverTheyMove) {
  ChunkHeap heap;
  std::map<ChunkSlot, std::pair<SubjectSlot, std::string>> model;
  size_t held = 0;
  for (int round = 0; round < 3000; ++round) {
    std::map<ChunkSlot, std::pair<SubjectSlot, std::string>> made;
    std::set<ChunkSlot> dropped;
    for (uint32_t i = Below(20); i > 0; --i) {
      const bool fresh = model.empty() || Below(3) == 0;
      auto it = fresh ? model.end() : model.lower_bound(Below(2000));
      if (!fresh && it == model.end()) it = model.begin();
      const ChunkSlot slot = fresh ? heap.NewSlot() : it->first;
      if (made.contains(slot) || dropped.contains(slot)) continue;
      if (!fresh && Below(4) == 0) {
        heap.Drop(slot);
        dropped.insert(slot);
        continue;
      }
      // Few sizes often, so that many share one; now and then a chunk that stands alone.
      const size_t size = Below(50) == 0 ? Below(20000) : Below(4) * 100 + Below(40);
      const SubjectSlot owner = Below(1000000);
      std::string content(size, static_cast<char>(Below(256)));
      std::copy(content.begin(), content.end(), heap.Make(slot, owner, size));
      made[slot] = {owner, std::move(content)};
    }
    // What is made does not show before it is published.
    for (const auto& [slot, chunk] : model) EXPECT_EQ(heap.Get(slot), chunk.second);
    heap.Publish();
    for (auto& [slot, chunk] : made) model[slot] = std::move(chunk);
    for (const ChunkSlot slot : dropped) model.erase(slot);
    for (const auto& [slot, chunk] : model) EXPECT_EQ(heap.Get(slot), chunk.second);
    heap.Reclaim();
    held = 0;
    for (const auto& [slot, chunk] : model) {
      ASSERT_EQ(heap.Get(slot), chunk.second);
      ASSERT_EQ(heap.OwnerOf(slot), chunk.first);
      held += chunk.second.size();
    }
    // The header of 12 bytes, and rounding to 32.
    ASSERT_LE(heap.bytes(), held + model.size() * 44);
    ASSERT_GE(heap.bytes(), held + model.size() * 12);
  }
}

// Chunk c belongs to subject c % 50.
class ChunksOfFifty final : public ChunkOwners {
 public:
  SubjectId SubjectOf(ChunkSlot chunk) const override { return {.high = 0, .low = chunk % 50 + 1}; }
};

TEST_F(MemoryParts, ATermIndexIsAnOrderedSet) {
  using Place = std::tuple<std::string, SubjectId, ChunkSlot>;
  const ChunksOfFifty owners;
  TermIndex index(owners);
  std::set<Place> model;
  const auto term = [&] {
    switch (Below(4)) {
      case 0:
        return std::string(1 + Below(5), static_cast<char>(Below(2)));  // NULs and ones.
      case 1:
        return std::string("due/2026-11-22");
      case 2:
        return absl::StrCat("msisdn/86", 1000 + Below(3000));
      default:
        return std::string(1 + Below(3), static_cast<char>(Below(3) + 0xfd)) +
               std::string(Below(30), 'x');
    }
  };
  for (int i = 0; i < 60000; ++i) {
    const ChunkSlot chunk = Below(200);
    const SubjectId subject = owners.SubjectOf(chunk);
    if (Below(5) < (i < 30000 ? 4u : 1u)) {
      const std::string wanted = term();
      if (model.emplace(wanted, subject, chunk).second) index.Insert(wanted, subject, chunk);
    } else if (!model.empty()) {
      auto it = model.lower_bound({term(), subject, chunk});
      if (it == model.end()) it = model.begin();
      index.Erase(std::get<0>(*it), std::get<1>(*it), std::get<2>(*it));
      model.erase(it);
    }
    if (i % 500 != 0) continue;
    const std::string first = Below(3) == 0 ? "" : term();
    const std::string limit = Below(3) == 0 ? "" : term();
    const SubjectId from = Below(2) == 0 ? SubjectId() : subject;
    std::vector<Place> found;
    index.Visit(first, from, limit,
                [&](absl::string_view each, SubjectId owner, absl::Span<const ChunkSlot> chunks) {
                  std::set<ChunkSlot> sorted(chunks.begin(), chunks.end());
                  for (const ChunkSlot c : sorted) found.emplace_back(each, owner, c);
                  return true;
                });
    std::vector<Place> expected;
    for (const Place& place : model) {
      const auto& [each, owner, c] = place;
      if (std::pair(each, owner) < std::pair(first, from)) continue;
      if (limit.empty() || each < limit) expected.push_back(place);
    }
    ASSERT_EQ(found, expected);
  }
}

TEST_F(MemoryParts, PackedRecordsReadBack) {
  for (int i = 0; i < 20000; ++i) {
    const auto bytes = [&](uint32_t limit) {
      return std::string(Below(limit), static_cast<char>(Below(256)));
    };
    const auto time = [&]() -> TimeMicros {
      switch (Below(4)) {
        case 0:
          return static_cast<TimeMicros>(random_());  // Any 64 bits.
        case 1:
          return static_cast<TimeMicros>(Below(2000000000)) * 1000000;
        case 2:
          return -static_cast<TimeMicros>(Below(2000000000)) * 1000000;
        default:
          return static_cast<TimeMicros>(Below(2000));
      }
    };
    Record record = {.key = {.subject = {.high = 1, .low = 2},
                             .kind = static_cast<Kind>(Below(65536)),
                             .record_id = "i" + bytes(kMaxRecordIdBytes)},
                     .version = {.event_time = time(), .source_version = random_() >> Below(64)},
                     .recorded_time = time(),
                     .revision = random_() >> Below(64),
                     .payload = bytes(300)};
    for (uint32_t k = Below(4) * Below(20); k > 0; --k) {
      std::string key = "k" + bytes(200);
      // Mostly a key is made of what the fact says.
      for (uint32_t parts = Below(4); parts > 0; --parts) {
        const size_t from = Below(static_cast<uint32_t>(record.payload.size()) + 1);
        key += record.payload.substr(from, Below(50)) + bytes(3);
      }
      record.keys.push_back(std::move(key));
    }
    for (uint32_t t = Below(4) * Below(20); t > 0; --t) {
      record.terms.push_back({.term = "t" + bytes(200)});
      if (Below(2) == 0) record.terms.back().valid_from = time();
      if (Below(2) == 0) record.terms.back().valid_to = time();
    }
    std::string packed = "before";
    PackRecord(record, packed);
    packed += "behind";
    const Entry entry = ParseEntry(packed.data() + 6);
    EXPECT_EQ(entry.bytes.size(), packed.size() - 12);
    EXPECT_EQ(UnpackRecord(record.key.subject, entry), record);
    size_t place = 0;
    for (EntryKeys key(entry.body); !key.done(); key.Next(), ++place) {
      EXPECT_TRUE(key.Is(record.keys[place]));
      EXPECT_FALSE(key.Is(record.keys[place] + "x"));
      EXPECT_FALSE(key.Is(record.keys[place].substr(1)));
    }
    EXPECT_EQ(RevisionOfRecord(entry), record.revision);
    const HistoryEntry history = {.subject = record.key.subject,
                                  .kind = record.key.kind,
                                  .fact_id = record.key.record_id,
                                  .version = record.version,
                                  .revision = record.revision,
                                  .recorded_time = record.recorded_time,
                                  .retired_time = time(),
                                  .deletion = Below(2) == 0,
                                  .payload = record.payload};
    packed.clear();
    PackHistory(history, packed);
    EXPECT_EQ(UnpackHistory(history.subject, ParseEntry(packed.data())), history);
  }
}

TEST_F(MemoryParts, OrderedBytesSortAsTheBytesDo) {
  const auto bytes = [&] {
    std::string made;
    for (uint32_t n = Below(6); n > 0; --n) made.push_back("\0\1\2\xfe\xff"[Below(5)]);
    return made;
  };
  for (int i = 0; i < 50000; ++i) {
    const std::string a = bytes();
    const std::string b = bytes();
    std::string ordered_a;
    std::string ordered_b;
    PutOrdered(a, ordered_a);
    PutOrdered(b, ordered_b);
    // Whatever follows decides only between equal ones.
    EXPECT_EQ(ordered_a + "\xff" < ordered_b, a < b);
    EXPECT_EQ(ordered_a == ordered_b, a == b);
    const char* at = ordered_a.data();
    EXPECT_EQ(TakeOrdered(at), a);
    EXPECT_EQ(at, ordered_a.data() + ordered_a.size());
  }
}

}  // namespace
}  // namespace yilan::storage::memory
