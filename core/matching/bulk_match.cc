#include "core/matching/bulk_match.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/mutex.h"
#include "core/matching/pair_scorer.h"
#include "core/matching/parallel.h"

namespace yilan::core {
namespace {

// Small enough that threads end together, large enough that a lock for each costs nothing.
constexpr size_t kPieceRecords = 1024;
// Candidates whose records are on their way from memory while another is compared.
constexpr size_t kAhead = 3;

}  // namespace

absl::StatusOr<BulkResult> BulkMatch(const MatchModel& model, const PackedParties& parties,
                                     const BulkOptions& options) {
  const BlockIndex index = BlockIndex::Make(
      parties, model, {.first_set = options.first_set, .threads = options.threads});
  const double least =
      options.least_probability > 0 ? options.least_probability : model.review_probability();
  const size_t pieces = (parties.size() + kPieceRecords - 1) / kPieceRecords;
  std::vector<std::vector<ScoredPair>> found(pieces);
  std::atomic<uint64_t> compared{0};
  std::atomic<bool> cancelled{false};
  Mutex progress_mutex;
  size_t done = 0;
  ForEachPiece(pieces, std::max<size_t>(1, options.threads), [&](size_t piece, size_t) {
    if (cancelled) return;
    PartyView left;
    PartyView right;
    PairScorer scorer(model, least);
    std::vector<uint32_t> candidates;
    const size_t end = std::min(parties.size(), (piece + 1) * kPieceRecords);
    for (size_t record = piece * kPieceRecords; record < end; ++record) {
      const uint32_t a = static_cast<uint32_t>(record);
      index.Candidates(a, candidates);
      if (candidates.empty()) continue;
      parties.Read(a, left);
      if (index.MayShareContacts(a)) LeaveOutSharedContacts(index.overflowed_keys(), left);
      for (size_t i = 0; i < candidates.size(); ++i) {
        const uint32_t b = candidates[i];
        if (i + kAhead < candidates.size()) parties.Prefetch(candidates[i + kAhead]);
        const PackedParties::Rest rest = parties.ReadHead(b, right);
        if (index.MayShareContacts(b)) LeaveOutSharedContacts(index.overflowed_keys(), right);
        const bool have_addresses = rest.has_addresses() && !left.addresses.empty();
        if (!scorer.MayMatter(left, right, have_addresses)) continue;
        PackedParties::ReadAddresses(rest, right);
        const PairScore* score = scorer.Score(left, right);
        if (score == nullptr) continue;
        found[piece].push_back(
            {.a = a, .b = b, .probability = score->probability, .rule = score->rule});
      }
      compared += candidates.size();
    }
    if (!options.progress) return;
    MutexLock lock(progress_mutex);
    ++done;
    if (!options.progress(static_cast<double>(done) / static_cast<double>(pieces))) {
      cancelled = true;
    }
  });
  if (cancelled) return absl::CancelledError("bulk matching was cancelled");
  BulkResult result;
  result.compared = compared;
  result.overflowed = index.overflowed();
  size_t pairs = 0;
  for (const std::vector<ScoredPair>& piece : found) pairs += piece.size();
  result.pairs.reserve(pairs);
  for (std::vector<ScoredPair>& piece : found) {
    result.pairs.insert(result.pairs.end(), piece.begin(), piece.end());
    std::vector<ScoredPair>().swap(piece);
  }
  return result;
}

}  // namespace yilan::core
