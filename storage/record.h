// The data of the record store: ids, records and what else a backend keeps.
//
// Every id, key, term and payload is opaque bytes, compared bytewise: NUL is a byte like another,
// and upper and lower case differ. The limits below are equal on every backend; what exceeds one is
// refused with RESOURCE_EXHAUSTED, never cut.
#ifndef YILAN_STORAGE_RECORD_H_
#define YILAN_STORAGE_RECORD_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/ids.h"

namespace yilan::storage {

struct CustomerTag;
struct SubjectTag;
using CustomerId = Id<CustomerTag>;  // A set of subjects that are one and the same.
using SubjectId =
    Id<SubjectTag>;  // One source system's idea of a customer; owns its records for ever.

using Kind = uint16_t;      // What a payload is: a field number in the registry of entities
                            // (core/facts); never reused.
using Revision = uint64_t;  // Counts the committed writes of one customer, from 1; never reused. 0:
                            // never written.

inline constexpr size_t kMaxRecordIdBytes = 64;
inline constexpr size_t kMaxKeyBytes = 512;
inline constexpr size_t kMaxTermBytes = 512;
inline constexpr size_t kMaxPayloadBytes = size_t{1} << 20;
inline constexpr size_t kMaxKeysPerRecord = 64;
inline constexpr size_t kMaxTermsPerRecord = 256;
inline constexpr size_t kMaxMembers = 1000;  // Subjects of one customer.
inline constexpr size_t kMaxActorBytes = 256;
inline constexpr size_t kMaxRequestIdBytes = 64;
inline constexpr size_t kMaxFingerprintBytes = 64;

// The change feed is cut into partitions by customer; within one it is gapless and in commit order.
inline constexpr int kFeedPartitions = 16;
inline int FeedPartitionOf(CustomerId customer) {
  return static_cast<int>(customer.low % kFeedPartitions);
}

// Records of one subject are ordered by (kind, record_id).
struct RecordKey {
  SubjectId subject;
  Kind kind = 0;
  std::string record_id;  // 1 to kMaxRecordIdBytes bytes.

  friend auto operator<=>(const RecordKey&, const RecordKey&) = default;
};

// A non-unique index entry that leads to its record: "this number, in this period".
struct Term {
  std::string term;                  // 1 to kMaxTermBytes bytes.
  TimeMicros valid_from = kMinTime;  // The entry says nothing about times before this …
  TimeMicros valid_to =
      kMaxTime;  // … or from this time on. The store keeps the period; only readers interpret it.

  friend bool operator==(const Term&, const Term&) = default;
};

// Where a version of a fact stands among the versions of the same fact: by event time, then by the
// source's own sequence.
struct Version {
  TimeMicros event_time = 0;    // When it became true, says the source.
  uint64_t source_version = 0;  // The source's sequence; 0 when it keeps none.

  friend auto operator<=>(const Version&, const Version&) = default;
};

// One stored record.
struct Record {
  RecordKey key;
  Version version;
  TimeMicros recorded_time = 0;  // When Yilan learnt it.
  Revision revision = 0;  // What NextRevision() of the customer was when this record was last put.
                          // Set by the store.
  std::string payload;    // Serialized message of `key.kind`; 0 to kMaxPayloadBytes bytes.
  std::vector<std::string>
      keys;  // Unique over the whole store, each held by one record at a time. Sorted by the store.
  std::vector<Term> terms;  // Non-unique. One term at most once per record. Sorted by the store.

  friend bool operator==(const Record&, const Record&) = default;
};

// A record as a visitor sees it: the bytes live only during the visit. Keys and terms are not
// shown.
struct RecordView {
  SubjectId subject;
  Kind kind = 0;
  absl::string_view record_id;
  Version version;
  TimeMicros recorded_time = 0;
  Revision revision = 0;
  absl::string_view payload;
};

// A version of a fact that is no longer current: superseded, deleted, or late and older than the
// current one. History is ordered by (subject, kind, fact_id, version, revision); writing an entry
// with the same five replaces it.
struct HistoryEntry {
  SubjectId subject;
  Kind kind = 0;
  std::string fact_id;  // What stays the same over all versions of one fact (its record id may
                        // not); 1 to kMaxRecordIdBytes bytes.
  Version version;
  Revision revision = 0;  // The record's revision when this version was current; 0 if it never was.
  TimeMicros recorded_time = 0;  // When Yilan learnt it.
  TimeMicros retired_time = 0;   // When it stopped being current, by Yilan's clock; equal to
                                 // recorded_time if it never was.
  bool deletion =
      false;  // This version says that the fact is gone; the payload is empty or says why.
  std::string payload;

  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

// What changed in one record within one commit: the last thing done to it, in the feed entry of the
// customer that held its subject then.
struct RecordChange {
  RecordKey key;
  bool deleted = false;

  friend auto operator<=>(const RecordChange&, const RecordChange&) = default;
};

// One entry of the change feed: what one commit did to one customer. It carries no payload. History
// added is not listed. The entries of one commit follow each other in order of customer.
struct Change {
  int partition = 0;      // 0 to kFeedPartitions - 1: FeedPartitionOf(customer).
  uint64_t sequence = 0;  // From 1 within the partition, no gaps, in commit order.
  CustomerId customer;
  Revision revision = 0;  // The customer's revision that this commit made.
  TimeMicros recorded_time = 0;
  std::string actor;       // Who wrote: the client's identity. 0 to kMaxActorBytes bytes.
  std::string request_id;  // Empty when the write had none.
  std::vector<RecordChange> records;   // Sorted by key, one entry per record.
  bool members_changed = false;        // Subjects joined or left the customer.
  std::optional<CustomerId> redirect;  // Where this commit pointed the customer, all of whose
                                       // members it had moved away.

  friend bool operator==(const Change&, const Change&) = default;
};

// How far one partition of the feed reaches: the changes after `trimmed` up to and including `end`
// are there.
struct FeedBounds {
  int partition = 0;
  uint64_t trimmed = 0;
  uint64_t end = 0;

  friend bool operator==(const FeedBounds&, const FeedBounds&) = default;
};

// One client's request, remembered so that a replay returns the first answer.
struct RequestKey {
  std::string client;      // The scope of the id: who sent it. 0 to kMaxActorBytes bytes.
  std::string request_id;  // 1 to kMaxRequestIdBytes bytes.

  friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
};
struct StoredRequest {
  std::string fingerprint;  // Digest of the request, to tell a replay from another request under
                            // the same id. 0 to kMaxFingerprintBytes bytes.
  std::string response;     // Serialized response; up to kMaxPayloadBytes.
  TimeMicros recorded_time = 0;

  friend bool operator==(const StoredRequest&, const StoredRequest&) = default;
};

// A customer's row.
struct CustomerState {
  CustomerId customer;
  Revision revision = 0;
  std::vector<SubjectId> members;  // Sorted. Empty when all were moved away.
  std::optional<CustomerId>
      redirect;  // Where to look instead, once its members were moved into another customer.

  friend bool operator==(const CustomerState&, const CustomerState&) = default;
};

}  // namespace yilan::storage

#endif  // YILAN_STORAGE_RECORD_H_
