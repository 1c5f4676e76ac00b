#include "core/matching/bulk_match.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/mutex.h"
#include "core/matching/pair_score.h"
#include "core/matching/parallel.h"

namespace yilan::core {
namespace {

// Small enough that threads end together, large enough that a lock for each costs nothing.
constexpr size_t kPieceRecords = 1024;

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
    std::vector<uint32_t> candidates;
    const size_t end = std::min(parties.size(), (piece + 1) * kPieceRecords);
    for (size_t record = piece * kPieceRecords; record < end; ++record) {
      const uint32_t a = static_cast<uint32_t>(record);
      index.Candidates(a, candidates);
      if (candidates.empty()) continue;
      parties.Read(a, left);
      LeaveOutSharedContacts(index.overflowed_keys(), left);
      for (const uint32_t b : candidates) {
        parties.Read(b, right);
        LeaveOutSharedContacts(index.overflowed_keys(), right);
        const PairScore score = ScorePair(model, left, right);
        if (score.probability <= 0 || score.probability < least) continue;
        found[piece].push_back(
            {.a = a, .b = b, .probability = score.probability, .rule = score.rule});
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
