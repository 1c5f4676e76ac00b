// How facts and subjects are named in the record store. Nothing outside this file knows these
// bytes.
//
// Source systems, keys and identifiers hold no NUL (core/validation refuses it), so NUL separates.
#ifndef YILAN_CORE_FACTS_KEYS_H_
#define YILAN_CORE_FACTS_KEYS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "storage/record.h"
#include "yilan/v1/fact_source.pb.h"
#include "yilan/v1/identifier.pb.h"

namespace yilan::core {

// Kinds of Yilan's own records: the field numbers in yilan.storage.v1.StoredRecord. Facts have
// their numbers in yilan.v1.Fact.
inline constexpr storage::Kind kSubjectKind = 1;
inline constexpr storage::Kind kTombstoneKind = 2;
inline constexpr storage::Kind kIdentityConflictKind = 3;
inline constexpr storage::Kind kQuarantinedFactKind = 4;
inline constexpr storage::Kind kSurvivorshipRulesKind = 6;
inline constexpr storage::Kind kIdentityEdgeKind = 7;
inline constexpr storage::Kind kIdentityEventKind = 8;
inline constexpr storage::Kind kOverflowedBlockKind = 9;
inline constexpr storage::Kind kFirstFactKind = 10;
inline constexpr storage::Kind kQualityScorecardKind = 1000;
inline constexpr storage::Kind kQualityComputationKind = 1001;
inline constexpr storage::Kind kMatchModelKind = 1002;
inline constexpr storage::Kind kActiveModelKind = 1003;
inline constexpr storage::Kind kModelOperationKind = 1004;

// The unique key of a fact; held by its record, or by its tombstone.
std::string FactKey(storage::Kind kind, absl::string_view source_system, absl::string_view key);

// The unique key of a subject under one of its names; held by the subject's own record, or for a
// billing account by the record of the account. `reference.source_system()` must be filled in.
std::string SubjectKey(const v1::SubjectReference& reference);

// What a fact keeps over all its versions: 16 bytes.
std::string FactId(absl::string_view source_system, absl::string_view key);

// The record id of a fact: 16 bytes that sort the newest first. `fact_id` is FactId of the fact.
std::string FactRecordId(TimeMicros occurrence_time, absl::string_view fact_id);
// The first record id of facts that happened at `time` or earlier.
std::string FirstRecordIdAt(TimeMicros time);
// The occurrence time in a record id, cut to kMinTime … kMaxTime. `record_id` is of FactRecordId.
TimeMicros OccurrenceTimeOf(absl::string_view record_id);

// The record id of the one kSubjectKind record of a subject.
inline constexpr char kSubjectRecordId[] = "s";

// Term under which the holders of an identifier are found. `value` in any usual way of writing.
std::string IdentifierTerm(v1::IdentifierType type, absl::string_view value);
// Adds that term, with the period in which it holds, unless it is there or the value says nothing:
// "-" normalizes to nothing, and would be shared by strangers.
void AddIdentifierTerm(v1::IdentifierType type, absl::string_view value, TimeMicros valid_from,
                       TimeMicros valid_to, std::vector<storage::Term>& terms);

// Terms of a name: one for the whole name and one for each further word, so that a prefix of any
// word finds it.
std::vector<std::string> NameTerms(absl::string_view name);
// The range of terms that begin with `prefix`: [first, limit).
struct TermRange {
  std::string first;
  std::string limit;
};
TermRange NamePrefixRange(absl::string_view prefix);

// The version of a stored thing as an etag, and back; nothing when `etag` is not one.
std::string EtagOf(storage::Revision revision);
std::optional<storage::Revision> RevisionOf(absl::string_view etag);

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_KEYS_H_
