// Interactions and trouble tickets: their place in time, and what they add to totals.
#ifndef YILAN_CORE_CARE_CARE_FACTS_H_
#define YILAN_CORE_CARE_CARE_FACTS_H_

#include "core/facts/fact_rules.h"
#include "yilan/v1/care.pb.h"

namespace yilan::core {

template <>
struct FactRules<v1::PartyInteraction> : FactRulesDefaults<v1::PartyInteraction> {
  static TimeMicros OccurrenceTime(const v1::PartyInteraction& interaction);
  static void Check(const v1::PartyInteraction& interaction, absl::string_view path,
                    Violations& violations);
};

template <>
struct FactRules<v1::TroubleTicket> : FactRulesDefaults<v1::TroubleTicket> {
  static TimeMicros OccurrenceTime(const v1::TroubleTicket& ticket);
  static void Check(const v1::TroubleTicket& ticket, absl::string_view path,
                    Violations& violations);
  static void Tally(const v1::TroubleTicket& ticket, int sign, TimeMicros now,
                    yilan::storage::v1::Subject& totals);
};

}  // namespace yilan::core

#endif  // YILAN_CORE_CARE_CARE_FACTS_H_
