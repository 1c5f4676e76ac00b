// Billing accounts, bills, payments and adjustments: their rules, their place in time, and what
// they add to balances.
#ifndef YILAN_CORE_BILLING_BILLING_FACTS_H_
#define YILAN_CORE_BILLING_BILLING_FACTS_H_

#include <vector>

#include "core/facts/fact_rules.h"
#include "yilan/v1/billing.pb.h"

namespace yilan::core {

template <>
struct FactRules<v1::BillingAccount> : FactRulesDefaults<v1::BillingAccount> {
  static absl::string_view BillingAccountKey(const v1::BillingAccount& account);
  static void Check(const v1::BillingAccount& account, absl::string_view path,
                    Violations& violations);
  // The account number, valid while the account is; the key serves where there is none.
  static std::vector<storage::Term> Terms(const v1::BillingAccount& account);
};

template <>
struct FactRules<v1::CustomerBill> : FactRulesDefaults<v1::CustomerBill> {
  static absl::string_view BillingAccountKey(const v1::CustomerBill& bill);
  static TimeMicros OccurrenceTime(const v1::CustomerBill& bill);
  // The lines, if any, have the bill's currency and add up to its amount.
  static void Check(const v1::CustomerBill& bill, absl::string_view path, Violations& violations);
  static void Tally(const v1::CustomerBill& bill, int sign, TimeMicros now,
                    yilan::storage::v1::Subject& totals);
};

template <>
struct FactRules<v1::Payment> : FactRulesDefaults<v1::Payment> {
  static absl::string_view BillingAccountKey(const v1::Payment& payment);
  static TimeMicros OccurrenceTime(const v1::Payment& payment);
  static void Check(const v1::Payment& payment, absl::string_view path, Violations& violations);
  static void Tally(const v1::Payment& payment, int sign, TimeMicros now,
                    yilan::storage::v1::Subject& totals);
};

template <>
struct FactRules<v1::Adjustment> : FactRulesDefaults<v1::Adjustment> {
  static absl::string_view BillingAccountKey(const v1::Adjustment& adjustment);
  static TimeMicros OccurrenceTime(const v1::Adjustment& adjustment);
  static void Check(const v1::Adjustment& adjustment, absl::string_view path,
                    Violations& violations);
  static void Tally(const v1::Adjustment& adjustment, int sign, TimeMicros now,
                    yilan::storage::v1::Subject& totals);
};

}  // namespace yilan::core

#endif  // YILAN_CORE_BILLING_BILLING_FACTS_H_
