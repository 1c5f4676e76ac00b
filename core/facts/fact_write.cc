#include "core/facts/fact_write.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "core/facts/keys.h"
#include "core/facts/times.h"
#include "core/validation/field_rules.h"
#include "core/validation/parse.h"

namespace yilan::core {

absl::StatusOr<FactWrite> PrepareWrite(const FactKind& kind, google::protobuf::Message& fact,
                                       absl::string_view path, TimeMicros now) {
  Violations violations;
  kind.check(fact, path, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return PreparePartialWrite(kind, fact, now);
}

FactWrite PreparePartialWrite(const FactKind& kind, google::protobuf::Message& fact,
                              TimeMicros now) {
  v1::FactSource& source = *kind.mutable_source(fact);
  FactWrite write;
  write.kind = &kind;
  write.fact = &fact;
  write.fact_key = FactKey(kind.kind, source.source_system(), source.key());
  write.fact_id = FactId(source.source_system(), source.key());
  write.event_time_given = source.has_event_time();
  write.version.event_time = write.event_time_given ? MicrosOf(source.event_time()) : now;
  write.version.source_version = source.version();
  SetTimestamp(write.version.event_time, *source.mutable_event_time());
  write.subject = SubjectOf(kind, fact);
  write.references = kind.references(fact);
  return write;
}

absl::StatusOr<FactWrite> PrepareDeletion(const v1::FactDeletion& deletion, TimeMicros now) {
  const FactKind* kind = FindFactKindByName(deletion.fact_type());
  if (kind == nullptr) {
    Violations violations;
    violations.Add("deletion.fact_type",
                   "is no kind of fact; use a field name of yilan.v1.Fact, such as customer_bill");
    return violations.ToStatus();
  }
  FactWrite write;
  write.kind = kind;
  write.fact_key = FactKey(kind->kind, deletion.source_system(), deletion.key());
  write.fact_id = FactId(deletion.source_system(), deletion.key());
  write.event_time_given = deletion.has_event_time();
  write.version.event_time = write.event_time_given ? MicrosOf(deletion.event_time()) : now;
  write.version.source_version = deletion.version();
  return write;
}

absl::StatusOr<FactWrite> ParseFactWrite(absl::string_view bytes, TimeMicros now,
                                         google::protobuf::Arena& arena) {
  auto* fact = google::protobuf::Arena::CreateMessage<v1::Fact>(&arena);
  RETURN_IF_ERROR(ParseMessage(bytes, *fact));
  if (fact->fact_case() == v1::Fact::FACT_NOT_SET) {
    Violations violations;
    violations.Add("fact",
                   "is missing, or of a kind that this server does not know; set one of the "
                   "fields of yilan.v1.Fact");
    return violations.ToStatus();
  }
  Violations violations;
  ClearOutputOnlyFields(*fact);
  CheckFieldRules(*fact, "", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  if (fact->has_deletion()) return PrepareDeletion(fact->deletion(), now);

  const FactKind& kind = *FindFactKind(static_cast<storage::Kind>(fact->fact_case()));
  return PrepareWrite(kind, *fact->GetReflection()->MutableMessage(fact, kind.fact_field),
                      kind.name, now);
}

}  // namespace yilan::core
