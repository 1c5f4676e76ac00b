// What a kind of fact may say about itself. A topic specializes FactRules for its messages and
// overrides what differs; the registry (fact_kinds.cc) makes a table entry of it.
//
//   template <>
//   struct FactRules<v1::Payment> : FactRulesDefaults<v1::Payment> {
//     static TimeMicros OccurrenceTime(const v1::Payment& payment);
//   };
#ifndef YILAN_CORE_FACTS_FACT_RULES_H_
#define YILAN_CORE_FACTS_FACT_RULES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "core/errors.h"
#include "core/facts/times.h"
#include "storage/record.h"
#include "yilan/storage/v1/record.pb.h"
#include "yilan/v1/fact_source.pb.h"

namespace yilan::core {

// The rules of a kind that has none of its own; see FactKind for what each means.
template <typename T>
struct FactRulesDefaults {
  static absl::string_view BillingAccountKey(const T&) { return {}; }
  static TimeMicros OccurrenceTime(const T& fact) { return MicrosOf(fact.source().event_time()); }
  static void Check(const T&, absl::string_view, Violations&) {}
  static std::vector<storage::Term> Terms(const T&) { return {}; }
  static void Tally(const T&, int, TimeMicros, yilan::storage::v1::Subject&) {}
  static std::vector<v1::SubjectReference> References(const T&) { return {}; }
};

template <typename T>
struct FactRules : FactRulesDefaults<T> {};

}  // namespace yilan::core

#endif  // YILAN_CORE_FACTS_FACT_RULES_H_
