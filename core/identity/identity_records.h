// How identity is stored: what is between two subjects, what happened to customers, and which
// blocks are too large. Nothing outside this file knows these keys and terms.
#ifndef YILAN_CORE_IDENTITY_IDENTITY_RECORDS_H_
#define YILAN_CORE_IDENTITY_IDENTITY_RECORDS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/matching/blocking.h"
#include "core/matching/match_model.h"
#include "core/matching/pair_score.h"
#include "core/matching/party_features.h"
#include "storage/record_store.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {

struct IdentityEventTag;
using IdentityEventId = Id<IdentityEventTag>;

// Two subjects, the one whose id comes first as `first`.
struct SubjectPair {
  storage::SubjectId first;
  storage::SubjectId second;

  static SubjectPair Of(storage::SubjectId a, storage::SubjectId b) {
    return a < b ? SubjectPair{a, b} : SubjectPair{b, a};
  }
  storage::SubjectId Other(storage::SubjectId one) const { return one == first ? second : first; }

  friend auto operator<=>(const SubjectPair&, const SubjectPair&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SubjectPair& pair) {
    return H::combine(std::move(h), pair.first, pair.second);
  }
};

// Edges: one record for each pair, under its first subject; found from either end.
storage::RecordKey EdgeRecordKey(const SubjectPair& pair);
SubjectPair PairOfEdge(const storage::RecordKey& key);
storage::Record EdgeRecord(const SubjectPair& pair,
                           const yilan::storage::v1::StoredIdentityEdge& edge, TimeMicros now);
// For each of `subjects` the pairs of all its edges, sorted. Errors: those of the reader.
absl::StatusOr<std::vector<std::vector<SubjectPair>>> PairsOf(
    storage::Reader& reader, absl::Span<const storage::SubjectId> subjects);
// The range of terms of all edges, and the term under which those of one subject are found.
std::pair<std::string, std::string> EdgeTerms();
std::string EdgeTerm(storage::SubjectId subject);
// The range of terms of the edges that wait for a steward, the most probable first; and of those
// that this steward has taken on, also if that is over.
std::pair<std::string, std::string> ReviewTerms();
std::pair<std::string, std::string> ClaimTerms(const std::string& steward);
// The 16 bytes of an id, as stored messages keep it.
template <typename IdType>
std::string BytesOf(IdType id) {
  std::string bytes;
  id.AppendTo(bytes);
  return bytes;
}

// How a pair is called: both ids. Nothing when `name` is none.
std::string NameOfPair(const SubjectPair& pair);
std::optional<SubjectPair> PairOfName(absl::string_view name);
// A score of two source records, as their edge keeps it.
yilan::storage::v1::StoredPairScore StoredScore(const PairScore& score, const MatchModel& model);
// Whether a fact of one of its ends names the other.
bool Refers(const yilan::storage::v1::StoredIdentityEdge& edge);
// Whether nothing is left that an edge is kept for.
bool IsEmpty(const yilan::storage::v1::StoredIdentityEdge& edge);
// How many facts of `from` name the other subject of the pair.
int64_t ReferencesFrom(const yilan::storage::v1::StoredIdentityEdge& edge, const SubjectPair& pair,
                       storage::SubjectId from);

// The number of a verified document, as the subject whose record states it keeps it.
void AddVerifiedDocument(const DocumentFeature& document, yilan::storage::v1::Subject& subject);

// Events, by the customers that they concern and by time.
storage::Record EventRecord(IdentityEventId id, storage::SubjectId subject,
                            const yilan::storage::v1::StoredIdentityEvent& event);
// The range of terms under which the events of a customer stand, the oldest first.
std::pair<std::string, std::string> EventTerms(storage::CustomerId customer);
// The key of an event, which is unique over the store.
std::string EventKey(IdentityEventId id);
// The key that says that a merge was undone; held by the event that undid it.
std::string UndoneKey(IdentityEventId merge);

// A subject's own record. A subject that waits to be resolved is found by a term, in the order of
// the moments since which they do.
storage::Record SubjectRecord(storage::SubjectId subject, std::vector<std::string> keys,
                              const yilan::storage::v1::Subject& record, TimeMicros now);
std::string PendingTerm(TimeMicros since);
// The range of terms of those that have waited since before `before`.
std::pair<std::string, std::string> PendingTerms(TimeMicros before);

// The term of a blocking key, and the record that says that its block is too large.
std::string BlockTerm(BlockingKey key);
storage::RecordKey OverflowedBlockKey(BlockingKey key);
storage::CustomerId OverflowedBlockCustomer(BlockingKey key);
uint64_t OverflowedBlockSlot(BlockingKey key);  // Of OwnPlace::kBlocks.

// The record that says that a reference of a subject was not followed.
storage::RecordKey ConflictRecordKey(storage::SubjectId subject,
                                     const v1::SubjectReference& reference);

// What a subject was called when it first became known. Errors: DATA_LOSS; those of the reader.
absl::StatusOr<v1::SubjectReference> NameOf(storage::Reader& reader, storage::SubjectId subject);
// What the sources call subjects that are there: the first name of each. Errors: DATA_LOSS when one
// is not there after all; those of the reader.
absl::StatusOr<absl::flat_hash_map<storage::SubjectId, v1::SubjectReference>> NamesOf(
    storage::Reader& reader, std::vector<storage::SubjectId> subjects);

// The name by which a subject is known in clusters: the first under which it became known.
std::string ClusterName(const yilan::storage::v1::Subject& subject);

}  // namespace yilan::core

#endif  // YILAN_CORE_IDENTITY_IDENTITY_RECORDS_H_
