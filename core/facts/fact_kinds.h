// The registry of the kinds of fact: all that the platform must know of a kind, beside its message.
//
// A kind is one line in the `fact` oneof of yilan.v1.Fact, one repeated field of the same number in
// CustomerView, and one entry here (docs/adding_an_entity.md). Everything else (writes, versions,
// history, views, timeline, counts, the stream) works on this table.
#ifndef YILAN_CORE_FACTS_FACT_KINDS_H_
#define YILAN_CORE_FACTS_FACT_KINDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/errors.h"
#include "google/protobuf/message.h"
#include "storage/record.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/fact.pb.h"

namespace yilan::core {

struct FactKind {
  using Message = google::protobuf::Message;

  storage::Kind kind = 0;  // Number of the field in Fact, and of the section in CustomerView.
  std::string name;        // Name of the field in Fact: "customer_bill".
  std::string section;     // Name of the section in CustomerView: "customer_bills".
  const google::protobuf::Descriptor* descriptor = nullptr;          // Of the kind's message.
  const google::protobuf::FieldDescriptor* fact_field = nullptr;     // In Fact.
  const google::protobuf::FieldDescriptor* section_field = nullptr;  // In CustomerView.

  // The field `source`, which every kind has.
  const v1::FactSource& (*source)(const Message& fact) = nullptr;
  v1::FactSource* (*mutable_source)(Message& fact) = nullptr;
  void (*set_etag)(Message& fact, const std::string& etag) = nullptr;
  // Key of the billing account that the fact names; empty for kinds that name none. For an account:
  // its own key.
  absl::string_view (*billing_account_key)(const Message& fact) = nullptr;
  // When it happened, by the fact's own field; source.event_time where that is unset.
  TimeMicros (*occurrence_time)(const Message& fact) = nullptr;
  // Rules between fields, with paths below `path`; single fields are checked before by their
  // FieldRules.
  void (*check)(const Message& fact, absl::string_view path, Violations& violations) = nullptr;
  // Index entries that lead to the fact.
  std::vector<storage::Term> (*terms)(const Message& fact) = nullptr;
  // Adds the fact to the running totals of its subject, or takes it out when `sign` is -1. Counts
  // by kind are not its business. Moments up to `now` may be treated as one: they are due already
  // and stay so.
  void (*tally)(const Message& fact, int sign, TimeMicros now,
                yilan::storage::v1::Subject& totals) = nullptr;
  // Other subjects that the fact says are the same customer, source systems filled in.
  std::vector<v1::SubjectReference> (*references)(const Message& fact) = nullptr;
};

// All kinds in the order of their numbers.
absl::Span<const FactKind> AllFactKinds();
// Nothing when there is no such kind.
const FactKind* FindFactKind(storage::Kind kind);
const FactKind* FindFactKind(const google::protobuf::Descriptor* descriptor);
const FactKind* FindFactKindByName(absl::string_view name);        // "customer_bill"
const FactKind* FindFactKindBySection(absl::string_view section);  // "customer_bills"

// The subject that a fact belongs to, source system filled in; nothing is set in it when the fact
// names none.
v1::SubjectReference SubjectOf(const FactKind& kind, const google::protobuf::Message& fact);

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_FACT_KINDS_H_
