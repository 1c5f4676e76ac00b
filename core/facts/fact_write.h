// One fact on its way into the store: parsed, checked and named.
#ifndef YILAN_CORE_FACTS_FACT_WRITE_H_
#define YILAN_CORE_FACTS_FACT_WRITE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "core/facts/fact_kinds.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "storage/record.h"
#include "yilan/v1/fact.pb.h"
#include "yilan/v1/write_result.pb.h"

namespace yilan::core {

struct FactWrite {
  const FactKind* kind = nullptr;
  // The fact, owned by the caller's arena; null for a deletion. Output-only fields are clear,
  // event_time is set.
  google::protobuf::Message* fact = nullptr;
  std::string fact_key;
  std::string fact_id;
  storage::Version version;
  bool event_time_given = false;  // Otherwise version.event_time is the moment of receipt.
  v1::SubjectReference subject;   // Nothing set: the fact names none.
  std::vector<v1::SubjectReference> references;

  // Only of single writes.
  const google::protobuf::FieldMask* update_mask = nullptr;  // Null or empty: the whole fact.
  std::optional<storage::Revision> expected_revision;  // The record's etag; 0 matches no record.
};

// What became of a write; `status` is an error of this fact alone.
struct FactWriteResult {
  absl::Status status;
  v1::WriteOutcome outcome = v1::WRITE_OUTCOME_UNSPECIFIED;
  bool identity_conflict = false;
  bool resolve_pending = false;              // The subject waits to be resolved.
  std::optional<storage::RecordKey> record;  // The fact's current record; nothing after a deletion.
  storage::SubjectId subject;
};

// Makes a write of a fact message, which must live as long as the write. The FieldRules of the
// message were checked, with paths that begin with `path`; this adds the rules of its kind. Errors:
// INVALID_FIELDS.
absl::StatusOr<FactWrite> PrepareWrite(const FactKind& kind, google::protobuf::Message& fact,
                                       absl::string_view path, TimeMicros now);
// The same for a part of a fact, to be laid over the stored one by an update mask: the rules of the
// kind are checked on the whole.
FactWrite PreparePartialWrite(const FactKind& kind, google::protobuf::Message& fact,
                              TimeMicros now);
absl::StatusOr<FactWrite> PrepareDeletion(const v1::FactDeletion& deletion, TimeMicros now);

// Parses and checks the bytes of a yilan.v1.Fact; what it makes lives on `arena`. Errors:
// MALFORMED_MESSAGE, INVALID_FIELDS.
absl::StatusOr<FactWrite> ParseFactWrite(absl::string_view bytes, TimeMicros now,
                                         google::protobuf::Arena& arena);

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_FACT_WRITE_H_
