// Source records: what one system believes about a customer.
#ifndef YILAN_CORE_CUSTOMERS_SOURCE_RECORD_H_
#define YILAN_CORE_CUSTOMERS_SOURCE_RECORD_H_

#include <vector>

#include "core/facts/fact_rules.h"
#include "yilan/v1/source_record.pb.h"

namespace yilan::core {

template <>
struct FactRules<v1::SourceRecord> : FactRulesDefaults<v1::SourceRecord> {
  // A source record names its subject by its own key; each reference names a system and a key, and
  // not the record itself.
  static void Check(const v1::SourceRecord& record, absl::string_view path, Violations& violations);
  // Names, phone numbers, e-mail addresses and identity documents; and what it is compared with
  // others by.
  static std::vector<storage::Term> Terms(const v1::SourceRecord& record);
  // What the subject's identity rests on. A new version makes the subject wait to be resolved.
  static void Tally(const v1::SourceRecord& record, int sign, TimeMicros now,
                    yilan::storage::v1::Subject& totals);
  static std::vector<v1::SubjectReference> References(const v1::SourceRecord& record);
};

}  // namespace yilan::core

#endif  // YILAN_CORE_CUSTOMERS_SOURCE_RECORD_H_
