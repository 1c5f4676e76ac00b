// Products, services, resources and service problems: their place in time, how they are found, and
// what they add to totals.
#ifndef YILAN_CORE_NETWORK_NETWORK_FACTS_H_
#define YILAN_CORE_NETWORK_NETWORK_FACTS_H_

#include <vector>

#include "core/facts/fact_rules.h"
#include "yilan/v1/network.pb.h"

namespace yilan::core {

template <>
struct FactRules<v1::Product> : FactRulesDefaults<v1::Product> {
  static absl::string_view BillingAccountKey(const v1::Product& product);
  static TimeMicros OccurrenceTime(const v1::Product& product);
  static void Tally(const v1::Product& product, int sign, TimeMicros now,
                    yilan::storage::v1::Subject& totals);
};

template <>
struct FactRules<v1::Service> : FactRulesDefaults<v1::Service> {
  static TimeMicros OccurrenceTime(const v1::Service& service);
};

template <>
struct FactRules<v1::Resource> : FactRulesDefaults<v1::Resource> {
  static TimeMicros OccurrenceTime(const v1::Resource& resource);
  // The number, within valid_period: numbers are recycled.
  static std::vector<storage::Term> Terms(const v1::Resource& resource);
};

template <>
struct FactRules<v1::ServiceProblem> : FactRulesDefaults<v1::ServiceProblem> {
  static TimeMicros OccurrenceTime(const v1::ServiceProblem& problem);
  static void Check(const v1::ServiceProblem& problem, absl::string_view path,
                    Violations& violations);
  static void Tally(const v1::ServiceProblem& problem, int sign, TimeMicros now,
                    yilan::storage::v1::Subject& totals);
};

}  // namespace yilan::core

#endif  // YILAN_CORE_NETWORK_NETWORK_FACTS_H_
