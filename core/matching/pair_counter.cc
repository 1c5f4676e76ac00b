#include "core/matching/pair_counter.h"

#include <algorithm>
#include <atomic>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "core/matching/parallel.h"

namespace yilan::core {
namespace {

constexpr size_t kPiecePairs = 1 << 14;
constexpr size_t kPieceRecords = 1024;
constexpr uint64_t kMostCandidates = 3'000'000;

// A pseudo-random number for each index (SplitMix64, Steele et al. 2014): the draws are the same on
// any number of threads.
uint64_t Draw(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// A number below `limit`, from 32 random bits.
uint32_t Below(uint64_t random_bits, uint64_t limit) {
  return static_cast<uint32_t>(((random_bits & 0xFFFFFFFF) * limit) >> 32);
}

// Pairs by what can be said of them.
struct CountedPairs {
  PatternCounts open;   // The probability decides, or a verified document says that they match.
  PatternCounts never;  // Verified documents or party types say that they do not.
  uint64_t pairs = 0;
};

}  // namespace

PairCounter::PairCounter(const PackedParties& parties, const MatchModel& model,
                         const TrainingOptions& options)
    : parties_(parties),
      options_(options),
      threads_(std::max<size_t>(1, options.threads)),
      index_(BlockIndex::Make(parties, model,
                              {.first_set = options.first_set, .threads = threads_})) {}

double PairCounter::PairsInAll() const {
  const double all = static_cast<double>(parties_.size());
  const double first = static_cast<double>(options_.first_set);
  return options_.first_set > 0 ? first * (all - first) : all * (all - 1) / 2;
}

template <typename PairsOf>
absl::StatusOr<SortedPairs> PairCounter::Count(size_t pieces, double from, double to,
                                               absl::string_view stage, const PairsOf& pairs_of,
                                               uint64_t* pairs) {
  std::vector<CountedPairs> counted(threads_);
  std::atomic<bool> cancelled{false};
  Mutex progress_mutex;
  size_t done = 0;
  ForEachPiece(pieces, threads_, [&](size_t piece, size_t thread) {
    if (cancelled) return;
    PartyView left;
    PartyView right;
    uint64_t left_number = ~uint64_t{0};
    CountedPairs& counts = counted[thread];
    pairs_of(piece, [&](uint32_t a, uint32_t b) {
      if (a != left_number) {
        parties_.Read(a, left);
        LeaveOutSharedContacts(index_.overflowed_keys(), left);
        left_number = a;
      }
      parties_.Read(b, right);
      LeaveOutSharedContacts(index_.overflowed_keys(), right);
      const PartyComparison found = CompareParties(left, right);
      ++counts.pairs;
      if (found.different_party_types || found.different_verified_documents) {
        counts.never.Add(PatternOf(found));
      } else {
        counts.open.Add(PatternOf(found));
      }
    });
    if (!options_.progress) return;
    MutexLock lock(progress_mutex);
    ++done;
    const double part = static_cast<double>(done) / static_cast<double>(pieces);
    if (!options_.progress(from + (to - from) * part, stage)) cancelled = true;
  });
  if (cancelled) return absl::CancelledError("the training was cancelled");
  for (size_t thread = 1; thread < threads_; ++thread) {
    counted[0].open.Add(counted[thread].open);
    counted[0].never.Add(counted[thread].never);
    counted[0].pairs += counted[thread].pairs;
  }
  if (pairs != nullptr) *pairs += counted[0].pairs;
  return SortedPairs{.open = counted[0].open.Sorted(), .never = counted[0].never.Sorted()};
}

absl::StatusOr<SortedPairs> PairCounter::CountRandomPairs() {
  const uint64_t size = parties_.size();
  uint64_t drawn = 0;
  const absl::string_view stage = "comparing random pairs";
  absl::StatusOr<SortedPairs> counted;
  if (PairsInAll() <= static_cast<double>(options_.most_random_pairs)) {
    // All there are, record by record.
    counted = Count(
        size, 0.05, 0.3, stage,
        [&](size_t piece, const auto& add) {
          const uint32_t a = static_cast<uint32_t>(piece);
          for (uint32_t b = a + 1; b < size; ++b) {
            if (index_.AreOfPair(a, b)) add(a, b);
          }
        },
        &drawn);
  } else {
    const size_t pieces = options_.most_random_pairs / kPiecePairs + 1;
    counted = Count(
        pieces, 0.05, 0.3, stage,
        [&](size_t piece, const auto& add) {
          const uint64_t begin = piece * kPiecePairs;
          const uint64_t end = std::min<uint64_t>(begin + kPiecePairs, options_.most_random_pairs);
          for (uint64_t i = begin; i < end; ++i) {
            const uint64_t bits = Draw(options_.seed, i);
            const uint64_t first = options_.first_set > 0 ? options_.first_set : size;
            const uint32_t a = Below(bits, first);
            uint32_t b = options_.first_set > 0 ? static_cast<uint32_t>(options_.first_set) +
                                                      Below(bits >> 32, size - options_.first_set)
                                                : Below(bits >> 32, size - 1);
            if (options_.first_set == 0 && b >= a) ++b;
            add(a, b);
          }
        },
        &drawn);
  }
  random_pairs_ = drawn;
  return counted;
}

absl::StatusOr<SortedPairs> PairCounter::CountBlock(v1::BlockingRule rule, double from, double to) {
  // Blocks are in the order of hashes: the first ones are as good as drawn.
  const BlockIndex::Range range = index_.BlocksOf(rule);
  uint32_t end = range.begin;
  for (uint64_t pairs = 0; end < range.end && pairs < options_.most_pairs_per_rule; ++end) {
    const uint64_t members = index_.Members(end).size();
    pairs += members * (members - 1) / 2;
  }
  const size_t blocks = end - range.begin;
  uint64_t counted_pairs = 0;
  absl::StatusOr<SortedPairs> counted =
      Count((blocks + kPieceRecords - 1) / kPieceRecords, from, to, "comparing pairs of blocks",
            [&](size_t piece, const auto& add) {
              const size_t last = std::min(blocks, (piece + 1) * kPieceRecords);
              for (size_t i = piece * kPieceRecords; i < last; ++i) {
                const absl::Span<const uint32_t> members =
                    index_.Members(range.begin + static_cast<uint32_t>(i));
                for (size_t x = 0; x < members.size(); ++x) {
                  for (size_t y = x + 1; y < members.size(); ++y) {
                    if (index_.AreOfPair(members[x], members[y])) add(members[x], members[y]);
                  }
                }
              }
            },
            &counted_pairs);
  blocked_pairs_ += counted_pairs;
  return counted;
}

absl::StatusOr<SortedPairs> PairCounter::CountCandidates() {
  // Every so many records, so that at most kMostCandidates are compared.
  uint64_t pairs = 0;
  for (int rule = 0; rule < v1::BlockingRule_ARRAYSIZE; ++rule) {
    const BlockIndex::Range range = index_.BlocksOf(static_cast<v1::BlockingRule>(rule));
    for (uint32_t block = range.begin; block < range.end; ++block) {
      const uint64_t members = index_.Members(block).size();
      pairs += members * (members - 1) / 2;
    }
  }
  const uint64_t step = pairs / kMostCandidates + 1;
  candidate_scale_ = static_cast<double>(step);
  const size_t size = parties_.size();
  return Count((size + kPieceRecords - 1) / kPieceRecords, 0.7, 0.85, "comparing candidates",
               [&](size_t piece, const auto& add) {
                 std::vector<uint32_t> candidates;
                 const size_t end = std::min(size, (piece + 1) * kPieceRecords);
                 for (size_t record = piece * kPieceRecords; record < end; ++record) {
                   if (step > 1 && Draw(options_.seed + 1, record) % step != 0) continue;
                   const uint32_t a = static_cast<uint32_t>(record);
                   index_.Candidates(a, candidates);
                   for (const uint32_t b : candidates) add(a, b);
                 }
               },
               nullptr);
}

}  // namespace yilan::core
