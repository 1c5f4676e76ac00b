// Running balances of billing accounts: kept up at write time, so that what a customer owes is
// known without reading its bills.
//
//   balance due = billed - credited
//   overdue     = max(0, what is billed with a due time up to now - credited): money pays the
//   oldest debt first
#ifndef YILAN_CORE_BILLING_ACCOUNT_BALANCE_H_
#define YILAN_CORE_BILLING_ACCOUNT_BALANCE_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "yilan/storage/v1/record.pb.h"

namespace yilan::core {

// The balance in a currency of an account of a source system, made if there is none. Facts that
// name no account share one balance, whatever their system.
yilan::storage::v1::AccountBalance& BalanceOf(absl::string_view source_system,
                                              absl::string_view billing_account_key,
                                              absl::string_view currency_code,
                                              yilan::storage::v1::Subject& totals);

// Adds to what was billed; `due` is when it becomes overdue, if ever. `amount` in minor units,
// negative to take out again. Due moments up to `now` are kept as one, since they are past for
// good: so the entry does not grow with the number of bills.
void AddBilled(int64_t amount, std::optional<TimeMicros> due, TimeMicros now,
               yilan::storage::v1::AccountBalance& balance);

// Adds what was paid or credited, in minor units; negative to take out again.
void AddCredited(int64_t amount, yilan::storage::v1::AccountBalance& balance);

// What of one account in one currency is overdue at `now`, in minor units, not negative.
// `balances` are its balances in all subjects that have any: a bill may name the account and a
// payment the customer.
int64_t OverdueAt(absl::Span<const yilan::storage::v1::AccountBalance* const> balances,
                  TimeMicros now);

// The next moment after `now` at which OverdueAt may change by itself; kMaxTime when there is none.
TimeMicros NextDueAfter(const yilan::storage::v1::AccountBalance& balance, TimeMicros now);

}  // namespace yilan::core

#endif  // YILAN_CORE_BILLING_ACCOUNT_BALANCE_H_
