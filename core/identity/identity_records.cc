#include "core/identity/identity_records.h"

#include <algorithm>
#include <limits>

#include "absl/base/casts.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/identity/own_customers.h"

namespace yilan::core {
namespace {

using storage::CustomerId;
using storage::Record;
using storage::RecordKey;
using storage::SubjectId;
using yilan::storage::v1::StoredIdentityEdge;
using yilan::storage::v1::StoredIdentityEvent;

constexpr char kBlockPrefix = 'b';
constexpr char kEdgePrefix = 'e';
constexpr char kEventPrefix = 'h';  // History.
constexpr char kPendingPrefix = 'p';
constexpr char kReviewPrefix = 'r';
constexpr char kClaimPrefix = 's';  // Steward.

constexpr size_t kEntriesPerLookup = 256;

std::string BigEndian(uint64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

// Eight bytes that sort the other way round. Numbers that are not negative sort as their bits do.
std::string MostProbableFirst(double probability) {
  return BigEndian(~absl::bit_cast<uint64_t>(std::max(probability, 0.0)));
}

}  // namespace

std::pair<std::string, std::string> ReviewTerms() {
  return {std::string(1, kReviewPrefix), std::string(1, kReviewPrefix + 1)};
}

std::pair<std::string, std::string> ClaimTerms(const std::string& steward) {
  // Names hold no NUL.
  std::string first = absl::StrCat(absl::string_view(&kClaimPrefix, 1), steward);
  return {first + '\0', first + '\1'};
}

std::string NameOfPair(const SubjectPair& pair) {
  return absl::StrCat(pair.first.ToString(), "-", pair.second.ToString());
}

std::optional<SubjectPair> PairOfName(absl::string_view name) {
  const std::vector<std::string> ids = absl::StrSplit(name, '-');
  if (ids.size() != 2) return std::nullopt;
  const auto first = SubjectId::FromString(ids[0]);
  const auto second = SubjectId::FromString(ids[1]);
  if (!first.has_value() || !second.has_value() || !(*first < *second)) return std::nullopt;
  return SubjectPair{*first, *second};
}

std::pair<std::string, std::string> EdgeTerms() {
  return {std::string(1, kEdgePrefix), std::string(1, kEdgePrefix + 1)};
}

std::string EdgeTerm(SubjectId subject) {
  std::string term(1, kEdgePrefix);
  subject.AppendTo(term);
  return term;
}

RecordKey EdgeRecordKey(const SubjectPair& pair) {
  return {pair.first, kIdentityEdgeKind, BytesOf(pair.second)};
}

SubjectPair PairOfEdge(const RecordKey& key) {
  return {key.subject, SubjectId::FromBytes(key.record_id)};
}

Record EdgeRecord(const SubjectPair& pair, const StoredIdentityEdge& edge, TimeMicros now) {
  Record record;
  record.key = EdgeRecordKey(pair);
  record.recorded_time = now;
  record.payload = edge.SerializeAsString();
  record.terms = {{EdgeTerm(pair.first)}, {EdgeTerm(pair.second)}};
  if (edge.has_review()) {
    const std::string rank = MostProbableFirst(edge.score().probability());
    record.terms.push_back({ReviewTerms().first + rank});
    if (const std::string& steward = edge.review().claimed_by(); !steward.empty()) {
      record.terms.push_back({ClaimTerms(steward).first + rank});
    }
  }
  return record;
}

absl::StatusOr<std::vector<std::vector<SubjectPair>>> PairsOf(
    storage::Reader& reader, absl::Span<const SubjectId> subjects) {
  std::vector<std::string> terms;
  terms.reserve(subjects.size());
  for (const SubjectId subject : subjects) terms.push_back(EdgeTerm(subject));
  ASSIGN_OR_RETURN(std::vector<std::vector<RecordKey>> records,
                   reader.FindByTerms(terms, kEntriesPerLookup));
  std::vector<std::vector<SubjectPair>> pairs(subjects.size());
  for (size_t i = 0; i < subjects.size(); ++i) {
    // Of the few that have more.
    while (records[i].size() >= kEntriesPerLookup && records[i].size() % kEntriesPerLookup == 0) {
      storage::TermCursor cursor{terms[i], records[i].back()};
      ASSIGN_OR_RETURN(const auto more,
                       reader.FindByTerm(terms[i], terms[i] + '\0', cursor, kEntriesPerLookup));
      if (more.empty()) break;
      for (const storage::TermEntry& entry : more) records[i].push_back(entry.record);
    }
    for (const RecordKey& record : records[i]) pairs[i].push_back(PairOfEdge(record));
  }
  return pairs;
}

yilan::storage::v1::StoredPairScore StoredScore(const PairScore& score, const MatchModel& model) {
  yilan::storage::v1::StoredPairScore stored;
  stored.set_probability(score.probability);
  stored.set_rule(score.rule);
  stored.set_model_version(model.version());
  return stored;
}

bool Refers(const StoredIdentityEdge& edge) {
  return edge.references_to_second() != 0 || edge.references_to_first() != 0;
}

bool IsEmpty(const StoredIdentityEdge& edge) {
  return !Refers(edge) && !edge.has_score() && edge.steward_merge().empty();
}

int64_t ReferencesFrom(const StoredIdentityEdge& edge, const SubjectPair& pair, SubjectId from) {
  return from == pair.first ? edge.references_to_second() : edge.references_to_first();
}

void AddVerifiedDocument(const DocumentFeature& document, yilan::storage::v1::Subject& subject) {
  yilan::storage::v1::VerifiedDocument stored;
  stored.set_scheme(static_cast<uint32_t>(document.scheme));
  stored.set_digest(FactId("", document.value));
  *subject.add_verified_documents() = std::move(stored);
}

Record EventRecord(IdentityEventId id, SubjectId subject, const StoredIdentityEvent& event) {
  Record record;
  record.key = {subject, kIdentityEventKind, BytesOf(id)};
  record.recorded_time = event.recorded_time_micros();
  record.payload = event.SerializeAsString();
  record.keys = {EventKey(id)};
  for (const std::string& customer : {event.from_customer(), event.into_customer()}) {
    if (customer.empty()) continue;
    std::string term = absl::StrCat(absl::string_view(&kEventPrefix, 1), customer, BytesOf(id));
    if (record.terms.empty() || record.terms.front().term != term) {
      record.terms.push_back({std::move(term)});
    }
  }
  return record;
}

std::pair<std::string, std::string> EventTerms(CustomerId customer) {
  std::string first(1, kEventPrefix);
  customer.AppendTo(first);
  // Ids of events begin with the milliseconds of their time: none reaches 0xff.
  std::string limit = first + '\xff';
  return {std::move(first), std::move(limit)};
}

std::string EventKey(IdentityEventId id) {
  return absl::StrCat(absl::string_view(&kEventPrefix, 1), BytesOf(id));
}

Record SubjectRecord(SubjectId subject, std::vector<std::string> keys,
                     const yilan::storage::v1::Subject& stored, TimeMicros now) {
  Record record;
  record.key = {subject, kSubjectKind, kSubjectRecordId};
  record.recorded_time = now;
  record.payload = stored.SerializeAsString();
  record.keys = std::move(keys);
  if (stored.has_resolve_pending_since_micros()) {
    record.terms.push_back({PendingTerm(stored.resolve_pending_since_micros())});
  }
  return record;
}

std::string UndoneKey(IdentityEventId merge) { return absl::StrCat("u", BytesOf(merge)); }

std::string PendingTerm(TimeMicros since) {
  return absl::StrCat(absl::string_view(&kPendingPrefix, 1),
                      BigEndian(static_cast<uint64_t>(std::max<TimeMicros>(since, 0))));
}

std::pair<std::string, std::string> PendingTerms(TimeMicros before) {
  return {std::string(1, kPendingPrefix), PendingTerm(before)};
}

std::string BlockTerm(BlockingKey key) {
  return absl::StrCat(absl::string_view(&kBlockPrefix, 1), BlockingTerm(key));
}

RecordKey OverflowedBlockKey(BlockingKey key) {
  return {OwnSubject(OwnPlace::kBlocks, OverflowedBlockSlot(key)), kOverflowedBlockKind,
          BlockingTerm(key)};
}

CustomerId OverflowedBlockCustomer(BlockingKey key) {
  return OwnCustomer(OwnPlace::kBlocks, OverflowedBlockSlot(key));
}

uint64_t OverflowedBlockSlot(BlockingKey key) { return key % storage::kFeedPartitions; }

RecordKey ConflictRecordKey(SubjectId subject, const v1::SubjectReference& reference) {
  return {subject, kIdentityConflictKind, FactId("", SubjectKey(reference))};
}

absl::StatusOr<v1::SubjectReference> NameOf(storage::Reader& reader, SubjectId subject) {
  ASSIGN_OR_RETURN(const storage::Record record,
                   reader.Get({subject, kSubjectKind, kSubjectRecordId}));
  yilan::storage::v1::Subject stored;
  if (!stored.ParseFromString(record.payload) || stored.references().empty()) {
    return absl::DataLossError("the record of a subject does not parse");
  }
  return stored.references(0);
}

absl::StatusOr<absl::flat_hash_map<SubjectId, v1::SubjectReference>> NamesOf(
    storage::Reader& reader, std::vector<SubjectId> subjects) {
  std::sort(subjects.begin(), subjects.end());
  subjects.erase(std::unique(subjects.begin(), subjects.end()), subjects.end());
  std::vector<RecordKey> keys;
  keys.reserve(subjects.size());
  for (const SubjectId subject : subjects)
    keys.push_back({subject, kSubjectKind, kSubjectRecordId});
  absl::flat_hash_map<SubjectId, v1::SubjectReference> names;
  RETURN_IF_ERROR(reader.GetMany(keys, [&](const storage::RecordView& view) -> absl::Status {
    yilan::storage::v1::Subject stored;
    if (!stored.ParseFromArray(view.payload.data(), static_cast<int>(view.payload.size())) ||
        stored.references().empty()) {
      return absl::DataLossError("the record of a subject does not parse");
    }
    names.emplace(view.subject, stored.references(0));
    return absl::OkStatus();
  }));
  if (names.size() != subjects.size()) {
    return absl::DataLossError("a subject has no record of its own");
  }
  return names;
}

std::string ClusterName(const yilan::storage::v1::Subject& subject) {
  return subject.references().empty() ? "" : SubjectKey(subject.references(0));
}

}  // namespace yilan::core
